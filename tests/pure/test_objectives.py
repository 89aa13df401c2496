"""Recovery time is measured, loss is measured and judged by the schedule; both can be missed."""

from dataclasses import replace

import pytest
from ours import CHECKS, EVENTS, our_case

from harness.checks.objectives import Loss, longest_loss_seconds, loss, measure, recovery_seconds
from harness.core.case import Case, NotApplicable, Objectives
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import (
    CLEARED,
    DELETED,
    Artefact,
    DisasterProof,
    Emptied,
    History,
    Restoration,
)
from harness.core.judgement import NOT_JUDGED, Measured
from harness.core.ledger import Attempt, Ledger, Outcome
from harness.core.observation import Observations
from harness.core.platform import Platform
from harness.core.verdict import Verdict
from harness.judge import find
from harness.observations.ledger_rows import LedgerRows
from harness.observations.streams import StreamRows
from harness.platform.fingerprint import vectors
from harness.platform.rows import RowSource
from harness.platform.scan import Scan
from harness.platforms.made_open.rows import AUDIT_LOG, CONTACTS

HOUR_SECONDS = 3600.0
STRUCK_SECONDS = 20.0
BACKED_UP_SECONDS = 10.0


def attempt(source: RowSource, first: int, last: int, ended_seconds: float) -> Attempt:
    """Return acknowledged rows."""
    groups = vectors(first, source.lines(1, first, last))
    return Attempt(
        source.table, first, last, ended_seconds - 0.5, ended_seconds, Outcome.ACKNOWLEDGED, groups
    )


# Each in a comparison group of its own, so that a scan in sums tells which of them are there.
SEEDED = attempt(AUDIT_LOG, 1, 99, 4.0)
LAST_OWED = attempt(AUDIT_LOG, 5_000, 5_000, 5.0)
LATE = attempt(AUDIT_LOG, 10_000, 10_009, 12.0)
LATER = attempt(AUDIT_LOG, 15_000, 15_009, 15.0)
ALL = (SEEDED, LAST_OWED, LATE, LATER)
WITHOUT_LATER = (SEEDED, LAST_OWED, LATE)
OWED = (SEEDED, LAST_OWED)


def held(*attempts: Attempt, table: str = AUDIT_LOG.table) -> Scan:
    """Return a scan of these rows and no others."""
    return Scan(table, {group: v for a in attempts for group, v in a.groups.items()})


def struck(store: str) -> DisasterProof:
    """Return the proof that a store was lost between seconds 20 and 21."""
    return DisasterProof("lose_volume", store, 9, 9, 0, 0, False, STRUCK_SECONDS, 21.0)


def backed_up(store: str = "postgres", lag_seconds: float | None = None) -> Artefact:
    """Return a backup that took 2 seconds."""
    begun, ended = BACKED_UP_SECONDS, BACKED_UP_SECONDS + 2
    return Artefact(
        "nightly", store, "m", "p", 1, 1, "d", "t", begun, ended, lag_seconds=lag_seconds
    )


def a_case(
    present: tuple[Attempt, ...] = ALL,
    *,
    objectives: Objectives | None = None,
    artefacts: tuple[Artefact, ...] = (backed_up(),),
    ready: dict[str, float] | None = None,
) -> Case:
    """Return a drill in which PostgreSQL was lost and came back with these rows."""
    history = History(
        artefacts=list(artefacts),
        disasters=[struck("postgres")],
        restorations=[Restoration("nightly", "postgres", "m", BACKED_UP_SECONDS, 22.0, 25.0)],
        ready_seconds={"postgres": 25.0, "hub": 27.5} if ready is None else ready,
    )
    seen = Observations()
    seen.put(LedgerRows({AUDIT_LOG.table: held(*present)}))
    ledger = Ledger(1, list(ALL))
    return our_case(ledger, history, Observations(), seen, objectives or Objectives())


def judged(check: str, case: Case) -> Finding:
    """Return the finding of a check."""
    return find(CHECKS[check], case)


@pytest.mark.parametrize(
    ("ready", "seconds"),
    [
        ({"postgres": 25.0, "hub": 27.5}, 6.5),
        ({"postgres": 30.0, "hub": 27.5}, 9.0),
        ({"postgres": 21.0, "hub": 21.0}, 0.0),
        ({"postgres": 25.0, "hub": 20.9}, None),
        ({"postgres": 20.9, "hub": 27.5}, None),
        ({"postgres": 25.0}, None),
        ({"hub": 27.5}, None),
        ({}, None),
    ],
)
def test_recovery_ends_when_the_last_of_all_answers(
    ready: dict[str, float], seconds: float | None
) -> None:
    """It begins when the disaster ends; what never answered after that has not recovered."""
    assert seconds == recovery_seconds(a_case(ready=ready))


