"""What the cache holds, how it agrees with PostgreSQL, and whether the hub fills it."""

from dataclasses import dataclass, field

NEVER_EXPIRES = -1


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """One entry. `expires_milliseconds` is since 1970, or NEVER_EXPIRES; `version` is that of the
    row a cached contact came from.
    """

    type: str
    digest: str
    expires_milliseconds: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CacheEntries:
    """The cache by key. `db_size` is the server's own count, expired entries included;
    `observed_milliseconds` is the server's time after the last key was read.
    """

    db_size: int
    observed_milliseconds: int
    entries: dict[str, EntrySeen] = field(default_factory=dict)


@dataclass(slots=True)
class CacheFreshness:
    """Cached contacts against their rows. Each list holds keys, in order.

    `newer`: of a later version than the row. `gone`: there is no such row. `altered`: of the
    row's version with other contents. `unreadable`: no contact at all. `behind` counts entries of
    an earlier version, which a cache may serve until they expire.
    """

    contacts: int = 0
    behind: int = 0
    newer: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class CacheRepopulates:
    """What happened to contacts that exist and were not cached; each list holds keys.

    `unanswered`: the hub knows no such contact. `not_read`: the first answer did not come from
    PostgreSQL. `not_cached`: the entry was not in the cache afterwards. `differing`: the entry or
    an answer is not the row. `everlasting`: the entry never expires. `not_served`: the second
    answer did not come from the cache.
    """

    asked: int = 0
    unanswered: list[str] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    not_cached: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    everlasting: list[str] = field(default_factory=list)
    not_served: list[str] = field(default_factory=list)
