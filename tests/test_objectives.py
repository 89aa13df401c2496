"""The recovery time: from the disaster's end until all that was restored, and the hub, answered."""

from dataclasses import replace

import pytest

from harness.checks import CHECKS
from harness.checks.objectives import measure, recovery_seconds
from harness.core.case import Case, NotApplicable, Objectives
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import DisasterProof, History, Restoration
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.verdict import Verdict

STRUCK = DisasterProof("lose_volume", "redis", 9, 900, 0, 0, False, 10.0, 11.0)
RESTORED = Restoration("nightly", "redis", "volume", 5.0, 12.0, 14.0)


def case(objective_seconds: float | None = 30.0, **ready_seconds: float) -> Case:
    """Return a case in which the cache was lost and restored."""
    history = History(
        disasters=[STRUCK], restorations=[RESTORED], ready_seconds=dict(ready_seconds)
    )
    objectives = Objectives(rto_seconds=objective_seconds)
    return Case(Ledger(7), history, Observations(), Observations(), objectives)


def rto(of: Case) -> Finding:
    """Return what the check finds."""
    return CHECKS["rto"].judge(CHECKS["rto"], of)


def test_the_slowest_counts() -> None:
    """The hub is awaited, and every store that was restored."""
    assert 9.0 == recovery_seconds(case(redis=14.0, hub=20.0))
    assert 13.0 == recovery_seconds(case(redis=24.0, hub=20.0))


def test_stores_that_were_not_restored_are_not_awaited() -> None:
    """What no disaster struck need not answer again."""
    assert 9.0 == recovery_seconds(case(redis=14.0, hub=20.0, nats=70.0))


@pytest.mark.parametrize(
    "ready", [{}, {"hub": 20.0}, {"redis": 14.0}, {"redis": 14.0, "hub": 10.5}]
)
def test_what_never_answered_again_was_never_back(ready: dict[str, float]) -> None:
    """An answer from before the disaster's end is none."""
    assert recovery_seconds(case(**ready)) is None
    with pytest.raises(Unread, match=r"^the hub was not started, or did not become healthy"):
        rto(case(**ready))


def test_the_last_disaster_counts() -> None:
    """Where two struck, the time runs from the end of the later one."""
    found = case(redis=14.0, hub=20.0)
    found.history.disasters.append(replace(STRUCK, store="nats", ended_seconds=13.0))
    assert 7.0 == recovery_seconds(found)


def test_back_in_time_passes() -> None:
    """Exactly the objective is in time."""
    found = rto(case(9.0, redis=14.0, hub=20.0))
    assert Verdict.PASS is found.verdict
    assert "RTO: back in 9.0 s of 9 s" == found.summary
    assert "9.000 s" == found.actual


def test_a_moment_too_late_fails() -> None:
    """By how much is told."""
    found = rto(case(8.75, redis=14.0, hub=20.0))
    assert Verdict.FAIL is found.verdict
    assert "RTO: back in 9.0 s, 0.2 s over the objective" == found.summary
    assert "at most 8.75 s" == found.expected


@pytest.mark.parametrize("objective_seconds", [None, 30.0])
def test_without_objective_or_disaster_there_is_nothing_to_judge(
    objective_seconds: float | None,
) -> None:
    """A drill that demands nothing, or strikes nothing, has no recovery time to hold."""
    of = case(objective_seconds, redis=14.0, hub=20.0)
    if objective_seconds is not None:
        of.history.disasters.clear()
    with pytest.raises(NotApplicable, match=r"^the scenario sets no RTO, or nothing was struck$"):
        rto(of)


def test_the_measure_is_the_same() -> None:
    """What a page shows is what the check judged."""
    measured = {found.name: found for found in measure(case(redis=14.0, hub=20.0))}
    assert (30.0, 9.0) == (measured["RTO"].objective_seconds, measured["RTO"].seconds)
