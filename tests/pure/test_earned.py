"""A PASS takes something at stake, destroyed, brought back and judged."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from test_judge import a_case, a_check, checks, played

from harness.core.case import Case
from harness.core.finding import Finding
from harness.core.history import DisasterProof, Emptied, History, Restoration
from harness.core.judgement import Expectation
from harness.core.ledger import Attempt, Ledger, Outcome
from harness.core.observation import Observations
from harness.core.terms import Terms
from harness.core.verdict import Verdict
from harness.judge.earned import unearned
from harness.observations.cache import CacheEntries, EntrySeen
from harness.observations.search import IndexSeen, SearchIndexes
from harness.observations.streams import StreamRows, StreamState
from harness.platform.scan import Scan

AUDITED = replace(a_check("audit", Verdict.PASS), claims=("audit_log",))
CREDENTIALS = replace(a_check("credentials", Verdict.PASS), claims=("credentials",))
MADE = checks(AUDITED, CREDENTIALS)


def a_disaster(store: str = "postgres", **changed: Any) -> DisasterProof:
    """Return the proof that a store lost all it held, between the seconds 2 and 3."""
    proof = DisasterProof(
        "lose_volume",
        store,
        entries_before=9,
        bytes_before=9,
        entries_after=0,
        bytes_after=0,
        answered_after=False,
        begun_seconds=2.0,
        ended_seconds=3.0,
    )
    return replace(proof, **changed)


def a_restoration(store: str = "postgres", ended_seconds: float = 5.0) -> Restoration:
    """Return a restoration of what was acknowledged by second 1."""
    return Restoration("nightly", store, "volume", 1.0, ended_seconds - 1, ended_seconds)


def written(table: str, *, ended_seconds: float = 0.5) -> Attempt:
    """Return ten acknowledged rows."""
    return Attempt(table, 1, 10, 0.0, ended_seconds, Outcome.ACKNOWLEDGED)


def a_drill(
    *attempts: Attempt,
    disasters: tuple[DisasterProof, ...] = (),
    restorations: tuple[Restoration, ...] = (),
    emptied: tuple[Emptied, ...] = (),
    ready: Mapping[str, float] | None = None,
    before: object = None,
    strikes: tuple[str, ...] = (),
) -> Case:
    """Return a case in which this happened."""
    history = History(
        steps=[played("disaster", *strikes, strikes=strikes)] if strikes else [],
        disasters=list(disasters),
        restorations=list(restorations),
        emptied=list(emptied),
        ready_seconds=dict(ready or {}),
    )
    seen = Observations()
    if before is not None:
        seen.put(before)
    return replace(a_case(), ledger=Ledger(1, list(attempts)), history=history, before=seen)


ROWS = written("audit_log")
EARNED = a_drill(ROWS, disasters=(a_disaster(),), restorations=(a_restoration(),))


def lacks(case: Case, terms: Terms | None = None, *findings: Finding) -> list[str]:
    """Return what keeps the case from a PASS, with every check made that there is."""
    held = findings or tuple(check.passed("well") for check in MADE.values())
    return list(unearned(case, terms or Terms(), held, MADE))


def test_rows_lost_with_their_volume_and_restored_earn_a_pass() -> None:
    """At stake, destroyed, brought back, judged: nothing is lacking."""
    assert [] == lacks(EARNED)


@pytest.mark.parametrize(
    ("case", "lack"),
    [
        (a_drill(ROWS), "nothing was destroyed"),
        (a_drill(ROWS, restorations=(a_restoration(),)), "nothing was destroyed"),
        (
            a_drill(
                ROWS,
                disasters=(a_disaster(entries_before=0),),
                restorations=(a_restoration(),),
            ),
            "nothing was destroyed",
        ),
        (
            a_drill(
                ROWS,
                disasters=(a_disaster(entries_after=1),),
                restorations=(a_restoration(),),
            ),
            "nothing was destroyed",
        ),
        (
            a_drill(
                ROWS,
                disasters=(a_disaster(answered_after=True),),
                restorations=(a_restoration(),),
            ),
            "nothing was destroyed",
        ),
        (
            a_drill(
                ROWS,
                emptied=(Emptied("postgres", "its volume was deleted", 0, 4.0),),
                restorations=(a_restoration(),),
            ),
            "nothing was destroyed",
        ),
        (
            a_drill(ROWS, disasters=(a_disaster(),), ready={"postgres": 9.0}),
            "nothing that was destroyed came back (postgres)",
        ),
        (
            a_drill(ROWS, disasters=(a_disaster(),), restorations=(a_restoration("nats"),)),
            "nothing that was destroyed came back (postgres)",
        ),
        (
            a_drill(
                ROWS, disasters=(a_disaster(),), restorations=(a_restoration(ended_seconds=2.9),)
            ),
            "nothing that was destroyed came back (postgres)",
        ),
        (
            a_drill(
                ROWS,
                disasters=(a_disaster(),),
                emptied=(Emptied("postgres", "its volume was deleted", 5, 6.0),),
                restorations=(a_restoration(),),
            ),
            "nothing that was destroyed came back (postgres)",
        ),
        (
            a_drill(disasters=(a_disaster(),), restorations=(a_restoration(),)),
            "nothing was at stake in what was destroyed (postgres)",
        ),
        (
            a_drill(ROWS, disasters=(a_disaster("nats"),), restorations=(a_restoration("nats"),)),
            "nothing was at stake in what was destroyed (nats)",
        ),
        (
            a_drill(
                written("audit_log", ended_seconds=1.5),
                disasters=(a_disaster(),),
                restorations=(a_restoration(),),
            ),
            "nothing was at stake in what was destroyed (postgres)",
        ),
    ],
)
def test_what_lacks_one_of_the_three_earns_nothing(case: Case, lack: str) -> None:
    """Destroyed, brought back and at stake have to be true of one and the same store."""
    assert [lack] == lacks(case)


@pytest.mark.parametrize(
    "case",
    [
        a_drill(
            ROWS,
            emptied=(Emptied("postgres", "cleared for the restore", 7, 4.5),),
            restorations=(a_restoration(),),
        ),
        a_drill(
            ROWS,
            emptied=(Emptied("postgres", "cleared for the restore", 7, 0.6),),
            restorations=(a_restoration(ended_seconds=0.8),),
        ),
        a_drill(
            ROWS,
            disasters=(a_disaster(),),
            emptied=(Emptied("postgres", "cleared for the restore", 7, 2.5),),
            restorations=(a_restoration(ended_seconds=3.0),),
        ),
        a_drill(
            written("events"),
            disasters=(a_disaster("nats"),),
            restorations=(a_restoration("nats"),),
        ),
    ],
    ids=["cleared for the restore", "within the first second", "at the very moment", "messages"],
)
def test_other_ways_to_earn(case: Case) -> None:
    """What a restore found and cleared away was destroyed; messages are at stake like rows."""
    events = replace(a_check("events", Verdict.PASS), claims=("events",))
    made = {**MADE, **checks(events)}
    held = [check.passed("well") for check in made.values()]
    assert [] == list(unearned(case, Terms(), held, made))


STREAM = StreamState({}, 0, 0, 0, 0, 0, read=3, subjects={}, spans={})
ENTRY = EntrySeen(type="string", digest="d", expires_milliseconds=-1)


@pytest.mark.parametrize(
    ("store", "full", "empty"),
    [
        (
            "nats",
            StreamRows(Scan("events", {}), {"JOBS": STREAM}),
            StreamRows(Scan("events", {}), {"JOBS": replace(STREAM, read=0)}),
        ),
        (
            "meilisearch",
            SearchIndexes({}, {"contacts": IndexSeen("number", 1, {})}),
            SearchIndexes({}, {"contacts": IndexSeen("number", 0, {})}),
        ),
        ("redis", CacheEntries(1, 0, entries={"a": ENTRY}), CacheEntries(0, 0)),
    ],
)
def test_what_other_stores_hold_is_at_stake(store: str, full: object, empty: object) -> None:
    """Messages, documents and keys that were seen at the backup are at stake; none are not."""
    struck = (a_disaster(store),)
    back = (a_restoration(store),)
    assert [] == lacks(a_drill(disasters=struck, restorations=back, before=full))
    lack = [f"nothing was at stake in what was destroyed ({store})"]
    assert lack == lacks(a_drill(disasters=struck, restorations=back, before=empty))
    assert lack == lacks(a_drill(disasters=struck, restorations=back))


def test_the_hubs_key_is_at_stake_with_credentials() -> None:
    """Its volume opens the credentials; without any it holds nothing of worth."""
    struck, back = (a_disaster("hub"),), (a_restoration("hub"),)
    assert [] == lacks(a_drill(written("credentials"), disasters=struck, restorations=back))
    lack = ["nothing was at stake in what was destroyed (hub)"]
    assert lack == lacks(a_drill(ROWS, disasters=struck, restorations=back))


@pytest.mark.parametrize("store", ["meilisearch", "redis"])
@pytest.mark.parametrize(("at_seconds", "is_back"), [(3.0, True), (2.9, False)])
def test_what_the_platform_fills_again_came_back_when_it_answers(
    store: str, at_seconds: float, *, is_back: bool
) -> None:
    """A rebuild is no restore; it counts from the moment the emptied store answers."""
    seen = {
        "meilisearch": SearchIndexes({}, {"contacts": IndexSeen("number", 1, {})}),
        "redis": CacheEntries(1, 0, entries={"a": ENTRY}),
    }
    ready = {store: at_seconds}
    case = a_drill(disasters=(a_disaster(store),), ready=ready, before=seen[store])
    assert is_back is (not lacks(case))
    assert [f"nothing that was destroyed came back ({store})"] == lacks(replace_ready(case))


def replace_ready(case: Case) -> Case:
    """Return the case with no store that ever answered."""
    history = replace(case.history, ready_seconds={})
    return replace(case, history=history)


def test_a_scenario_that_expects_failures_needs_only_them() -> None:
    """A procedure that takes no backup at all destroys nothing."""
    assert [] == lacks(a_drill(ROWS), Terms(Expectation(("procedure_completed",))))


def test_a_store_that_was_struck_has_to_be_judged() -> None:
    """A gap, or no finding at all, is no judgement; a failure is one."""
    case = a_drill(
        ROWS,
        disasters=(a_disaster(), a_disaster("redis")),
        restorations=(a_restoration(),),
        strikes=("postgres", "redis"),
    )
    lack = "redis was struck and nothing of it was judged"
    assert [lack] == lacks(case)
    gap = a_check("r", Verdict.UNVERIFIED, "redis").unverified("unseen")
    held = tuple(check.passed("well") for check in MADE.values())
    assert [lack] == lacks(case, None, *held, gap)
    failed = a_check("r", Verdict.FAIL, "redis").failed("ill", expected="", actual="")
    assert [] == lacks(case, None, *held, failed)
    assert [] == lacks(replace(case, missing={"redis": "no binary"}))


def test_a_gap_is_accepted_beside_the_point_never_for_it() -> None:
    """If all that was struck is missing, or the subject is, nothing was shown."""
    case = a_drill(strikes=("meilisearch", "redis"))
    gone = replace(case, missing={"redis": "no binary", "meilisearch": "no binary"})
    assert ["all that was struck cannot run here (meilisearch, redis)"] == lacks(gone)
    subject = Terms(subjects=("meilisearch", "postgres"))
    missing = replace(EARNED, missing={"meilisearch": "no binary"})
    assert ["meilisearch, which the scenario is about, cannot run here"] == lacks(missing, subject)
    assert [] == lacks(EARNED, subject)


def test_owed_rows_have_to_be_claimed_by_a_check_that_was_made() -> None:
    """A table that no check accounts for, or whose check was left out, is not accounted for."""
    case = replace(EARNED, ledger=Ledger(1, [ROWS, written("invoices"), written("invoices")]))
    assert ["no check accounts for 20 owed rows of invoices"] == lacks(case)
    unmade = AUDITED.unverified("it timed out")
    assert ["no check accounts for 10 owed rows of audit_log"] == [
        lack for lack in lacks(EARNED, None, unmade) if "rows" in lack
    ]
    # Of a store that is not here the gap is told once.
    gone = replace(EARNED, missing={"postgres": "no binary"})
    assert not any("rows" in lack for lack in lacks(gone, None, unmade))
    credentials = CREDENTIALS.passed("well")
    assert ["no check accounts for 10 owed rows of audit_log"] == lacks(EARNED, None, credentials)
    refused = replace(written("invoices"), outcome=Outcome.REFUSED)
    assert [] == lacks(replace(EARNED, ledger=Ledger(1, [ROWS, refused])))