def test_recovery_begins_with_the_last_disaster() -> None:
    """A second disaster starts the clock again."""
    case = a_case()
    case.history.disasters.append(replace(struck("nats"), ended_seconds=26.0))
    case.history.ready_seconds["postgres"] = 26.5
    assert 1.5 == recovery_seconds(case)


@pytest.mark.parametrize(
    ("objective", "verdict", "summary"),
    [
        (6.5, Verdict.PASS, "RTO: back in 6.5 s of 6.5 s"),
        (6.4, Verdict.FAIL, "RTO: back in 6.5 s, 0.1 s over the objective"),
    ],
)
def test_rto(objective: float, verdict: Verdict, summary: str) -> None:
    """Back within the objective, its very end included, passes; later fails."""
    finding = judged("rto", a_case(objectives=Objectives(objective)))
    assert (verdict, summary) == (finding.verdict, finding.summary)
    assert (f"at most {objective:g} s", "6.500 s") == (finding.expected, finding.actual)


def test_rto_of_a_platform_that_never_came_back_is_unverified() -> None:
    """Nothing was measured, so nothing was met."""
    finding = judged("rto", a_case(objectives=Objectives(60.0), ready={}))
    said = "the hub was not started, or did not become healthy, after the disaster"
    assert (Verdict.UNVERIFIED, said) == (finding.verdict, finding.summary)


def test_no_recovery_is_measured_where_nothing_was_brought_back() -> None:
    """A platform without a hub, whose restore never began, has no moment to wait for."""
    case = a_case()
    history = replace(case.history, restorations=[])
    without_hub = replace(
        case, history=history, platform=Platform("acme", "a", stores=("postgres",))
    )
    assert recovery_seconds(without_hub) is None


def test_what_nobody_demands_is_not_judged() -> None:
    """Without an objective there is nothing to judge."""
    for check in ("rto", "rpo"):
        with pytest.raises(NotApplicable):
            find(CHECKS[check], a_case())


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("rto", "RTO: not judged, for nothing was struck and no time to recover began"),
        ("rpo", "RPO: not judged for postgres, for none of it was struck"),
    ],
)
def test_an_objective_without_a_disaster_is_unverified(check: str, said: str) -> None:
    """What was demanded and not put to the test was not met."""
    calm = replace(a_case(objectives=Objectives(60.0, {"postgres": 1.0})), history=History())
    finding = find(CHECKS[check], calm)
    assert (Verdict.UNVERIFIED, said) == (finding.verdict, finding.summary)
    assert () == measure(calm)


def test_a_deleted_volume_is_a_disaster() -> None:
    """The clock runs from its deletion; what a restore clears away begins none."""
    case = a_case(objectives=Objectives(60.0, {"postgres": 60.0}))
    case.history.disasters.clear()
    case.history.emptied.append(Emptied("postgres", CLEARED, 9, 23.0))
    assert () == measure(case)
    case.history.emptied.append(Emptied("postgres", DELETED, 9, 20.5))
    rto, rpo = measure(case)
    assert (7.0, 0.0) == (rto.seconds, rpo.seconds)


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (ALL, Loss(0.0, 0, 0)),
        (WITHOUT_LATER, Loss(5.0, 10, 0)),
        (OWED, Loss(8.0, 20, 0)),
        ((SEEDED, LATE, LATER), Loss(15.0, 1, 1)),
        ((), Loss(16.0, 120, 100)),
    ],
)
def test_loss_is_counted_in_time_and_in_rows(present: tuple[Attempt, ...], expected: Loss) -> None:
    """It reaches back to the earliest acknowledged write that is missing, owed or at risk."""
    assert expected == loss(a_case(present), "postgres")


def test_a_write_that_was_never_acknowledged_is_no_loss() -> None:
    """Nobody was told that it was kept."""
    case = a_case(WITHOUT_LATER)
    unsure = replace(LATER, outcome=Outcome.INDETERMINATE)
    assert Loss(0.0, 0, 0) == loss(
        replace(case, ledger=Ledger(1, [*WITHOUT_LATER, unsure])), "postgres"
    )


