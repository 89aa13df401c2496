"""The judge makes one verdict of many findings, and never a PASS out of a gap."""

from dataclasses import replace

import pytest

from harness.checks import CHECKS
from harness.core.case import Case
from harness.core.check import Check
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.judgement import Expectation
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.verdict import Verdict, worst
from harness.judge import conclude, find, judge


def a_case(**missing: str) -> Case:
    """Return a case in which nothing was written and nothing was seen."""
    return Case(Ledger(1), History(), Observations(), Observations(), missing=dict(missing))


def found(check: str, verdict: Verdict, store: str = "postgres") -> Finding:
    """Return a finding with nothing but a verdict."""
    return Finding(check, store, verdict, "said")


PASSED = found("a", Verdict.PASS)
FAILED = found("b", Verdict.FAIL)
GAP = found("c", Verdict.UNVERIFIED, "meilisearch")


def test_the_worst_verdict_wins() -> None:
    """FAIL outranks UNVERIFIED, which outranks PASS."""
    assert Verdict.FAIL == worst([Verdict.PASS, Verdict.FAIL, Verdict.UNVERIFIED])
    assert Verdict.UNVERIFIED == worst([Verdict.PASS, Verdict.UNVERIFIED])
    assert Verdict.PASS == worst([Verdict.PASS])


def test_a_failure_that_could_not_be_shown_is_a_gap() -> None:
    """Without a store that the timeline works on, a bad procedure may seem to work."""
    said = "1 of 1 checks that had to fail held, for meilisearch cannot run here (namely a)"
    concluded = conclude([PASSED], Expectation(("a",)), {}, "", ["meilisearch"])
    assert (Verdict.UNVERIFIED, said) == concluded


def test_an_empty_set_is_unverified() -> None:
    """Where nothing was checked, nothing is proven."""
    assert Verdict.UNVERIFIED == worst([])
    assert Verdict.UNVERIFIED == conclude([], Expectation(), {}, "")[0]


@pytest.mark.parametrize(
    ("findings", "fail", "accepted", "failure", "expected"),
    [
        ([PASSED], (), {}, "", (Verdict.PASS, "all 1 checks made hold")),
        (
            [PASSED, FAILED],
            (),
            {},
            "",
            (Verdict.FAIL, "1 of 2 checks failed (namely b)"),
        ),
        (
            [PASSED, GAP],
            (),
            {},
            "",
            (Verdict.UNVERIFIED, "nothing failed, but 1 of 2 checks could not be made (namely c)"),
        ),
        (
            [PASSED, GAP],
            (),
            {"meilisearch": "none here"},
            "",
            (Verdict.PASS, "all 1 checks made hold"),
        ),
        (
            [PASSED, FAILED],
            ("b",),
            {},
            "",
            (Verdict.PASS, "exactly the 1 expected checks failed (namely b)"),
        ),
        (
            [PASSED, FAILED],
            ("a",),
            {},
            "",
            (Verdict.FAIL, "1 of 2 checks failed (namely b)"),
        ),
        (
            [PASSED],
            ("a",),
            {},
            "",
            (Verdict.FAIL, "1 of 1 checks that had to fail held (namely a)"),
        ),
        (
            [PASSED, GAP],
            ("c",),
            {"meilisearch": "none here"},
            "",
            (Verdict.UNVERIFIED, "nothing failed, but 1 of 2 checks could not be made (namely c)"),
        ),
        (
            [PASSED],
            (),
            {},
            "nats did not start",
            (Verdict.UNVERIFIED, "the drill was not played to its end: nats did not start"),
        ),
        (
            [FAILED],
            (),
            {},
            "nats did not start",
            (Verdict.FAIL, "1 of 1 checks failed (namely b)"),
        ),
        (
            [GAP],
            (),
            {"meilisearch": "none here"},
            "",
            (Verdict.UNVERIFIED, "all 0 checks made hold"),
        ),
    ],
    ids=[
        "all hold",
        "one fails",
        "a gap",
        "an accepted gap",
        "the expected one fails",
        "another one fails",
        "the expected one holds",
        "an accepted gap is no failure",
        "not played to its end",
        "a failure outranks a break",
        "nothing but accepted gaps",
    ],
)
def test_conclusion(
    findings: list[Finding],
    fail: tuple[str, ...],
    accepted: dict[str, str],
    failure: str,
    expected: tuple[Verdict, str],
) -> None:
    """Only exactly what was expected, with every gap accepted, is a PASS."""
    assert expected == conclude(findings, Expectation(fail), accepted, failure)


def test_a_check_that_breaks_is_unverified() -> None:
    """A judgement that raises has verified nothing, and says what it raised."""

    def break_down(_check: Check, _case: Case) -> Finding:
        raise ZeroDivisionError("no rows")

    check = Check("brittle", "postgres", "nothing", break_down)
    expected = Finding(
        "brittle",
        "postgres",
        Verdict.UNVERIFIED,
        "the check itself broke: ZeroDivisionError: no rows",
    )
    assert expected == find(check, a_case())


def test_a_store_that_cannot_run_is_unverified_with_its_reason() -> None:
    """Every check of a missing store says why the store is missing."""
    judgement = judge(a_case(meilisearch="no binary"), Expectation(), {}, {})
    said = {f.summary for f in judgement.findings if f.store == "meilisearch"}
    assert {"no binary"} == said


def test_a_skipped_check_is_shown_with_its_reason() -> None:
    """What a scenario leaves out is neither a finding nor forgotten."""
    judgement = judge(a_case(), Expectation(), {"rto": "no objective yet"}, {})
    assert {"rto": "no objective yet"} == judgement.skipped
    assert "rto" not in {finding.check for finding in judgement.findings}


def test_every_check_has_one_outcome() -> None:
    """Each check is a finding, skipped, or not applicable with a reason: none is dropped."""
    judgement = judge(a_case(), Expectation(), {"rto": "no objective yet"}, {})
    outcomes = [f.check for f in judgement.findings]
    outcomes += [*judgement.skipped, *judgement.not_applicable]
    assert sorted(CHECKS) == sorted(outcomes)


def test_an_unseen_platform_is_never_passed() -> None:
    """With no observation at all the verdict is not PASS."""
    assert Verdict.PASS is not judge(a_case(), Expectation(), {}, {}).verdict


def test_a_procedure_that_ended_early_was_not_carried_out() -> None:
    """The steps that were played say nothing of those that were not, and no step nothing at all."""
    check = CHECKS["procedure_completed"]
    broken = replace(a_case(), failure="the engine is gone")
    expected = "procedure: ended after 0 steps"
    assert expected == find(check, a_case()).summary
    assert f"{expected}: the engine is gone" == find(check, broken).summary
    assert Verdict.UNVERIFIED is find(check, broken).verdict
