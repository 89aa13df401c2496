"""Check that cached contacts agree with PostgreSQL, and that the hub caches them again."""

from harness.checks.cache import has_expired
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.cache import CacheEntries
from harness.platforms.made_open.cache import CONTACT_PREFIX
from harness.platforms.made_open.observations import CacheFreshness, CacheRepopulates

_COMPARED_WITHIN_MILLISECONDS = 60_000
"""How long after the look at the entries the contacts among them are compared, at most."""


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
        and not has_expired(entry, until_milliseconds)
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
    Check("cache_fresh", "redis", "a cache entry newer than its restored row", _fresh),
    Check("cache_repopulates", "redis", "a hub that no longer fills the cache", _repopulates),
)
