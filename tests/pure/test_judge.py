"""The judge makes every check, those that are left out too, and accepts only what may be."""

from dataclasses import replace

import pytest
from ours import CHECKS, our_case

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import DisasterProof, History, StepRecord
from harness.core.judgement import Expectation
from harness.core.ledger import Attempt, Ledger, Outcome
from harness.core.observation import Observations
from harness.core.terms import Terms
from harness.core.verdict import Verdict, worst
from harness.judge import find, judge
from harness.judge.judging import acceptable

NO_OBJECTIVE = Terms(skip={"rto": "no objective yet"})


def a_case(**missing: str) -> Case:
    """Return a case in which nothing was written and nothing was seen."""
    return our_case(Ledger(1), History(), Observations(), Observations(), missing=dict(missing))


def played(verb: str, *stores: str, strikes: tuple[str, ...] = ()) -> StepRecord:
    """Return a step that was played."""
    return StepRecord(verb, verb, 1, 0.0, 1.0, stores=stores, strikes=strikes)


def a_check(id_: str, verdict: Verdict | type[Exception], store: str = "postgres") -> Check:
    """Return a check that finds this, or raises it."""

    def judged(check: Check, _case: Case) -> Finding:
        match verdict:
            case Verdict.PASS:
                return check.passed("well")
            case Verdict.FAIL:
                return check.failed("ill", expected="well", actual="ill")
            case Verdict():
                return check.unverified("unseen")
        raise verdict("why")

    return Check(id_, store, "nothing", judged)


def checks(*made: Check) -> dict[str, Check]:
    """Return checks by their ids."""
    return {check.id: check for check in made}


def test_the_worst_verdict_wins() -> None:
    """FAIL outranks UNVERIFIED, which outranks PASS; an empty set is UNVERIFIED."""
    assert Verdict.FAIL == worst([Verdict.PASS, Verdict.FAIL, Verdict.UNVERIFIED])
    assert Verdict.UNVERIFIED == worst([Verdict.PASS, Verdict.UNVERIFIED])
    assert Verdict.PASS == worst([Verdict.PASS])
    assert Verdict.UNVERIFIED == worst([])


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (Unread, "why"),
        (ZeroDivisionError, "the check itself broke: zero division error: why"),
    ],
)
def test_a_check_that_cannot_judge_is_unverified(raised: type[Exception], said: str) -> None:
    """What was not read, or breaks, has verified nothing and says why."""
    expected = Finding("brittle", "postgres", Verdict.UNVERIFIED, said)
    assert expected == find(a_check("brittle", raised), a_case())


def test_a_store_that_cannot_run_is_unverified_with_its_reason() -> None:
    """Every check of a missing store says why the store is missing, whatever it would find."""
    check = a_check("c", Verdict.PASS, "meilisearch")
    expected = Finding("c", "meilisearch", Verdict.UNVERIFIED, "no binary")
    assert expected == find(check, a_case(meilisearch="no binary"))


def test_a_check_that_does_not_apply_is_no_finding() -> None:
    """It is kept apart, with its reason."""
    judgement = judge(a_case(), Terms(), {}, checks(a_check("c", NotApplicable)))
    assert {"c": "why"} == judgement.not_applicable
    assert () == judgement.findings


def test_a_skipped_check_is_made_all_the_same() -> None:
    """What a scenario leaves out decides nothing, and is shown with what it would have said."""
    made = checks(a_check("a", Verdict.PASS), a_check("b", Verdict.FAIL))
    judgement = judge(a_case(), Terms(skip={"b": "too slow"}), {}, made)
    assert ["a"] == [f.check for f in judgement.findings]
    assert [("b", Verdict.FAIL, "ill")] == [
        (f.check, f.verdict, f.summary) for f in judgement.waived
    ]
    assert {"b": "too slow"} == judgement.skipped


def test_every_check_has_one_outcome() -> None:
    """Each check is a finding, waived, or not applicable with a reason: none is dropped."""
    judgement = judge(a_case(), NO_OBJECTIVE, {})
    outcomes = [f.check for f in (*judgement.findings, *judgement.waived)]
    assert sorted(CHECKS) == sorted([*outcomes, *judgement.not_applicable])


def test_an_unseen_platform_is_never_passed() -> None:
    """With no observation at all the verdict is not PASS."""
    assert Verdict.PASS is not judge(a_case(), Terms(), {}).verdict


def test_a_gap_may_be_accepted_of_what_cannot_run_or_was_not_touched() -> None:
    """What the scenario fills, or works on in any step, has to be judged."""
    steps = [played("disaster", "postgres", strikes=("postgres",)), played("start", "hub")]
    events = Ledger(1, [Attempt("events", 1, 9, 0.0, 1.0, Outcome.ACKNOWLEDGED)])
    case = replace(a_case(), history=History(steps=steps), ledger=events)
    assert {"meilisearch", "redis"} == acceptable(case)
    gone = replace(case, missing={"postgres": "no binary"})
    assert {"meilisearch", "redis", "postgres"} == acceptable(gone)


