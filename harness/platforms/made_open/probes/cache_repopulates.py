"""Ask the hub for contacts that are not cached, twice, and see where they came from.

Where all of them are cached, some are taken out, and put back as they were.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import redis

from harness.core.errors import DrillError
from harness.kinds import Look, Probe
from harness.platforms.made_open.cache import cache_entry, contact_key
from harness.platforms.made_open.contacts import Contact, read
from harness.platforms.made_open.observations import CacheRepopulates
from harness.platforms.made_open.rows import CONTACTS
from harness.stores.hub import HubStore

CONTACTS_ASKED_FOR = 3


def _observe(look: Look) -> CacheRepopulates:
    seen = CacheRepopulates()
    with look.site.redis.connect() as cache:
        with look.site.postgres.connect() as database:
            known = database.execute("SELECT number FROM public.contacts ORDER BY number")
            numbers = [int(str(number)) for (number,) in known]
            seen.contacts = len(numbers)
            uncached = (n for n in numbers if not cache.exists(contact_key(n)))
            chosen = list(islice(uncached, CONTACTS_ASKED_FOR)) or numbers[:CONTACTS_ASKED_FOR]
            contacts = list(read(database, numbers=chosen))
        for contact in contacts:
            seen.asked += 1
            with _taken_out(cache, _key(contact)):
                for doubt in _ask_twice(look.site.hub, cache, contact):
                    doubt_list: list[str] = getattr(seen, doubt)
                    doubt_list.append(_key(contact))
    if contacts and len(seen.unanswered) == seen.asked:
        seen.reads_contacts = look.site.hub.health().asks_anew
    return seen


@contextmanager
def _taken_out(cache: redis.Redis, key: str) -> Iterator[None]:
    """Take an entry out of the cache, if it is there; in the end there is what there was."""
    expires_milliseconds, kept = cache.pexpiretime(key), cache.dump(key)
    cache.delete(key)
    try:
        yield
    finally:
        cache.delete(key)
        if kept is not None:
            cache.restore(key, max(0, expires_milliseconds), kept, absttl=True)


def _ask_twice(hub: HubStore, cache: redis.Redis, contact: Contact) -> Iterator[str]:
    """Yield the names of the lists this contact belongs on."""
    key = _key(contact)
    first = _answer(hub, contact)
    if first is None:
        yield "unanswered"
        return
    if first["source"] != "postgres":
        yield "not_read"
    entry = cache.get(key)
    if entry is None:
        yield "not_cached"
        return
    if cache.pttl(key) < 0:
        yield "everlasting"
    second = _answer(hub, contact) or first
    if second["source"] != "cache":
        yield "not_served"
    if entry != cache_entry(contact) or [first["contact"], second["contact"]] != [contact] * 2:
        yield "differing"


def _answer(hub: HubStore, contact: Contact) -> dict[str, Any] | None:
    number = int(str(contact["number"]))
    answer = hub.read(CONTACTS.table, number)
    if answer is not None and not {"source", "contact"} <= answer.keys():
        raise DrillError(f"hub: contact {number} was answered without source and contact")
    return answer


def _key(contact: Contact) -> str:
    return contact_key(int(str(contact["number"])))


PROBE = Probe(
    "cache_repopulates",
    "redis",
    CacheRepopulates,
    at_backup=False,
    observe=_observe,
    beside=("postgres", "hub"),
)
