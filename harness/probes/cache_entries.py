"""See every entry of every database of the cache: its type, its value's digest, its expiries."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import md5
from secrets import token_hex
from typing import Any

from harness.core.platform import CachedReads
from harness.kinds import Look, Probe
from harness.observations.cache import NEVER_EXPIRES, CacheEntries, EntrySeen
from harness.platform.entries import is_read_key
from harness.stores.redis import RawConnection

_GONE = -2
_KEYS_A_ROUND = 1_000
_BYTES_A_ROUND = 16 * 1024 * 1024
_DIGEST_DIGITS = 16

READ: dict[str, tuple[tuple[str, ...], tuple[object, ...]]] = {
    "string": (("GET",), ()),
    "hash": (("HGETALL",), ()),
    "list": (("LRANGE",), (0, -1)),
    "set": (("SMEMBERS",), ()),
    "zset": (("ZRANGE",), (0, -1, "WITHSCORES")),
    "stream": (("XINFO", "STREAM"), ("FULL", "COUNT", 0)),
}
"""How the value of each type is read: what comes before the key, and after it. Bitmaps and
HyperLogLogs are strings, places are sorted sets. Of any other type only the key is known.
"""

EXEMPT_OF_STREAMS = {
    b"radix-tree-keys": "how the server lays it out in memory",
    b"radix-tree-nodes": "how the server lays it out in memory",
    b"seen-time": "when a consumer last asked, which the append-only file does not keep",
    b"active-time": "when a consumer last got something, which that file does not keep either",
}
"""What of a stream, its groups and their consumers is not compared, and why."""


@dataclass(frozen=True, slots=True)
class _Key:
    name: bytes
    type: str
    expires_milliseconds: int
    bytes_about: int


def _observe(look: Look) -> CacheEntries:
    store, cached = look.site.redis, look.site.platform.cached
    with store.connect_raw() as connection:
        keyspace = connection.ask("INFO", "keyspace")
        (has_field_expiries,) = connection.ask("COMMAND", "INFO", "HPEXPIRETIME")
    in_use = [int(line[2 : line.index(b":")]) for line in keyspace.split() if line[:2] == b"db"]
    before = look.before.get(CacheEntries)
    # Keys of another's cache may be names of people.
    salt = before.salt if before else token_hex(8) if look.site.platform.is_adopted else ""
    seen = CacheEntries(0, 0, every_database=True, salt=salt)
    for database in in_use:
        entries = seen.entries if database == 0 else seen.others.setdefault(database, {})
        with store.connect_raw(database) as connection:
            seen.db_size += int(connection.ask("DBSIZE"))
            for keys in _rounds(connection):
                read = _read(connection, keys, cached, with_fields=bool(has_field_expiries))
                entries.update((_told(name, salt), entry) for name, entry in read)
    with store.connect() as connection:
        seconds, microseconds = connection.time()
    seen.observed_milliseconds = seconds * 1000 + microseconds // 1000
    return seen


def _rounds(connection: RawConnection) -> Iterator[list[_Key]]:
    """Yield every key that lives, in order, as many at once as may be read together."""
    names = sorted(set(_names(connection)))
    together: list[_Key] = []
    bytes_about = 0
    for at in range(0, len(names), _KEYS_A_ROUND):
        for key in _described(connection, names[at : at + _KEYS_A_ROUND]):
            bytes_about += key.bytes_about
            if together and (len(together) == _KEYS_A_ROUND or bytes_about > _BYTES_A_ROUND):
                yield together
                together, bytes_about = [], key.bytes_about
            together.append(key)
    yield together


def _names(connection: RawConnection) -> Iterator[bytes]:
    cursor = b"0"
    while True:
        cursor, names = connection.ask("SCAN", cursor, "COUNT", _KEYS_A_ROUND)
        yield from names
        if cursor == b"0":
            return


def _described(connection: RawConnection, names: list[bytes]) -> Iterator[_Key]:
    verbs = (("TYPE",), ("PEXPIRETIME",), ("MEMORY", "USAGE"))
    told = connection.ask_all([(*verb, name) for name in names for verb in verbs])
    for name, kind, expires, size in zip(names, told[::3], told[1::3], told[2::3], strict=True):
        # An entry may expire between two commands; it is then gone, not damaged.
        if expires != _GONE and kind != b"none":
            yield _Key(name, kind.decode(), int(expires), int(size or 0))


def _read(
    connection: RawConnection,
    keys: list[_Key],
    cached: CachedReads | None,
    *,
    with_fields: bool,
) -> Iterator[tuple[bytes, EntrySeen]]:
    for key in keys:
        if key.type not in READ:
            yield key.name, EntrySeen(key.type, "", key.expires_milliseconds, is_read=False)
    keys = [key for key in keys if key.type in READ]
    values = connection.ask_all(
        [(*READ[key.type][0], key.name, *READ[key.type][1]) for key in keys]
    )
    expiries = _field_expiries(connection, keys, values) if with_fields else {}
    for key, value in zip(keys, values, strict=True):
        # What went meanwhile has no value, or nothing in it; a string may be empty.
        if value or value == b"":
            yield key.name, _entry(key, value, expiries.get(key.name, ()), cached)


def _field_expiries(
    connection: RawConnection, keys: list[_Key], values: list[Any]
) -> dict[bytes, Sequence[int]]:
    hashes = [
        (key.name, value[::2])
        for key, value in zip(keys, values, strict=True)
        if key.type == "hash" and value
    ]
    commands = [("HPEXPIRETIME", name, "FIELDS", len(names), *names) for name, names in hashes]
    told = connection.ask_all(commands)
    return {name: expires for (name, _), expires in zip(hashes, told, strict=True) if expires}


def _entry(
    key: _Key, value: Any, field_expiries: Sequence[int], cached: CachedReads | None
) -> EntrySeen:
    fields: dict[str, int] = {}
    lasting: Any = value
    if key.type == "hash":
        pairs = list(zip(value[::2], value[1::2], strict=True))
        expiries = field_expiries or [NEVER_EXPIRES] * len(pairs)
        together = list(zip(pairs, expiries, strict=True))
        fields = {_digest(pair): at for pair, at in together if at >= 0}
        lasting = sorted(pair for pair, at in together if at == NEVER_EXPIRES)
    elif key.type == "set":
        lasting = sorted(value)
    elif key.type == "zset":
        scores = zip(value[::2], value[1::2], strict=True)
        lasting = [(name, float(score)) for name, score in scores]
    elif key.type == "stream":
        lasting = _stream(value)
    digest = _digest(lasting) if lasting or not fields else ""
    version = _version(key, value, cached)
    return EntrySeen(
        key.type, digest, key.expires_milliseconds, version, dict(sorted(fields.items()))
    )


def _stream(told: list[Any]) -> list[tuple[bytes, Any]]:
    """Return what a stream, a group or a consumer is, less what does not count."""
    parts = dict(zip(told[::2], told[1::2], strict=True))
    for several in (b"groups", b"consumers"):
        if isinstance(parts.get(several), list):
            parts[several] = sorted((_stream(one) for one in parts[several]), key=repr)
    return sorted((name, part) for name, part in parts.items() if name not in EXEMPT_OF_STREAMS)


def _digest(value: Any) -> str:
    """Digest lists, pairs, bytes and numbers; what differs is written differently."""
    return md5(repr(value).encode()).hexdigest()[:_DIGEST_DIGITS]


def _told(name: bytes, salt: str) -> str:
    """Return a key as text; no two keys have the same. With a salt, none can be read."""
    if salt:
        return _digest((salt, name))
    return name.replace(b"\\", b"\\\\").decode(errors="backslashreplace")


def _version(key: _Key, value: Any, cached: CachedReads | None) -> int | None:
    if key.type != "string" or not is_read_key(cached, _told(key.name, "")):
        return None
    try:
        return int(json.loads(value)["version"])
    except (TypeError, KeyError, ValueError):
        return None


PROBE = Probe("cache_entries", "redis", CacheEntries, at_backup=True, observe=_observe)
