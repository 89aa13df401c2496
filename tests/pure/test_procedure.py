"""A disaster is proven, a step that failed is told, and an error message is not passed over."""

from dataclasses import replace

import pytest
from ours import CHECKS, our_case

from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import DisasterProof, History, Restoration, StepFailure, StepRecord
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.verdict import Verdict

STRUCK = DisasterProof("lose_volume", "nats", 9, 900, 0, 0, False, 10.0, 11.0)
RESTORED = Restoration("nightly", "nats", "volume", 5.0, 12.0, 14.0)
STEP = StepRecord("restore", "restore nightly", 7, 12.0, 14.0)


def find(check: str, history: History, failure: str = "") -> Finding:
    """Return what a check finds in a history."""
    case = our_case(Ledger(7), history, Observations(), Observations(), failure=failure)
    return CHECKS[check].judge(CHECKS[check], case)


def test_a_disaster_that_left_nothing_is_proven() -> None:
    """Data before, nothing after, no answer."""
    found = find("disaster_proven", History(disasters=[STRUCK, replace(STRUCK, store="redis")]))
    assert Verdict.PASS is found.verdict
    assert (
        "disaster: 2 of 2 volumes were emptied of 18 entries, and no server answered"
        == found.summary
    )


@pytest.mark.parametrize(
    ("doubtful", "doubt"),
    [
        (replace(STRUCK, entries_before=0), "nats: held nothing before"),
        (replace(STRUCK, entries_after=1), "nats: 1 entries left"),
        (replace(STRUCK, answered_after=True), "nats: still answered"),
    ],
)
def test_one_doubt_fails_the_disaster(doubtful: DisasterProof, doubt: str) -> None:
    """However many others were proven."""
    found = find("disaster_proven", History(disasters=[replace(STRUCK, store="redis"), doubtful]))
    assert Verdict.FAIL is found.verdict
    assert f"disaster: 1 doubts that the data was gone (namely {doubt})" == found.summary
    assert (doubt,) == found.examples


def test_a_volume_of_one_entry_held_something() -> None:
    """Near miss: however little it was, it is gone."""
    found = find("disaster_proven", History(disasters=[replace(STRUCK, entries_before=1)]))
    assert Verdict.PASS is found.verdict


def test_no_disaster_is_not_judged() -> None:
    """A scenario that strikes nothing has none to prove."""
    with pytest.raises(NotApplicable, match=r"^the scenario strikes nothing$"):
        find("disaster_proven", History())


def test_all_steps_carried_out_pass() -> None:
    """They are counted."""
    found = find("procedure_completed", History(steps=[STEP, STEP]))
    assert Verdict.PASS is found.verdict
    assert "procedure: all 2 steps were carried out" == found.summary


def test_a_failed_step_fails_and_is_named() -> None:
    """With its message, also where the drill broke off after it."""
    failed = StepFailure("restore nightly", "nats", "tar ended with status 2")
    for failure in ("", "the harness broke"):
        history = History(steps=[STEP], failures=[failed])
        found = find("procedure_completed", history, failure)
        assert Verdict.FAIL is found.verdict
        assert "procedure: 1 steps failed (first restore nightly)" == found.summary
        assert "restore nightly: tar ended with status 2" == found.actual


@pytest.mark.parametrize(
    ("history", "failure", "reason"),
    [
        (History(), "", "procedure: ended after 0 steps"),
        (History(steps=[STEP]), "no room", "procedure: ended after 1 steps: no room"),
    ],
)
def test_a_drill_that_broke_off_is_unread(history: History, failure: str, reason: str) -> None:
    """What was not played has neither succeeded nor failed."""
    with pytest.raises(Unread, match=rf"^{reason}$"):
        find("procedure_completed", history, failure)


@pytest.mark.parametrize("word", ["ERROR:", "FATAL:", "PANIC:", "pg_restore: error:"])
def test_an_error_message_fails_the_restore(word: str) -> None:
    """Though the tool ended with status 0."""
    said = f"psql:<stdin>:7: {word}  it broke\nNOTICE: fine"
    found = find("restore_without_errors", History(restorations=[replace(RESTORED, said=said)]))
    assert Verdict.FAIL is found.verdict
    assert "restore: 1 error messages, though it went on" == found.summary
    assert f"nats: psql:<stdin>:7: {word}  it broke" == found.actual


def test_notices_are_no_errors() -> None:
    """Whatever else a tool says."""
    restored = replace(RESTORED, said="NOTICE: relation errors exists, skipping\nWARNING: old")
    found = find("restore_without_errors", History(restorations=[restored]))
    assert Verdict.PASS is found.verdict
    assert "restore: 1 stores came back without an error message" == found.summary
    with pytest.raises(NotApplicable, match=r"^nothing was restored from a backup$"):
        find("restore_without_errors", History())
