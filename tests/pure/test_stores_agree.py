"""No event may outlive a row that its restore left out."""

from dataclasses import replace
from typing import Any

import pytest
from literal_cases.ledger import two_stores
from ours import CHECKS

from harness.core.case import Case
from harness.core.ledger import Ledger, Outcome
from harness.core.verdict import Verdict
from harness.judge import find

CHECK = CHECKS["stores_agree"]


def with_late_events(case: Case, **changes: Any) -> Case:
    """Return the case with other circumstances of its last events."""
    *others, late = case.ledger.attempts
    return replace(case, ledger=Ledger(case.ledger.random, [*others, replace(late, **changes)]))


def test_a_restore_that_left_out_nothing_leaves_no_event_ahead() -> None:
    """However many events there are."""
    found = find(CHECK, two_stores(rows=12, events=5))
    said = "stores: the restore left out no row that an event could tell of"
    assert (Verdict.PASS, said) == (found.verdict, found.summary)


def test_events_of_the_same_moment_are_not_ahead() -> None:
    """Only what was acknowledged later than a row that is gone tells of it."""
    case = with_late_events(two_stores(rows=10, events=5), ended_seconds=20.0)
    assert Verdict.PASS is find(CHECK, case).verdict


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.INDETERMINATE])
def test_events_that_were_never_acknowledged_tell_of_nothing(outcome: Outcome) -> None:
    """Nobody was promised that they are there."""
    case = with_late_events(two_stores(rows=10, events=3), outcome=outcome)
    assert Verdict.PASS is find(CHECK, case).verdict


def test_events_that_came_back_in_part_tell_of_nothing() -> None:
    """Nobody knows whether those of a batch that are there came before the row that is gone."""
    assert Verdict.PASS is find(CHECK, two_stores(rows=10, events=4)).verdict