def test_the_bound_is_the_schedule_and_how_long_a_backup_takes() -> None:
    """A method that keeps every write has its lag for a schedule; without either there is none."""
    every = Objectives(every_seconds={"nightly": HOUR_SECONDS})
    assert HOUR_SECONDS + 2 == longest_loss_seconds(a_case(objectives=every), "postgres")
    assert longest_loss_seconds(a_case(), "postgres") is None
    for lag_seconds in (0.0, 60.0):
        kept = a_case(objectives=every, artefacts=(backed_up(lag_seconds=lag_seconds),))
        assert lag_seconds == longest_loss_seconds(kept, "postgres")
    assert longest_loss_seconds(a_case(objectives=every, artefacts=()), "postgres") is None
    assert longest_loss_seconds(a_case(objectives=every), "nats") is None


def test_the_bound_is_that_of_the_backup_that_was_restored() -> None:
    """Each newer backup that was passed over makes it longer; of one never restored the last
    counts.
    """
    later = replace(backed_up(), backup="tuesday", begun_seconds=12.0, ended_seconds=15.0)
    every = Objectives(every_seconds={"nightly": 24 * HOUR_SECONDS, "tuesday": HOUR_SECONDS})
    case = a_case(objectives=every, artefacts=(backed_up(), later))
    assert 48 * HOUR_SECONDS + 2 == longest_loss_seconds(case, "postgres")
    (restored,) = case.history.restorations
    for backup in ("tuesday", "from elsewhere"):
        case.history.restorations[:] = [replace(restored, backup=backup)]
        assert HOUR_SECONDS + 3 == longest_loss_seconds(case, "postgres")
    case.history.restorations[:] = [replace(restored, backup="tuesday")]
    assert HOUR_SECONDS + 3 == longest_loss_seconds(case, "postgres")
    case.history.restorations.clear()
    assert HOUR_SECONDS + 3 == longest_loss_seconds(case, "postgres")


def test_going_back_further_gives_up_what_came_since() -> None:
    """A recovery to a moment of its choice loses all from then on, whatever the log holds."""
    case = a_case(artefacts=(backed_up(lag_seconds=60.0),))
    restored = case.history.restorations[0]
    case.history.restorations[0] = replace(restored, target="mark lunch", cut_seconds=12.0)
    assert 60.0 + 10.0 == longest_loss_seconds(case, "postgres")


@pytest.mark.parametrize(
    ("present", "rpo_seconds", "every_seconds", "verdict"),
    [
        (ALL, HOUR_SECONDS + 2, HOUR_SECONDS, Verdict.PASS),
        (ALL, HOUR_SECONDS + 1, HOUR_SECONDS, Verdict.FAIL),
        (OWED, HOUR_SECONDS + 2, HOUR_SECONDS, Verdict.PASS),
        (OWED, 7.9, 1.0, Verdict.FAIL),
        (OWED, 8.0, 6.0, Verdict.PASS),
        ((SEEDED,), HOUR_SECONDS + 2, HOUR_SECONDS, Verdict.FAIL),
        (ALL, HOUR_SECONDS, None, Verdict.UNVERIFIED),
        ((SEEDED,), HOUR_SECONDS, None, Verdict.FAIL),
        (OWED, 7.9, None, Verdict.FAIL),
    ],
    ids=[
        "nothing lost, within the schedule",
        "nothing lost, but the schedule allows too much",
        "rows at risk lost within the RPO",
        "rows at risk lost beyond the RPO",
        "rows at risk lost just within the RPO",
        "an owed row lost",
        "no schedule",
        "an owed row lost without a schedule",
        "rows at risk lost beyond the RPO without a schedule",
    ],
)
def test_rpo(
    present: tuple[Attempt, ...],
    rpo_seconds: float,
    every_seconds: float | None,
    verdict: Verdict,
) -> None:
    """Neither the measured loss nor the schedule may exceed it, and no owed row may be lost."""
    every = {} if every_seconds is None else {"nightly": every_seconds}
    objectives = Objectives(None, {"postgres": rpo_seconds}, every)
    finding = judged("rpo", a_case(present, objectives=objectives))
    assert verdict is finding.verdict
    if verdict is not Verdict.UNVERIFIED:
        gone = sum(a.rows for a in (LATE, LATER) if a not in present)
        assert {"lost": int(LAST_OWED not in present), "gone": gone} == finding.counts
    (measured,) = (m for m in measure(a_case(present, objectives=objectives)) if m.name == "RPO")
    standing = NOT_JUDGED if verdict is Verdict.UNVERIFIED else verdict.value
    assert standing == measured.standing


def test_rpo_says_what_it_measured_and_what_the_schedule_allows() -> None:
    """In seconds and rows, owed ones apart."""
    objectives = Objectives(None, {"postgres": 7200.0}, {"nightly": HOUR_SECONDS})
    finding = judged("rpo", a_case((SEEDED,), objectives=objectives))
    said = "postgres 15.0 s and 21 rows (1 owed), at most 3,602.0 s by schedule, of 7200 s"
    assert f"RPO: {said}" == finding.summary
    assert "postgres at most 7200 s, and no owed row lost" == finding.expected
    assert (said, ("postgres",)) == (finding.actual, finding.examples)


