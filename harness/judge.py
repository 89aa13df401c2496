"""Judge a case: every check that applies, then one verdict. Pure: no store, no clock."""

from collections.abc import Mapping, Sequence

from harness.checks import CHECKS
from harness.checks.objectives import measure
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import Finding, named
from harness.core.judgement import Expectation, Judgement
from harness.core.verdict import Verdict, worst


def judge(
    case: Case,
    expectation: Expectation,
    skip: Mapping[str, str],
    accepted: Mapping[str, str],
) -> Judgement:
    """Run every check on the case and conclude.

    `skip` maps check ids to the scenario's reasons; `accepted` maps stores whose gap a person
    accepted to the reason given.
    """
    findings: list[Finding] = []
    not_applicable: dict[str, str] = {}
    for check in CHECKS.values():
        if check.id in skip:
            continue
        try:
            findings.append(find(check, case))
        except NotApplicable as reason:
            not_applicable[check.id] = str(reason)
    gaps = {f.store for f in findings if f.verdict is Verdict.UNVERIFIED}
    worked_on = {store for step in case.history.steps for store in step.stores}
    absent = sorted(worked_on & case.missing.keys())
    verdict, sentence = conclude(findings, expectation, accepted, case.failure, absent)
    return Judgement(
        verdict=verdict,
        sentence=sentence,
        findings=tuple(findings),
        skipped=dict(skip),
        not_applicable=not_applicable,
        accepted={store: accepted[store] for store in accepted if store in gaps},
        measured=measure(case),
    )


def find(check: Check, case: Case) -> Finding:
    """Return one check's finding; what is missing, unread or broken is UNVERIFIED.

    Raises: NotApplicable: this drill gives it nothing to judge.
    """
    if check.store in case.missing:
        return check.unverified(case.missing[check.store])
    try:
        return check.judge(check, case)
    except NotApplicable:
        raise
    except Unread as reason:
        return check.unverified(str(reason))
    except Exception as error:  # noqa: BLE001 - a check that breaks has verified nothing
        return check.unverified(f"the check itself broke: {type(error).__name__}: {error}")


def conclude(
    findings: list[Finding],
    expectation: Expectation,
    accepted: Mapping[str, str],
    failure: str,
    absent: Sequence[str] = (),
) -> tuple[Verdict, str]:
    """Return the verdict and the sentence that says it.

    A failure nobody expected outranks everything; a drill that broke or a check that could not be
    made outranks PASS. `absent` names the stores that the timeline works on and that cannot run
    here: without them a failure that was to be shown may fail to appear.
    """
    failed = [f.check for f in findings if f.verdict is Verdict.FAIL]
    gaps = [
        f.check
        for f in findings
        if f.verdict is Verdict.UNVERIFIED
        # An accepted gap never stands in for a failure that was to be shown.
        and (f.store not in accepted or f.check in expectation.fail)
    ]
    surprising = [check for check in failed if check not in expectation.fail]
    silent = [check for check in expectation.fail if check not in failed and check not in gaps]
    if surprising:
        return Verdict.FAIL, f"{len(surprising)} of {len(findings)} checks failed" + named(
            "namely", surprising
        )
    if failure:
        return Verdict.UNVERIFIED, f"the drill was not played to its end: {failure}"
    if silent:
        excuse = f", for {' and '.join(absent)} cannot run here" if absent else ""
        return Verdict.UNVERIFIED if absent else Verdict.FAIL, (
            f"{len(silent)} of {len(expectation.fail)} checks that had to fail held{excuse}"
            + named("namely", silent)
        )
    if gaps:
        return Verdict.UNVERIFIED, (
            f"nothing failed, but {len(gaps)} of {len(findings)} checks could not be made"
            + named("namely", gaps)
        )
    verdict = worst(Verdict.PASS for f in findings if f.verdict is Verdict.PASS)
    if expectation.fail:
        return verdict, (
            f"exactly the {len(expectation.fail)} expected checks failed"
            + named("namely", list(expectation.fail))
        )
    return verdict, f"all {sum(f.verdict is Verdict.PASS for f in findings)} checks made hold"
