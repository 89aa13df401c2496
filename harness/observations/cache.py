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
