"""Entries of a cache: as they are written, and those that a hub puts there by itself."""

import re
from dataclasses import dataclass

from harness.core.platform import CachedReads

_NUMBER = re.compile("0|[1-9][0-9]{0,18}")
"""A row's number as a hub writes it: PostgreSQL's bigint has 19 digits at most."""


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A key, the command that makes its value (without the key), and its time to live."""

    key: str
    verb: str
    values: tuple[str, ...]
    ttl_seconds: int


def is_read_key(cached: CachedReads | None, key: str) -> bool:
    """Tell whether a key is one under which the hub caches what it reads."""
    if cached is None:
        return False
    before, _, after = cached.key.partition("{n}")
    number = key.removeprefix(before).removesuffix(after)
    return key == f"{before}{number}{after}" and _NUMBER.fullmatch(number) is not None


def hub_caches(cached: CachedReads | None, key: str, kind: str, lives_milliseconds: int) -> bool:
    """Tell whether the hub itself may have cached this, on a read, for as long as it keeps one.

    Whether it agrees with its row is another question.
    """
    lives = cached is not None and 0 < lives_milliseconds <= cached.expire_seconds * 1000
    return kind == "string" and lives and is_read_key(cached, key)
