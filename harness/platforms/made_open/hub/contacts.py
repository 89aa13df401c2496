"""Contacts are served from the cache, and on a miss from PostgreSQL, which fills the cache."""

import json
from typing import Any

import redis

from harness.platforms.made_open.cache import CONTACT_TTL_SECONDS, cache_entry, contact_key
from harness.platforms.made_open.contacts import Contact, read
from harness.platforms.made_open.hub.services import Services


def look_up(services: Services, number: int) -> dict[str, Any] | None:
    """Return a contact as `{"source": "cache" or "postgres", "contact": {…}}`, or None.

    A cache that does not answer, or with what is no contact, is a miss.
    Raises: psycopg.Error: PostgreSQL does not answer.
    """
    cached = _cached(services, number)
    if cached is not None:
        return {"source": "cache", "contact": cached}
    with services.postgres.connect() as connection:
        found = list(read(connection, numbers=[number]))
    if not found:
        return None
    _cache(services, number, found[0])
    return {"source": "postgres", "contact": found[0]}


def _cached(services: Services, number: int) -> Contact | None:
    try:
        with services.redis.connect() as connection:
            entry = connection.get(contact_key(number))
        contact: Contact | None = json.loads(entry) if entry is not None else None
    except (redis.RedisError, ValueError):
        return None
    return contact


def _cache(services: Services, number: int, contact: Contact) -> None:
    try:
        with services.redis.connect() as connection:
            connection.set(contact_key(number), cache_entry(contact), ex=CONTACT_TTL_SECONDS)
    except redis.RedisError:
        # The answer is good without it, and /health/detailed says what is wrong.
        return
