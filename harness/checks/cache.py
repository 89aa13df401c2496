"""Check that the cache came back as it was, with nothing beside it, agrees with PostgreSQL, and
fills itself.
"""

from collections.abc import Mapping

from harness.checks._cold import came_back_cold
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.cache import (
    NEVER_EXPIRES,
    CacheEntries,
    CacheFreshness,
    CacheRepopulates,
    EntrySeen,
)
from harness.platform.cache import CONTACT_PREFIX, hub_caches

_COMPARED_WITHIN_MILLISECONDS = 60_000
"""How long after the look at the entries the contacts among them are compared, at most."""

_Key = tuple[int, str]
"""A database and a key in it."""


def _entries(check: Check, case: Case) -> Finding:
    """Every entry of the backup is as it was. Where there was none nobody promised any back: what
    is still there is as it was before, but for contacts, which the hub may have cached anew.
    """
    if came_back_cold(case.history, "redis"):
        raise NotApplicable("the cache came back cold; it is repopulated on a miss")
    before, after = case.before[CacheEntries], case.after[CacheEntries]
    was, now = _all(before), _all(after)
    if not any(artefact.store == "redis" for artefact in case.history.artefacts):
        was = {
            key: entry
            for key, entry in was.items()
            if key in now and not _hub_caches(key, now[key], after.observed_milliseconds)
        }
        if not was:
            raise NotApplicable(
                "the cache was in no backup, so there is nothing to compare it with"
            )
    if not was:
        raise NotApplicable("the cache was empty at the backup")
    at_milliseconds = after.observed_milliseconds
    alive = {key: entry for key, entry in was.items() if not _has_expired(entry, at_milliseconds)}
    differences = {
        key: difference
        for key, entry in alive.items()
        if (difference := _difference(entry, now.get(key), at_milliseconds))
    }
    for key in sorted(was.keys() - alive.keys()):
        entry = now.get(key)
        # The hub may have cached a contact anew; one read just before it had to go is as it was.
        if entry and entry != was[key] and not _hub_caches(key, entry, at_milliseconds):
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
    known: Mapping[_Key, EntrySeen] = {}
    if not (cold := came_back_cold(case.history, "redis")):
        before = case.before[CacheEntries]
        _require_every_database(before)
        known = _all(before)
    unexpected = sorted(
        key
        for key, entry in now.items()
        if key not in known and not _hub_caches(key, entry, after.observed_milliseconds)
    )
    counts = {"entries": len(now), "unexpected": len(unexpected)}
    if not unexpected:
        return check.passed(f"cache: none of {len(now)} keys is unexpected", counts=counts)
    names = [_name(key) for key in unexpected]
    what = "contacts as the hub caches them"
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


def _hub_caches(key: _Key, entry: EntrySeen, at_milliseconds: int) -> bool:
    database, name = key
    lives_milliseconds = entry.expires_milliseconds - at_milliseconds
    return database == 0 and hub_caches(name, entry.type, lives_milliseconds)


def _has_expired(entry: EntrySeen, now_milliseconds: int) -> bool:
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


def _fresh(check: Check, case: Case) -> Finding:
    seen = case.after[CacheFreshness]
    if not seen.contacts:
        _require_no_contact(case.after[CacheEntries])
        raise NotApplicable("no contact is cached")
    doubts = {
        "newer than its row": seen.newer,
        "of a row that is gone": seen.gone,
        "unlike its row": seen.altered,
        "not a contact": seen.unreadable,
    }
    keys = [key for found in doubts.values() for key in found]
    if not keys:
        return check.passed(f"cache: all {seen.contacts} cached contacts agree with their rows")
    return check.failed(
        f"cache: {len(keys)} of {seen.contacts} cached contacts contradict PostgreSQL"
        + named("keys", keys),
        expected="every cached contact has a row, and is not newer than it",
        actual="; ".join(
            f"{what}: {', '.join(found[:EXAMPLES_AT_MOST])}"
            for what, found in doubts.items()
            if found
        ),
        examples=tuple(keys[:EXAMPLES_AT_MOST]),
        counts={
            "contacts": seen.contacts,
            "contradicting": len(keys),
            "newer": len(seen.newer),
            "gone": len(seen.gone),
            "altered": len(seen.altered),
            "unreadable": len(seen.unreadable),
            "behind": seen.behind,
        },
        cause="PostgreSQL went back in time and the cache did not",
        next_step="empty the cache after a restore of PostgreSQL",
    )


def _require_no_contact(seen: CacheEntries) -> None:
    """Raises: Unread: contacts are cached that cannot have expired before they were compared."""
    until_milliseconds = seen.observed_milliseconds + _COMPARED_WITHIN_MILLISECONDS
    cached = sorted(
        key
        for key, entry in seen.entries.items()
        if key.startswith(CONTACT_PREFIX)
        and entry.type == "string"
        and not _has_expired(entry, until_milliseconds)
    )
    if cached:
        raise Unread(
            f"{len(cached)} contacts are cached, and none was compared" + named("keys", cached)
        )


def _repopulates(check: Check, case: Case) -> Finding:
    seen = case.after[CacheRepopulates]
    if seen.contacts == 0:
        raise NotApplicable("PostgreSQL holds no contact that the hub could cache")
    if not seen.asked:
        raise Unread("the hub was asked for no contact")
    if not seen.reads_contacts:
        raise NotApplicable("this hub reads no contacts")
    doubts = {
        "not found by the hub": seen.unanswered,
        "not read from PostgreSQL": seen.not_read,
        "not cached after a miss": seen.not_cached,
        "unlike the row": seen.differing,
        "cached for ever": seen.everlasting,
        "not served from the cache": seen.not_served,
    }
    keys = list(dict.fromkeys(key for found in doubts.values() for key in found))
    if not keys:
        return check.passed(
            f"cache: {seen.asked} of {seen.asked} missing contacts were cached by the hub again"
        )
    return check.failed(
        f"cache: {len(keys)} of {seen.asked} missing contacts were not cached again"
        + named("keys", keys),
        expected="a miss is read from PostgreSQL, cached with an expiry and served from there",
        actual="; ".join(f"{what}: {', '.join(found)}" for what, found in doubts.items() if found),
        examples=tuple(keys),
        counts={"asked": seen.asked, "doubtful": len(keys)},
        cause="the hub does not reach the cache or PostgreSQL",
        next_step="ask the hub for its health and read its log",
    )


CHECKS = (
    Check("cache_entries", "redis", "cache entries lost, changed or made everlasting", _entries),
    Check(
        "cache_nothing_unexpected",
        "redis",
        "keys that were not there: a forged session, a key in another database",
        _nothing_unexpected,
        since="0.2.0",
    ),
    Check(
        "cache_fresh",
        "redis",
        "a cache entry newer than its restored row",
        _fresh,
        is_ours=True,
    ),
    Check(
        "cache_repopulates",
        "redis",
        "a hub that no longer fills the cache",
        _repopulates,
        is_ours=True,
    ),
)
