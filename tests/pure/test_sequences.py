"""A sequence never gives a value again."""

import pytest
from ours import our_case

from harness.checks.sequences import CHECKS
from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.postgres_catalog import Catalog, SequenceState

(CHECK,) = CHECKS
NAME = "public.audit_log_id_seq"


def judged(before: SequenceState, after: SequenceState) -> Finding:
    """Return the finding for one sequence."""
    case = our_case(Ledger(1), History(), Observations(), Observations())
    case.before.put(Catalog({}, {NAME: before}))
    case.after.put(Catalog({}, {NAME: after}))
    return CHECK.judge(CHECK, case)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SequenceState(100, True, 1, 100), SequenceState(100, True, 1, 100)),
        (SequenceState(100, True, 1, 100), SequenceState(132, True, 1, 100)),
        (SequenceState(100, True, 1, 100), SequenceState(101, False, 1, 100)),
        (SequenceState(1, False, 1), SequenceState(1, False, 1)),
        (SequenceState(-5, True, -1, -5), SequenceState(-6, True, -1, -5)),
        (SequenceState(-5, True, -1, -5), SequenceState(-5, True, -1, -5)),
        # A key that a user chose far ahead was there before the backup too.
        (SequenceState(10, True, 1, 999), SequenceState(10, True, 1, 999)),
        # Another increment is for the check of definitions.
        (SequenceState(100, True, 10), SequenceState(100, True, 1)),
    ],
)
def test_a_sequence_may_stay_or_be_ahead(before: SequenceState, after: SequenceState) -> None:
    """Recovery may skip values; that repeats none."""
    assert Verdict.PASS is judged(before, after).verdict


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SequenceState(100, True, 1, 100), SequenceState(99, True, 1, 100)),
        (SequenceState(100, True, 1, 100), SequenceState(1, False, 1, 100)),
        (SequenceState(100, True, 1, 100), SequenceState(120, True, 1, 500)),
        (SequenceState(-5, True, -1), SequenceState(-4, True, -1)),
        # It stands on a key that is in use, and did not at the backup.
        (SequenceState(99, True, 1, 99), SequenceState(99, True, 1, 100)),
        (SequenceState(-5, True, -1, -5), SequenceState(-5, True, -1, -6)),
    ],
)
def test_a_sequence_behind_its_past_or_its_rows_fails(
    before: SequenceState, after: SequenceState
) -> None:
    """Both what it gave before and what its column holds count."""
    assert Verdict.FAIL is judged(before, after).verdict


def test_is_called_alone_makes_the_difference() -> None:
    """The same last value, not yet called, is given a second time."""
    finding = judged(SequenceState(100, True, 1, 100), SequenceState(100, False, 1, 100))
    assert f"sequences: 1 of 1 would give a value again ({NAME})" == finding.summary
    assert f"{NAME}: next value 101 or further" == finding.expected
    assert f"{NAME}: next value 100, while key 100 is in use" == finding.actual


def test_no_sequence_on_both_sides_is_not_applicable() -> None:
    """What is missing is named by the check of definitions."""
    case = our_case(Ledger(1), History(), Observations(), Observations())
    case.before.put(Catalog({}, {NAME: SequenceState(1, True, 1)}))
    case.after.put(Catalog({}, {"public.another": SequenceState(1, True, 1)}))
    with pytest.raises(NotApplicable, match=r"^no sequence was there before and after$"):
        CHECK.judge(CHECK, case)


def test_no_sequence_at_all_is_unread() -> None:
    """A look that meets none of those that were there says nothing about what they would give."""
    case = our_case(Ledger(1), History(), Observations(), Observations())
    case.before.put(Catalog({}, {NAME: SequenceState(1, True, 1)}))
    case.after.put(Catalog())
    said = r"^none of the 1 sequences of the backup was seen at the end$"
    with pytest.raises(Unread, match=said):
        CHECK.judge(CHECK, case)


def test_a_sequence_without_a_column_is_told_without_a_key() -> None:
    """There is no key that it could meet."""
    finding = judged(SequenceState(100, True, 1), SequenceState(100, False, 1))
    assert f"{NAME}: next value 100" == finding.actual
