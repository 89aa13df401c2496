"""See every entry of the cache: its type, its value's digest, its absolute expiry."""

import json
from collections.abc import Callable, Iterator
from hashlib import md5
from typing import Any

import redis
from redis.client import Pipeline

from harness.kinds import Look, Probe
from harness.observations.cache import CacheEntries, EntrySeen
from harness.platform.cache import CONTACT_PREFIX

_GONE = -2
_KEYS_A_ROUND = 1_000
_DIGEST_DIGITS = 16

_READ: dict[str, Callable[[Pipeline, str], object]] = {
    "string": lambda pipeline, key: pipeline.get(key),
    "hash": lambda pipeline, key: pipeline.hgetall(key),
    "list": lambda pipeline, key: pipeline.lrange(key, 0, -1),
    "set": lambda pipeline, key: pipeline.smembers(key),
    "zset": lambda pipeline, key: pipeline.zrange(key, 0, -1, withscores=True),
    "stream": lambda pipeline, key: pipeline.xrange(key),
}


def _observe(look: Look) -> CacheEntries:
    entries: dict[str, EntrySeen] = {}
    with look.site.redis.connect() as connection:
        db_size = connection.dbsize()
        keys = sorted({str(key) for key in connection.scan_iter(count=_KEYS_A_ROUND)})
        for some in _batches(keys):
            entries.update(_read(connection, some))
        seconds, microseconds = connection.time()
    return CacheEntries(db_size, seconds * 1000 + microseconds // 1000, entries)


def _batches(keys: list[str]) -> Iterator[list[str]]:
    return (keys[at : at + _KEYS_A_ROUND] for at in range(0, len(keys), _KEYS_A_ROUND))


def _read(connection: redis.Redis, keys: list[str]) -> Iterator[tuple[str, EntrySeen]]:
    with connection.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.type(key)
            pipeline.pexpiretime(key)
        answers = pipeline.execute()
        # An entry may expire between two commands; it is then gone, not damaged.
        alive = [
            (key, str(kind), int(expires))
            for key, kind, expires in zip(keys, answers[::2], answers[1::2], strict=True)
            if expires != _GONE
        ]
        for key, kind, _ in alive:
            _READ[kind](pipeline, key)
        for (key, kind, expires), value in zip(alive, pipeline.execute(), strict=True):
            if value:
                yield key, EntrySeen(kind, _digest(kind, value), expires, _version(key, value))


def _digest(kind: str, value: Any) -> str:
    canonical = sorted(value.items()) if kind == "hash" else value
    if kind == "set":
        canonical = sorted(value)
    return md5(repr(canonical).encode()).hexdigest()[:_DIGEST_DIGITS]


def _version(key: str, value: Any) -> int | None:
    if not key.startswith(CONTACT_PREFIX):
        return None
    try:
        return int(json.loads(value)["version"])
    except (TypeError, KeyError, ValueError):
        return None


PROBE = Probe("cache_entries", "redis", CacheEntries, at_backup=True, observe=_observe)
