"""The check on a recovery's target, judged on literal observations."""

from dataclasses import replace

import pytest
from ledger_samples import AFTER_THE_CUT, RESTORED, attempt, ledger
from ours import CHECKS, our_case

from harness.core.case import NotApplicable
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.ledger import Ledger, total
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.ledger_rows import LedgerRows
from harness.platform.scan import Scan

WRITTEN = ledger(
    attempt("audit_log", 1, 100), attempt("audit_log", 101, 120, ended_seconds=AFTER_THE_CUT)
)
RECOVERED = replace(RESTORED, target="mark before_mistake")


def judged(last: int, *, written: Ledger = WRITTEN, targeted: bool = True) -> Finding:
    """Return what the check concludes when the rows 1 to `last` came back."""
    after = Observations()
    scan = Scan("audit_log", total([attempt("audit_log", 1, last)]))
    after.put(LedgerRows({"audit_log": scan}))
    history = History(restorations=[RECOVERED if targeted else RESTORED])
    check = CHECKS["recovery_target_exact"]
    return check.judge(check, our_case(written, history, Observations(), after))


def test_a_recovery_that_stops_at_its_target_holds() -> None:
    """Nothing that was written later is there."""
    finding = judged(100)
    assert Verdict.PASS is finding.verdict
    assert "recovery to mark before_mistake: none of 20 later rows is there" == finding.summary


def test_a_recovery_past_its_target_is_caught() -> None:
    """Every later row that is there is named, as far as a reader can take it in."""
    finding = judged(120)
    assert Verdict.FAIL is finding.verdict
    assert (
        "recovery to mark before_mistake: 20 of 20 later rows are there (audit_log 101,"
        " audit_log 102, audit_log 103, audit_log 104, audit_log 105, audit_log 106,"
        " audit_log 107, audit_log 108, audit_log 109, audit_log 110 and 10 more)"
    ) == finding.summary


def test_a_commit_that_was_under_way_at_the_target_may_be_on_either_side() -> None:
    """Only what began after the moment is known to belong after it."""
    begun_before = attempt("audit_log", 101, 120, ended_seconds=RECOVERED.cut_seconds + 0.5)
    written = ledger(attempt("audit_log", 1, 100), begun_before)
    with pytest.raises(NotApplicable, match="nothing was written between"):
        judged(120, written=written)


@pytest.mark.parametrize(
    ("begun_seconds", "ended_seconds", "later"),
    [(10.0, 11.0, 0), (10.1, 11.0, 20), (29.0, 30.0, 20)],
)
def test_only_what_began_after_the_target_is_later(
    begun_seconds: float, ended_seconds: float, later: int
) -> None:
    """A write that had begun by the target may be on either side of it."""
    late = replace(
        attempt("audit_log", 101, 120), begun_seconds=begun_seconds, ended_seconds=ended_seconds
    )
    written = ledger(attempt("audit_log", 1, 100), late)
    if later:
        assert {"later": later, "present": 0} == judged(100, written=written).counts
    else:
        with pytest.raises(NotApplicable, match="nothing was written between"):
            judged(100, written=written)


def test_a_restore_without_a_target_is_not_judged() -> None:
    """A backup may hold more than it promises; only a target says what must be absent."""
    with pytest.raises(NotApplicable, match="nothing was recovered to a moment"):
        judged(120, targeted=False)
