"""What the cache holds: contacts as the hub caches them, and the application's own structures.

Every entry expires. A cached contact carries the version of the row it came from, so that an
entry newer than its row shows.
"""

import json
from collections.abc import Iterator
from hashlib import shake_128
from itertools import islice

from harness.platform.entries import CacheEntry
from harness.platforms.made_open.contacts import Connection, Contact, read
from harness.platforms.made_open.rows import TENANTS

CONTACT_PREFIX = "contact:"
CONTACT_TTL_SECONDS = 6 * 3600
"""How long the hub keeps a contact."""

_CONTACTS_AT_MOST = 2_000
_ONE_CONTACT_IN = 4
_SESSIONS = 40
_SESSION_TTL_SECONDS = 12 * 3600
_TENANT_TTL_SECONDS = 24 * 3600


def contact_key(number: int) -> str:
    """Return the key under which the hub caches a contact."""
    return f"{CONTACT_PREFIX}{number}"


def cache_entry(contact: Contact) -> str:
    """Return what the hub caches for a contact; its version is in it."""
    return json.dumps(contact, ensure_ascii=False)


def entries(connection: Connection, random: int) -> Iterator[CacheEntry]:
    """Yield the entries of a cache in use: a share of the contacts, and some of every type."""
    chosen = (c for c in read(connection) if _number(c) % _ONE_CONTACT_IN == 0)
    for contact in islice(chosen, _CONTACTS_AT_MOST):
        number = _number(contact)
        # As if each had been read at another moment of the last hour.
        ttl_seconds = CONTACT_TTL_SECONDS - _draw(random, contact_key(number)) % 3600
        yield CacheEntry(contact_key(number), "SET", (cache_entry(contact),), ttl_seconds)
    for number in range(1, _SESSIONS + 1):
        yield _session(random, number)
    for tenant in range(1, TENANTS + 1):
        yield from _of_tenant(random, tenant)


def _session(random: int, number: int) -> CacheEntry:
    key = f"session:{number}"
    drawn = _draw(random, key)
    fields = ("tenant_id", str(number % TENANTS + 1), "user", f"user-{drawn % 97}")
    return CacheEntry(
        key, "HSET", (*fields, "seen", str(drawn)), _SESSION_TTL_SECONDS - drawn % 3600
    )


def _of_tenant(random: int, tenant: int) -> Iterator[CacheEntry]:
    drawn = [_draw(random, f"tenant:{tenant}:{place}") for place in range(20)]
    users = tuple(dict.fromkeys(f"user-{value % 97}" for value in drawn))
    scores = tuple(part for user, score in zip(users, drawn) for part in (str(score), user))  # noqa: B905 - users are fewer
    recent = tuple(str(value % 1000) for value in drawn)
    yield CacheEntry(f"recent:{tenant}", "RPUSH", recent, _TENANT_TTL_SECONDS)
    yield CacheEntry(f"online:{tenant}", "SADD", users, _TENANT_TTL_SECONDS)
    yield CacheEntry(f"ranking:{tenant}", "ZADD", scores, _TENANT_TTL_SECONDS)


def _draw(random: int, name: str) -> int:
    return int.from_bytes(shake_128(b"%d:cache:%s" % (random, name.encode())).digest(4), "big")


def _number(contact: Contact) -> int:
    number = contact["number"]
    assert isinstance(number, int)
    return number
