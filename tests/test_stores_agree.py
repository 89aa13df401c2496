"""No event may outlive a row that its restore left out."""

import pytest
from literal_cases.ledger import two_stores

from harness.checks import CHECKS
from harness.core.case import Case
from harness.core.ledger import Outcome
from harness.core.verdict import Verdict
from harness.judge import find

CHECK = CHECKS["stores_agree"]


def test_a_restore_that_left_out_nothing_leaves_no_event_ahead() -> None:
    """However many events there are."""
    found = find(CHECK, two_stores(rows=12, events=5))
    said = "stores: the restore left out no row that an event could tell of"
    assert (Verdict.PASS, said) == (found.verdict, found.summary)


def test_events_of_the_same_moment_are_not_ahead() -> None:
    """Only what was acknowledged later than a row that is gone tells of it."""
    case = two_stores(rows=10, events=5)
    _together(case, 20.0)
    assert Verdict.PASS is find(CHECK, case).verdict


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.INDETERMINATE])
def test_events_that_were_never_acknowledged_tell_of_nothing(outcome: Outcome) -> None:
    """Nobody was promised that they are there."""
    case = two_stores(rows=10, events=3)
    late = case.ledger.attempts[-1]
    case.ledger.attempts[-1] = type(late)(
        late.table, late.first, late.last, 20.0, 21.5, outcome, late.groups
    )
    assert Verdict.PASS is find(CHECK, case).verdict


def test_an_event_that_is_lost_is_not_ahead() -> None:
    """It went, as the row did; that it is owed is for another check to say."""
    found = find(CHECK, two_stores(rows=10, events=4))
    # Of the last two events one is there; the attempt as a whole is counted as gone.
    assert Verdict.PASS is found.verdict


def _together(case: Case, at_seconds: float) -> None:
    late = case.ledger.attempts[-1]
    case.ledger.attempts[-1] = type(late)(
        late.table, late.first, late.last, 19.0, at_seconds, late.outcome, late.groups
    )