def test_a_gap_that_may_not_be_accepted_stays_one() -> None:
    """A store that the scenario stopped cannot be waved through."""
    case = replace(a_case(), history=History(steps=[played("stop", "redis")]))
    made = checks(a_check("a", Verdict.PASS), a_check("r", Verdict.UNVERIFIED, "redis"))
    judgement = judge(case, Terms(), {"redis": "never mind"}, made)
    assert {} == judgement.accepted
    assert Verdict.UNVERIFIED is judgement.verdict
    assert "nothing failed, but 1 of 2 checks could not be made (namely r)" == judgement.sentence


def test_only_an_acceptance_that_was_needed_is_kept() -> None:
    """Whoever accepts a gap that is none has accepted nothing."""
    made = checks(a_check("a", Verdict.PASS), a_check("m", Verdict.UNVERIFIED, "meilisearch"))
    given = {"meilisearch": "no binary", "nats": "no need"}
    held = checks(*made.values(), a_check("r", Verdict.PASS, "redis"))
    needed = judge(a_case(), Terms(), given | {"redis": "no need"}, held).accepted
    assert {"meilisearch": "no binary"} == needed
    assert {"meilisearch": "no binary"} == judge(a_case(), Terms(), given, made).accepted


def test_a_pass_that_is_not_earned_is_none() -> None:
    """Though every check holds, or its gap was accepted."""
    made = checks(a_check("a", Verdict.PASS), a_check("m", Verdict.UNVERIFIED, "meilisearch"))
    judgement = judge(a_case(), Terms(), {"meilisearch": "no binary"}, made)
    said = "nothing failed, but a PASS is not earned: nothing was destroyed"
    assert (Verdict.UNVERIFIED, said) == (judgement.verdict, judgement.sentence)


def test_what_was_measured_stands_beside_the_verdict() -> None:
    """Objective or not."""
    struck = DisasterProof("lose_volume", "redis", 9, 9, 0, 0, False, 1.0, 2.0)
    case = replace(a_case(), history=History(disasters=[struck], ready_seconds={"hub": 5.0}))
    (measured,) = judge(case, Terms(), {}, checks(a_check("a", Verdict.PASS))).measured
    assert ("RTO", None, 3.0) == (measured.name, measured.objective_seconds, measured.seconds)


def test_losses_are_counted_by_the_checks_that_account_for_rows() -> None:
    """Another check may count the same rows once more."""

    def losing(check: Check, _case: Case) -> Finding:
        return check.failed("ill", expected="well", actual="ill", counts={"lost": 5})

    rows = Check("rows", "postgres", "nothing", losing, claims=("audit_log",))
    made = checks(rows, replace(rows, id="again", claims=()), a_check("a", Verdict.PASS))
    judgement = judge(a_case(), Terms(Expectation(("rows", "again"))), {}, made)
    assert (Verdict.PASS, "loses 5 rows as expected") == (judgement.verdict, judgement.proviso)


def test_a_check_that_had_to_fail_held_where_a_store_is_absent() -> None:
    """Only a store that the timeline works on excuses a failure that did not come."""
    made = checks(a_check("a", Verdict.PASS))
    terms = Terms(Expectation(("a",)))
    steps = [played("backup", "meilisearch", "postgres")]
    case = replace(a_case(meilisearch="no binary", hub="none"), history=History(steps=steps))
    said = "1 of 1 checks that had to fail held, for meilisearch cannot run here (namely a)"
    judgement = judge(case, terms, {}, made)
    assert (Verdict.UNVERIFIED, said) == (judgement.verdict, judgement.sentence)
    assert Verdict.FAIL is judge(a_case(hub="none"), terms, {}, made).verdict


def test_the_first_line_of_a_failure_is_the_reason() -> None:
    """What is there to do about it stands below, on the page."""
    case = replace(a_case(), failure="nats stopped\nHINT: Its log: nats.log\nand more")
    judgement = judge(case, Terms(), {}, checks(a_check("a", Verdict.PASS)))
    assert "the drill was not played to its end: nats stopped" == judgement.sentence


def test_a_procedure_that_ended_early_was_not_carried_out() -> None:
    """The steps that were played say nothing of those that were not, and no step nothing at all."""
    check = CHECKS["procedure_completed"]
    broken = replace(a_case(), failure="the engine is gone")
    expected = "procedure: ended after 0 steps"
    assert expected == find(check, a_case()).summary
    assert f"{expected}: the engine is gone" == find(check, broken).summary
    assert Verdict.UNVERIFIED is find(check, broken).verdict
