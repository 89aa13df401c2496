"""Where the servers of a drill are, in the words that other people's programs are told it in."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from harness.core.ports import STORES, Endpoint

PLACEHOLDER = re.compile(r"\{([a-z]+)\.([a-z]+)\}")

_PARTS = ("url", "host", "port", "user", "password", "database")
PARTS: Mapping[str, tuple[str, ...]] = {
    "postgres": _PARTS,
    "nats": ("url", "host", "port", "token"),
    "meilisearch": ("url", "host", "port", "key"),
    "redis": ("url", "host", "port", "password"),
    "hub": ("port", "config"),
}
"""What can be told of each store; of the hub its own port and the directory of its volume."""


def told(store: str, at: Endpoint) -> dict[str, str]:
    """Return the parts of a store's address by name, as they stand in PARTS."""
    secret = quote(at.secret, safe="")
    where = f"{at.host}:{at.port}"
    known = {"host": at.host, "port": str(at.port)}
    match store:
        case "postgres":
            url = f"postgresql://{quote(at.user)}:{secret}@{where}/{quote(at.database)}"
            own = {"user": at.user, "password": at.secret, "database": at.database}
        case "nats":
            url, own = f"nats://{secret}@{where}", {"token": at.secret}
        case "redis":
            url, own = f"redis://:{secret}@{where}/0", {"password": at.secret}
        case _:
            url, own = at.http_url, {"key": at.secret}
    return {"url": url, **known, **own}


def filled(
    templates: Mapping[str, str], stores: Mapping[str, Endpoint], hub: Mapping[str, str]
) -> dict[str, str]:
    """Return variables with their placeholders replaced, as in `{postgres.url}`; those of a store
    that is not there are empty.
    """
    parts = {store: told(store, at) for store, at in stores.items()} | {"hub": dict(hub)}
    return {
        name: PLACEHOLDER.sub(lambda found: parts.get(found[1], {}).get(found[2], ""), text)
        for name, text in templates.items()
    }


OF_A_STORE: Mapping[str, tuple[str, ...]] = {
    store: (*told(store, Endpoint("", 0)), "volume") for store in STORES
}
"""What can be named of each store."""

_PLACES = {"directory", "helper.image"} | {
    f"{store}.{part}" for store, parts in OF_A_STORE.items() for part in parts
}
"""What of the drill's can be named; `directory` is where its scripts leave their backups."""

PLACE = re.compile(r"\{([a-z]+(?:\.[a-z]+)?)\}")


def is_bare(text: str) -> bool:
    """Tell whether a text is the name of a place that lacks its braces."""
    return text in _PLACES


def unknown_places(text: str, more: tuple[str, ...] = ()) -> list[str]:
    """Return what stands in braces in a text and is no place of a drill's."""
    return [found for found in PLACE.findall(text) if found not in {*_PLACES, *more}]
