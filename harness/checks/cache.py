"""Check that the cache came back as it was, holds nothing newer than its row, and fills itself."""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.core.history import History
from harness.observations.cache import (
    NEVER_EXPIRES,
    CacheEntries,
    CacheFreshness,
    CacheRepopulates,
    EntrySeen,
)


def _entries(check: Check, case: Case) -> Finding:
    if _came_back_cold(case.history):
        raise NotApplicable("the cache came back cold; it is repopulated on a miss")
    if not any(artefact.store == "redis" for artefact in case.history.artefacts):
        raise NotApplicable("the cache was in no backup, so there is nothing to compare it with")
    before, after = case.before[CacheEntries], case.after[CacheEntries]
    if not before.entries:
        raise NotApplicable("the cache was empty at the backup")
    alive = {
        key: entry
        for key, entry in before.entries.items()
        if not _has_expired(entry, after.observed_milliseconds)
    }
    differences = {
        key: difference
        for key, entry in alive.items()
        if (difference := _difference(entry, after.entries.get(key)))
    }
    expired = len(before.entries) - len(alive)
    if not differences:
        lapsed = f"; {expired} more expired when they had to" if expired else ""
        return check.passed(f"cache: all {len(alive)} entries are as they were{lapsed}")
    return check.failed(
        f"cache: {len(differences)} of {len(alive)} entries are not as they were"
        + named("keys", sorted(differences)),
        expected="the type, value and expiry that every entry had at the backup",
        actual="; ".join(
            f"{key}: {differences[key]}" for key in sorted(differences)[:EXAMPLES_AT_MOST]
        ),
        examples=tuple(sorted(differences)[:EXAMPLES_AT_MOST]),
        counts={"entries": len(alive), "differing": len(differences), "expired": expired},
        cause="the copy of the append-only files is incomplete, or older or newer than the backup",
        next_step="compare appendonlydir with its manifest; the server's log names what it loaded",
    )


def _came_back_cold(history: History) -> bool:
    struck, restored = history.struck("redis"), history.restored("redis")
    if restored is None:
        return struck is not None
    lost_again = struck is not None and struck.begun_seconds > restored.ended_seconds
    return restored.method == "none" or lost_again


def _has_expired(entry: EntrySeen, now_milliseconds: int) -> bool:
    return NEVER_EXPIRES != entry.expires_milliseconds <= now_milliseconds


def _difference(was: EntrySeen, now: EntrySeen | None) -> str:
    """Return what differs, in a few words; nothing when nothing does."""
    if now is None:
        return "lost"
    if now.type != was.type:
        return f"a {now.type}, was a {was.type}"
    if now.digest != was.digest:
        return "another value"
    if now.expires_milliseconds != was.expires_milliseconds:
        return "never expires" if now.expires_milliseconds == NEVER_EXPIRES else "another expiry"
    return ""


def _fresh(check: Check, case: Case) -> Finding:
    seen = case.after[CacheFreshness]
    if not seen.contacts:
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
        counts={"contacts": seen.contacts, "contradicting": len(keys), "behind": seen.behind},
        cause="PostgreSQL went back in time and the cache did not",
        next_step="empty the cache after a restore of PostgreSQL",
    )


def _repopulates(check: Check, case: Case) -> Finding:
    seen = case.after[CacheRepopulates]
    if not seen.asked:
        raise Unread("the hub was asked for no contact")
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
    Check("cache_fresh", "redis", "a cache entry newer than its restored row", _fresh),
    Check("cache_repopulates", "redis", "a hub that no longer fills the cache", _repopulates),
)
