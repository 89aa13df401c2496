"""Checks that a scenario brings: judged by what was so before."""

from dataclasses import replace

import pytest
from ours import our_case

from harness.checks import own_checks
from harness.core.case import Case, NotApplicable
from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.own_check import OwnCheck
from harness.core.verdict import Verdict
from harness.judge import find
from harness.observations.own_checks import OwnAnswer, OwnAnswers

SMOKE = OwnCheck("smoke", "command", "npm run smoke", 0, 5.0)
ORPHANS = OwnCheck("orphans", "sql", "SELECT count(*) FROM orphans", 0, 5.0)


def case(own: OwnCheck, after: OwnAnswer | None, before: OwnAnswer | None = None) -> Case:
    """Return a case in which a check of the scenario's own said this."""
    then, now = Observations(), Observations()
    for seen, answer in ((then, before), (now, after)):
        if answer is not None:
            seen.put(OwnAnswers({own.id: answer}))
    return our_case(Ledger(1), History(), then, now)


def judged(own: OwnCheck, after: OwnAnswer | None, before: OwnAnswer | None = None) -> str:
    """Return the verdict and the summary."""
    finding = find(own_checks([own])[own.id], case(own, after, before))
    return f"{finding.verdict.value} {finding.check}: {finding.summary}"


@pytest.mark.parametrize(
    ("own", "value"),
    [
        (SMOKE, "0"),
        (ORPHANS, "0"),
        (replace(ORPHANS, wants=1.5), "1.50"),
        (replace(ORPHANS, wants=True), "t"),
        (replace(ORPHANS, wants=False), "f"),
        (replace(ORPHANS, wants="acme"), "acme"),
        (OwnCheck("health", "http", "/health", 200, 5.0), "200"),
    ],
)
def test_what_is_wanted_holds_whatever_was_before(own: OwnCheck, value: str) -> None:
    """A value holds as PostgreSQL prints it, a number by what it is worth."""
    for before in (None, OwnAnswer("7")):
        finding = find(own_checks([own])[own.id], case(own, OwnAnswer(value), before))
        assert (Verdict.PASS, own.store) == (finding.verdict, finding.store)


def test_what_held_before_and_does_not_now_fails() -> None:
    """The failure says what was wanted, what came of it, and that it held at the backup."""
    answer = OwnAnswer("1", "2 tests\n1 failed")
    found = find(own_checks([SMOKE])[SMOKE.id], case(SMOKE, answer, OwnAnswer("0")))
    assert Verdict.FAIL is found.verdict
    assert "npm run smoke: status 1; before the disaster it held" == found.summary
    assert ("status 0", "status 1\n2 tests\n1 failed") == (found.expected, found.actual)


@pytest.mark.parametrize(
    ("own", "answer", "before"),
    [
        (SMOKE, OwnAnswer("1", "took 3 s"), OwnAnswer("1", "took 4 s")),
        (ORPHANS, OwnAnswer("7"), OwnAnswer("7")),
        (ORPHANS, OwnAnswer(said="error 42P01: gone"), OwnAnswer(said="error 42P01: gone")),
    ],
)
def test_what_was_broken_before_is_no_news(
    own: OwnCheck, answer: OwnAnswer, before: OwnAnswer
) -> None:
    """It says nothing of the restore, whatever a command printed then and now."""
    with pytest.raises(NotApplicable, match="it did not hold before the disaster either"):
        judged(own, answer, before)


@pytest.mark.parametrize(
    ("answer", "before", "said"),
    [
        (OwnAnswer("9"), OwnAnswer("7"), "9; before the disaster 7"),
        (OwnAnswer(said="NULL"), OwnAnswer("0"), "NULL; before the disaster it held"),
        (OwnAnswer("zero"), None, "zero; before the disaster it could not be made"),
        (
            OwnAnswer("1"),
            OwnAnswer(unread="postgres does not run"),
            "1; before the disaster it could not be made",
        ),
    ],
)
def test_what_got_worse_is_news(answer: OwnAnswer, before: OwnAnswer | None, said: str) -> None:
    """Another wrong answer than before fails, and so does one with nothing to compare."""
    assert f"FAIL own.orphans: {ORPHANS.asks}: {said}" == judged(ORPHANS, answer, before)


@pytest.mark.parametrize("after", [None, OwnAnswer(unread="this machine has no program npm")])
def test_what_could_not_be_made_is_unverified(after: OwnAnswer | None) -> None:
    """An unread check is never passed, though it held before."""
    reason = after.unread if after else "what it judges was not observed"
    assert f"UNVERIFIED own.smoke: {reason}" == judged(SMOKE, after, OwnAnswer("0"))
