"""Check that the cache came back as it was, with nothing beside it."""

from collections.abc import Mapping
from functools import partial

from harness.checks._cold import came_back_cold
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.core.platform import CachedReads
from harness.observations.cache import NEVER_EXPIRES, CacheEntries, EntrySeen
from harness.platform.entries import hub_caches

_NONE = "none"
"""The method that takes no backup, and promises nothing back."""

_Key = tuple[int, str]
"""A database and a key in it."""


def _entries(check: Check, case: Case) -> Finding:
    """Every entry of the backup is as it was. Where there was none nobody promised any back: what
    is still there is as it was before, but for what the hub may have cached anew.
    """
    if came_back_cold(case.history, "redis"):
        raise NotApplicable("the cache came back cold; it is repopulated on a miss")
    before, after = case.before[CacheEntries], case.after[CacheEntries]
    was, now = _all(before), _all(after)
    caches = partial(_hub_caches, case.platform.cached)
    if not any(a.store == "redis" and a.method != _NONE for a in case.history.artefacts):
        was = {
            key: entry
            for key, entry in was.items()
            if key in now and not caches(key, now[key], after.observed_milliseconds)
        }
        if not was:
            raise NotApplicable(
                "the cache was in no backup, so there is nothing to compare it with"
            )
    if not was:
        raise NotApplicable("the cache was empty at the backup")
    at_milliseconds = after.observed_milliseconds
    alive = {key: entry for key, entry in was.items() if not has_expired(entry, at_milliseconds)}
    differences = {
        key: difference
        for key, entry in alive.items()
        if (difference := _difference(entry, now.get(key), at_milliseconds))
    }
    for key in sorted(was.keys() - alive.keys()):
        entry = now.get(key)
        # The hub may have cached a contact anew; one read just before it had to go is as it was.
        if entry and entry != was[key] and not caches(key, entry, at_milliseconds):
            differences[key] = "had to expire"
    expired = len(was) - len(alive)
    counts = {"entries": len(alive), "differing": len(differences), "expired": expired}
    if not differences:
        _require_read(before, was)
        _require_read(after, now)
        lapsed = f"; {expired} more expired when they had to" if expired else ""
        return check.passed(
            f"cache: all {len(alive)} entries are as they were{lapsed}", counts=counts
        )
    lost = sum(difference == "lost" for difference in differences.values())
    names = [_name(key) for key in sorted(differences)]
    return check.failed(
        f"cache: {len(differences)} of {len(alive)} entries are not as they were"
        + named("keys", names),
        expected="the type, value and expiry that every entry had at the backup, or before",
        actual="; ".join(
            f"{_name(key)}: {differences[key]}" for key in sorted(differences)[:EXAMPLES_AT_MOST]
        ),
        examples=tuple(names[:EXAMPLES_AT_MOST]),
        counts=counts | {"lost": lost, "altered": len(differences) - lost},
        cause="the copy of the append-only files is incomplete, or older or newer than the backup",
        next_step="compare appendonlydir with its manifest; the server's log names what it loaded",
    )


def _nothing_unexpected(check: Check, case: Case) -> Finding:
    """A key was there at the backup (or, without one, before the disaster), or the hub caches it
    on a read. A cache that came back cold holds what the hub caches, and nothing else.
    """
    after = case.after[CacheEntries]
    _require_every_database(after)
    now = _all(after)
    if not now:
        raise NotApplicable("the cache is empty")
    caches = partial(_hub_caches, case.platform.cached)
    known: Mapping[_Key, EntrySeen] = {}
    if not (cold := came_back_cold(case.history, "redis")):
        before = case.before[CacheEntries]
        _require_every_database(before)
        known = _all(before)
    unexpected = sorted(
        key
        for key, entry in now.items()
        if key not in known and not caches(key, entry, after.observed_milliseconds)
    )
    counts = {"entries": len(now), "unexpected": len(unexpected)}
    if not unexpected:
        return check.passed(f"cache: none of {len(now)} keys is unexpected", counts=counts)
    names = [_name(key) for key in unexpected]
    what = "what the hub caches when it is read"
    return check.failed(
        f"cache: {len(unexpected)} of {len(now)} keys are unexpected" + named("keys", names),
        expected=what if cold else f"the keys that were there before, and {what}",
        actual="; ".join(
            f"{_name(key)}: a {now[key].type}"
            + ("" if now[key].expires_milliseconds >= 0 else " that never expires")
            for key in unexpected[:EXAMPLES_AT_MOST]
        ),
        examples=tuple(names[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="the backup is newer than it should be or of another cache, or somebody wrote to it",
        next_step="ask who writes such keys, and delete them: a forged session is a login",
    )


def _all(seen: CacheEntries) -> dict[_Key, EntrySeen]:
    databases = {0: seen.entries} | seen.others
    return {
        (database, key): entry
        for database, entries in databases.items()
        for key, entry in entries.items()
    }


def _name(key: _Key) -> str:
    database, name = key
    return f"{name} of database {database}" if database else name


def _require_every_database(seen: CacheEntries) -> None:
    if not seen.every_database:
        raise Unread("only database 0 was looked at, by an older release")


def _require_read(seen: CacheEntries, entries: Mapping[_Key, EntrySeen]) -> None:
    """Raises: Unread: an entry may differ, and nobody could tell."""
    _require_every_database(seen)
    unread = sorted(key for key, entry in entries.items() if not entry.is_read)
    if unread:
        of_types = ", ".join(sorted({entries[key].type for key in unread}))
        raise Unread(
            f"{len(unread)} entries are of a type whose values are not read: {of_types}"
            + named("keys", [_name(key) for key in unread])
        )


def _hub_caches(
    cached: CachedReads | None, key: _Key, entry: EntrySeen, at_milliseconds: int
) -> bool:
    database, name = key
    lives_milliseconds = entry.expires_milliseconds - at_milliseconds
    return database == 0 and hub_caches(cached, name, entry.type, lives_milliseconds)


def has_expired(entry: EntrySeen, now_milliseconds: int) -> bool:
    """Tell whether an entry had to go by then."""
    if NEVER_EXPIRES != entry.expires_milliseconds <= now_milliseconds:
        return True
    # A hash goes with its last field.
    only_fields = bool(entry.fields) and not entry.digest
    return only_fields and all(at <= now_milliseconds for at in entry.fields.values())


def _difference(was: EntrySeen, now: EntrySeen | None, at_milliseconds: int) -> str:
    """Return what differs, in a few words; nothing when nothing does."""
    if now is None:
        return "lost"
    if now.type != was.type:
        return f"a {now.type}, was a {was.type}"
    if _lasting_fields(now, at_milliseconds) != _lasting_fields(was, at_milliseconds):
        return "other fields that expire"
    if now.digest != was.digest:
        return "another value"
    if now.expires_milliseconds != was.expires_milliseconds:
        return "never expires" if now.expires_milliseconds == NEVER_EXPIRES else "another expiry"
    return ""


def _lasting_fields(entry: EntrySeen, at_milliseconds: int) -> dict[str, int]:
    return {digest: at for digest, at in entry.fields.items() if at > at_milliseconds}


CHECKS = (
    Check("cache_entries", "redis", "cache entries lost, changed or made everlasting", _entries),
    Check(
        "cache_nothing_unexpected",
        "redis",
        "keys that were not there: a forged session, a key in another database",
        _nothing_unexpected,
        since="0.2.0",
    ),
)
