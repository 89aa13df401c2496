"""What the cache holds and how it is set up, how it agrees with PostgreSQL, how it is filled."""

from dataclasses import dataclass, field

NEVER_EXPIRES = -1


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """One entry. `expires_milliseconds` is since 1970, or NEVER_EXPIRES; `version` is that of the
    row a cached contact came from. `fields` holds those of a hash that expire on their own: when,
    by a digest over name and value; `digest` is over what is left, empty when nothing is. A value
    of a type that is not read has no digest, and `is_read` is false.
    """

    type: str
    digest: str
    expires_milliseconds: int
    version: int | None = None
    fields: dict[str, int] = field(default_factory=dict)
    is_read: bool = True


@dataclass(slots=True)
class CacheEntries:
    """The cache by key: `entries` of database 0, and of each of the `others` that holds any.

    `db_size` is the server's own count, expired entries included; `observed_milliseconds` is the
    server's time after the last key was read. `every_database` is false where an older release
    looked at the first one only. Where there is a `salt`, keys are told by their digests with it.
    """

    db_size: int
    observed_milliseconds: int
    entries: dict[str, EntrySeen] = field(default_factory=dict)
    others: dict[int, dict[str, EntrySeen]] = field(default_factory=dict)
    every_database: bool = False
    salt: str = ""


@dataclass(frozen=True, slots=True)
class UserSeen:
    """A user of the server: its rules as ACL LIST tells them, digests of its password hashes."""

    rules: str
    passwords: tuple[str, ...] = ()


@dataclass(slots=True)
class CacheServer:
    """How the server is set up: `settings` as CONFIG GET tells them (secret ones as digests), users
    by name, libraries of functions by name with a digest, modules by name with their version.
    """

    settings: dict[str, str] = field(default_factory=dict)
    users: dict[str, UserSeen] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)


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
    """What happened to contacts that exist and were not cached, or were taken out of the cache for
    it; each list holds keys. `contacts` counts those of PostgreSQL; None: it was not counted.
    `reads_contacts` is false of a hub other than the reference one that knew none.

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
    contacts: int | None = None
    reads_contacts: bool = True
