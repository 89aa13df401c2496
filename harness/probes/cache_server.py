"""See how the cache's server is set up: its settings, users, functions and modules."""

from hashlib import sha256
from typing import Any

from harness.kinds import Look, Probe
from harness.observations.cache import CacheServer, UserSeen
from harness.stores.redis import RawConnection

EXEMPT_SETTINGS = {
    "port": "a free one, taken for this drill",
    "dir": "a directory of this drill's own; a running server refuses to change it",
    "requirepass": "a password of this drill's own; it is the default user's, which is compared",
}
"""Settings that are not compared, and why. Those that the harness gives the server are: whoever
turns appendonly off at run time did damage.
"""

SECRET_SETTINGS = frozenset(
    {"masterauth", "primaryauth", "tls-client-key-file-pass", "tls-key-file-pass"}
)
_DIGEST_DIGITS = 16
_PASSWORD = b"#"


def _observe(look: Look) -> CacheServer:
    with look.site.redis.connect_raw() as connection:
        told = connection.ask("CONFIG", "GET", "*")
        return CacheServer(
            settings={
                name: _setting(name, value)
                for name, value in sorted(_pairs([_text(part) for part in told]).items())
                if name not in EXEMPT_SETTINGS
            },
            users=dict(_user(line) for line in _ask(connection, "ACL", "LIST")),
            functions=dict(
                _library(library) for library in _ask(connection, "FUNCTION", "LIST", "WITHCODE")
            ),
            modules=dict(_module(module) for module in _ask(connection, "MODULE", "LIST")),
        )


def _ask(connection: RawConnection, *command: str) -> list[Any]:
    """Ask for a list; a server that has no such command has none of what it would list."""
    (known,) = connection.ask("COMMAND", "INFO", command[0])
    return list(connection.ask(*command)) if known else []


def _setting(name: str, value: str) -> str:
    return _digest(value.encode()) if value and name in SECRET_SETTINGS else value


def _user(line: bytes) -> tuple[str, UserSeen]:
    _, name, *rules = line.split(b" ")
    passwords = sorted(_digest(rule) for rule in rules if rule.startswith(_PASSWORD))
    others = b" ".join(rule for rule in rules if not rule.startswith(_PASSWORD))
    return _text(name), UserSeen(_text(others), tuple(passwords))


def _library(told: list[Any]) -> tuple[str, str]:
    parts = _pairs(told)
    # The server tells a library's functions in the order of a hash table.
    parts[b"functions"] = sorted(
        sorted(
            (name, sorted(value) if isinstance(value, list) else value or b"")
            for name, value in _pairs(one).items()
        )
        for one in parts[b"functions"]
    )
    return _text(parts[b"library_name"]), _digest(repr(sorted(parts.items())).encode())


def _module(told: list[Any]) -> tuple[str, str]:
    parts = _pairs(told)
    return _text(parts[b"name"]), str(parts[b"ver"])


def _pairs(flat: list[Any]) -> dict[Any, Any]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _digest(value: bytes) -> str:
    return sha256(value).hexdigest()[:_DIGEST_DIGITS]


def _text(told: bytes) -> str:
    return told.decode(errors="backslashreplace")


PROBE = Probe("cache_server", "redis", CacheServer, at_backup=True, observe=_observe)