def test_rpo_without_a_schedule_says_how_to_state_one() -> None:
    """Not judged is not passed."""
    finding = judged("rpo", a_case(objectives=Objectives(None, {"postgres": 60.0})))
    said = (
        "RPO: not judged for postgres: the scenario does not say how often it is backed up"
        " (every: 24h)"
    )
    assert (Verdict.UNVERIFIED, said) == (finding.verdict, finding.summary)


def test_rpo_of_a_store_that_was_not_read_is_unverified() -> None:
    """What is not known was not met; a loss that is known elsewhere fails all the same."""
    objectives = Objectives(None, {"postgres": 7200.0, "nats": 7200.0}, {"nightly": HOUR_SECONDS})
    case = a_case(objectives=objectives)
    case.history.disasters.append(struck("nats"))
    ledger = Ledger(1, [*case.ledger.attempts, attempt(EVENTS, 1, 10, 5.0)])
    case = replace(case, ledger=ledger)
    finding = judged("rpo", case)
    said = "what it judges was not observed"
    assert (Verdict.UNVERIFIED, said) == (finding.verdict, finding.summary)
    unread = next(m for m in measure(case) if m.store == "nats")
    assert (None, Verdict.UNVERIFIED.value) == (unread.seconds, unread.standing)
    with pytest.raises(Unread):
        loss(case, "nats")
    lost = replace(case, after=a_case((SEEDED,)).after)
    assert Verdict.FAIL is judged("rpo", lost).verdict
    assert "; nats not read" in judged("rpo", lost).summary


def test_a_table_that_was_not_read_leaves_its_store_unverified() -> None:
    """A look that lacks a table that was written to takes nobody down, and clears nobody."""
    every = {"nightly": HOUR_SECONDS}
    case = a_case(objectives=Objectives(None, {"postgres": 7200.0}, every))
    case.after.put(LedgerRows({}))
    (unread,) = (m for m in measure(case) if m.name == "RPO")
    assert HOUR_SECONDS + 2 == unread.bound_seconds
    assert (None, Verdict.UNVERIFIED.value) == (unread.seconds, unread.standing)
    finding = judged("rpo", case)
    said = "audit_log was not read"
    assert (Verdict.UNVERIFIED, said) == (finding.verdict, finding.summary)


def test_the_losses_of_all_tables_add_up() -> None:
    """Owed and at risk, whichever table they are of."""
    contacts = attempt(CONTACTS, 1, 5, 4.0)
    case = a_case((LATE,))
    case = replace(case, ledger=Ledger(1, [*ALL, contacts]))
    gone = Scan(CONTACTS.table, {})
    case.after.put(LedgerRows({AUDIT_LOG.table: held(LATE), CONTACTS.table: gone}))
    assert Loss(16.0, 99 + 1 + 10 + 5, 99 + 1 + 5) == loss(case, "postgres")


def test_messages_are_lost_like_rows() -> None:
    """The events are what NATS owes."""
    case = a_case()
    case.history.disasters.append(struck("nats"))
    seen = Observations()
    seen.put(StreamRows(held(table=EVENTS.table)))
    ledger = Ledger(1, [attempt(EVENTS, 1, 10, 5.0)])
    assert Loss(15.0, 10, 10) == loss(replace(case, ledger=ledger, after=seen), "nats")


@pytest.mark.parametrize(
    ("measured", "standing"),
    [
        (Measured("RTO", "platform", 5.0, 5.0), "PASS"),
        (Measured("RTO", "platform", 5.0, 5.1), "FAIL"),
        (Measured("RTO", "platform", 5.0, None), "UNVERIFIED"),
        (Measured("RTO", "platform", None, 5.0), ""),
        (Measured("RPO", "nats", None, 5.0, 3, 3), ""),
        (Measured("RPO", "nats", 5.0, 0.0, bound_seconds=5.0), "PASS"),
        (Measured("RPO", "nats", 5.0, 0.0, bound_seconds=5.1), "FAIL"),
        (Measured("RPO", "nats", 5.0, 0.0, 1, 1, bound_seconds=1.0), "FAIL"),
        (Measured("RPO", "nats", 5.0, 0.0), "NOT JUDGED"),
    ],
)
def test_standing(measured: Measured, standing: str) -> None:
    """Each objective stands on its own; what was not demanded stands nowhere."""
    assert standing == measured.standing
