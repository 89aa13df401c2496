"""What differs in a cache, and whether it came back cold, on literal observations."""

from dataclasses import replace

import pytest
from cache_samples import BACKED_UP, RESTORED, STRUCK, judged

from harness.checks._cold import came_back_cold
from harness.core.case import NotApplicable
from harness.core.history import CLEARED, Emptied, History
from harness.observations.cache import NEVER_EXPIRES, CacheEntries, EntrySeen
from harness.platforms.made_open.observations import CacheFreshness

WAS = EntrySeen("hash", "d", 9_000, fields={"x": 500, "y": 2_000})


@pytest.mark.parametrize(
    ("now", "actual"),
    [
        (replace(WAS, fields={"y": 2_000}), ""),
        (replace(WAS, type="list"), "k: a list, was a hash"),
        (replace(WAS, fields={"y": 3_000}), "k: other fields that expire"),
        (replace(WAS, fields={}), "k: other fields that expire"),
        (replace(WAS, digest="e"), "k: another value"),
        (replace(WAS, expires_milliseconds=8_000), "k: another expiry"),
        (replace(WAS, expires_milliseconds=NEVER_EXPIRES), "k: never expires"),
        (None, "k: lost"),
    ],
)
def test_what_differs_in_an_entry_is_told(now: EntrySeen | None, actual: str) -> None:
    """Whatever had to expire by now makes no difference; one entry that differs has one word."""
    before = CacheEntries(1, 0, {"k": WAS, "same": WAS}, every_database=True)
    held = {"k": now, "same": WAS} if now else {"same": WAS}
    after = CacheEntries(2, 1_000, held, every_database=True)
    finding = judged("cache_entries", History(artefacts=[BACKED_UP]), after, before=before)
    assert actual == finding.actual
    if not actual:
        assert "cache: all 2 entries are as they were" == finding.summary
    lost = int(now is None)
    counts = {"lost": lost, "altered": 1 - lost} if actual else {}
    assert {"entries": 2, "differing": int(bool(actual)), "expired": 0} | counts == finding.counts


def test_hash_is_not_gone_with_the_fields_that_expire() -> None:
    """What is left of it lives on."""
    lasting = EntrySeen("hash", "d", NEVER_EXPIRES, fields={"x": 500})
    before = CacheEntries(1, 0, {"k": lasting}, every_database=True)
    finding = judged(
        "cache_entries",
        History(artefacts=[BACKED_UP]),
        CacheEntries(0, 1_000, every_database=True),
        before=before,
    )
    assert "k: lost" == finding.actual


def test_cache_that_was_empty_at_the_backup_is_not_judged() -> None:
    """It lost nothing, and what is there now is for another check."""
    empty = CacheEntries(0, 0, every_database=True)
    with pytest.raises(NotApplicable, match=r"^the cache was empty at the backup$"):
        judged("cache_entries", History(artefacts=[BACKED_UP]), empty, before=empty)


def test_unexpected_key_is_told_with_its_database_and_its_life() -> None:
    """Eleven are counted and ten named; a known one is no cause of alarm."""
    known = {"session:1": EntrySeen("hash", "d", 0)}
    forged = {2: {f"k:{n}": EntrySeen("list", "d", NEVER_EXPIRES) for n in range(10, 21)}}
    before = CacheEntries(1, 0, known, every_database=True)
    after = CacheEntries(12, 0, known, forged, every_database=True)
    finding = judged("cache_nothing_unexpected", History(), after, before=before)
    assert {"entries": 12, "unexpected": 11} == finding.counts
    assert finding.actual.startswith("k:10 of database 2: a list that never expires; k:11 of")
    assert "the keys that were there before, and what the hub caches when it is read" == (
        finding.expected
    )
    assert 10 == len(finding.examples) == finding.actual.count("list")
    one = replace(after, others={}, entries=known | {"s": EntrySeen("hash", "d", 0)})
    assert "s: a hash" == judged("cache_nothing_unexpected", History(), one, before=before).actual
    cold = judged("cache_nothing_unexpected", History(disasters=[STRUCK]), one)
    assert "what the hub caches when it is read" == cold.expected


def test_contradiction_is_told_by_its_kind() -> None:
    """A kind of which there is none is not mentioned."""
    finding = judged("cache_fresh", History(), CacheFreshness(3, gone=["contact:2"]))
    assert "of a row that is gone: contact:2" == finding.actual


OTHER = replace(STRUCK, store="nats")


@pytest.mark.parametrize(
    ("history", "is_cold"),
    [
        (History(), False),
        (History(disasters=[OTHER], emptied=[Emptied("nats", CLEARED, 9, 1.0)]), False),
        (History(disasters=[STRUCK]), True),
        (History(emptied=[Emptied("redis", CLEARED, 9, 1.0)]), True),
        (History(restorations=[replace(RESTORED, begun_seconds=0.2, ended_seconds=0.5)]), False),
        (History(restorations=[RESTORED], disasters=[STRUCK]), False),
        (History(restorations=[replace(RESTORED, method="none")]), True),
        (History(restorations=[RESTORED], disasters=[replace(STRUCK, begun_seconds=6.0)]), False),
        (History(restorations=[RESTORED], disasters=[replace(STRUCK, begun_seconds=6.1)]), True),
        (History(restorations=[RESTORED], disasters=[replace(OTHER, begun_seconds=9.0)]), False),
    ],
)
def test_store_came_back_cold_when_its_last_loss_was_not_made_good(
    history: History, *, is_cold: bool
) -> None:
    """What happened to another store, or before a restore of this one, says nothing of it."""
    assert is_cold is came_back_cold(history, "redis")
