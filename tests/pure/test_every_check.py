"""Every check of the registry fails, lets pass and abstains where it must, on literal data."""

from dataclasses import replace

import pytest
from literal_cases import LITERALS
from literal_cases.form import Literal, unread_one_by_one
from ours import CHECKS

from harness.core.verdict import Verdict
from harness.judge import find

REASON = "it timed out"


@pytest.fixture(params=CHECKS)
def check_id(request: pytest.FixtureRequest) -> str:
    """Name each check in turn."""
    return str(request.param)


@pytest.fixture
def literal(check_id: str) -> Literal:
    """Give the cases of a check; a check without any has never been seen to fail.

    Each test judges a copy, which remembers nothing that was worked out before.
    """
    if check_id not in LITERALS:
        pytest.fail(f"{check_id} has no cases: add them to LITERALS in tests/literal_cases/")
    return LITERALS[check_id]


def test_no_case_is_of_a_check_that_is_gone() -> None:
    """A check that was renamed takes its cases with it."""
    assert set() == LITERALS.keys() - CHECKS.keys()


def test_it_fails_and_says_what(check_id: str, literal: Literal) -> None:
    """A finding counts, and tells a reader what was due, what is, why, and what to do."""
    found = find(CHECKS[check_id], replace(literal.fails))
    assert (Verdict.FAIL, literal.alarm) == (found.verdict, found.summary)
    assert (check_id, CHECKS[check_id].store) == (found.check, found.store)
    assert (literal.counts, literal.names) == (found.counts, found.examples)
    assert all((found.expected, found.actual, found.cause, found.next_step))
    assert found.expected != found.actual


def test_it_lets_a_near_miss_pass(check_id: str, literal: Literal) -> None:
    """What looks like a failure and is legal is none."""
    assert literal.because
    found = find(CHECKS[check_id], replace(literal.holds))
    assert (Verdict.PASS, literal.all_clear) == (found.verdict, found.summary)


def test_it_never_passes_what_was_not_read(check_id: str, literal: Literal) -> None:
    """Without an observation that it needs a check is UNVERIFIED, and says why."""
    check = CHECKS[check_id]
    without = list(unread_one_by_one(literal.holds, REASON))
    for case in without:
        found = find(check, case)
        assert Verdict.UNVERIFIED is found.verdict
        assert REASON in found.summary
    if isinstance(literal.unread, str):
        assert not without
        assert literal.unread
    elif literal.unread is not None:
        found = find(check, replace(literal.unread))
        assert Verdict.UNVERIFIED is found.verdict
        assert found.summary
    else:
        assert without, f"{check_id} reads nothing: its case must say `unread`"
