"""NATS, Redis and Meilisearch that are not the drill's: only read, where their addresses say."""

from urllib.parse import unquote, urlsplit

from harness.core.errors import UsageError
from harness.core.ports import Endpoint

_EXAMPLES = {
    "nats": ("nats", 4222, "nats://token@nats.example.org:4222"),
    "redis": ("redis", 6379, "redis://:password@cache.example.org:6379"),
    "meilisearch": ("http", 7700, "http://:master-key@search.example.org:7700"),
}
"""Of each store the scheme of its addresses, its usual port, and an address."""


def endpoint(store: str, address: str) -> Endpoint:
    """Return where a store answers. Raises: UsageError: it is no address."""
    scheme, usual_port, example = _EXAMPLES[store]
    hint = f"As in {example}."
    try:
        parts = urlsplit(address)
        port = parts.port or usual_port
    except ValueError as error:
        # What it says may hold the address, and so the secret in it.
        raise UsageError(f"the address of {store} is none", hint) from error
    if parts.scheme != scheme or not parts.hostname:
        raise UsageError(f"the address of {store} is none: it begins with {scheme}://", hint)
    user, password = (unquote(part or "") for part in (parts.username, parts.password))
    if store == "nats" and user and not password:
        user, password = "", user
    return Endpoint(parts.hostname, port, user, password)
