"""Compare every cached contact with its row in PostgreSQL."""

import json
from collections.abc import Iterator
from itertools import islice

import redis

from harness.kinds import Look, Probe
from harness.platforms.made_open.cache import CONTACT_PREFIX, cache_entry
from harness.platforms.made_open.contacts import Connection, read
from harness.platforms.made_open.observations import CacheFreshness

_KEYS_A_ROUND = 1_000
_NUMBERS_END = 1 << 63
"""PostgreSQL can be asked for no number from here on."""


def _observe(look: Look) -> CacheFreshness:
    seen = CacheFreshness()
    with look.site.redis.connect() as cache, look.site.postgres.connect() as database:
        keys = iter(
            sorted({str(k) for k in cache.scan_iter(f"{CONTACT_PREFIX}*", count=_KEYS_A_ROUND)})
        )
        while some := list(islice(keys, _KEYS_A_ROUND)):
            _compare(seen, dict(_values(cache, some)), database)
    return seen


def _values(cache: redis.Redis, keys: list[str]) -> Iterator[tuple[str, str]]:
    for key, value in zip(keys, cache.mget(keys), strict=True):
        # An entry that expired meanwhile, or that is of another type, comes as None.
        if value is not None:
            yield key, str(value)


def _compare(seen: CacheFreshness, values: dict[str, str], database: Connection) -> None:
    cached = {key: _identity(value) for key, value in values.items()}
    numbers = [identity[0] for identity in cached.values() if identity]
    rows = {contact["number"]: contact for contact in read(database, numbers=numbers)}
    for key, identity in cached.items():
        seen.contacts += 1
        if identity is None or key != f"{CONTACT_PREFIX}{identity[0]}":
            seen.unreadable.append(key)
            continue
        number, version = identity
        row = rows.get(number)
        if row is None:
            seen.gone.append(key)
        elif version > int(str(row["version"])):
            seen.newer.append(key)
        elif version < int(str(row["version"])):
            seen.behind += 1
        elif values[key] != cache_entry(row):
            seen.altered.append(key)


def _identity(value: str) -> tuple[int, int] | None:
    """Return the number and version a cached contact says it has, or None."""
    try:
        contact = json.loads(value)
        number, version = int(contact["number"]), int(contact["version"])
    except (TypeError, KeyError, ValueError, OverflowError, RecursionError):
        return None
    return (number, version) if abs(number) < _NUMBERS_END else None


PROBE = Probe(
    "cache_freshness",
    "redis",
    CacheFreshness,
    at_backup=False,
    observe=_observe,
    beside=("postgres",),
)
