"""Every check is made, those left out too; the findings, what was expected and what a PASS takes
make the verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.checks import checks_of, own_checks
from harness.checks.objectives import measure
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import Finding
from harness.core.history import store_of
from harness.core.judgement import Judgement
from harness.core.ports import STORES
from harness.core.terms import Terms
from harness.core.verdict import Verdict
from harness.judge.conclusion import Found, conclude
from harness.judge.earned import unearned
from harness.judge.finding import find


def judge(
    case: Case,
    terms: Terms,
    accepted: Mapping[str, str],
    checks: Mapping[str, Check] | None = None,
    day: str = "",
) -> Judgement:
    """Make every check on the case, those that the scenario brings too, and conclude.

    `accepted` maps stores whose gap a person accepted to the reason given. `day` is the one on
    which the drill began: a waiver that had ended by then fails. `checks` are those that the
    platform calls for, if none are given.
    """
    expired = terms.expired(day)
    skip = {check: why for check, why in terms.skip.items() if check not in expired}
    own = own_checks(terms.own)
    checks = {**(checks_of(case.platform) if checks is None else checks), **own}
    findings: list[Finding] = []
    waived: list[Finding] = []
    not_applicable: dict[str, str] = {}
    for check in checks.values():
        try:
            found_by_it = find(check, case)
            if check.id in expired:
                found_by_it = _unwaived(found_by_it, expired[check.id])
            (waived if check.id in skip else findings).append(found_by_it)
        except NotApplicable as reason:
            not_applicable[check.id] = str(reason)
    spoiled = _spoiled(case, (*findings, *waived))
    if spoiled:
        findings = [_excused(finding, checks, spoiled) for finding in findings]
        waived = [_excused(finding, checks, spoiled) for finding in waived]
    gaps = {f.store for f in findings if f.verdict is Verdict.UNVERIFIED}
    open_to_acceptance = acceptable(case)
    taken = {store: accepted[store] for store in accepted if store in gaps & open_to_acceptance}
    found = Found(
        findings=tuple(findings),
        waived=tuple(waived),
        accepted=taken,
        failure=case.failure.partition("\n")[0],
        spoiled=spoiled,
        absent=tuple(sorted(case.missing.keys() & _worked_on(case))),
        unearned=tuple(unearned(case, terms, findings, checks)),
        broken_before=tuple(id_ for id_ in not_applicable if id_ in own),
        counting_rows=frozenset(id_ for id_, check in checks.items() if check.claims),
    )
    conclusion = conclude(found, terms.expectation)
    return Judgement(
        verdict=conclusion.verdict,
        sentence=conclusion.sentence,
        findings=found.findings,
        skipped=skip,
        not_applicable=not_applicable,
        accepted=taken,
        measured=measure(case),
        proviso=conclusion.proviso,
        waived=found.waived,
    )


def _spoiled(case: Case, findings: Sequence[Finding]) -> str:
    """Return what the machine did, if anything went wrong that may have come from it."""
    wrong = case.failure or any(
        f.verdict is not Verdict.PASS for f in findings if f.store not in case.missing
    )
    return case.spoiled if wrong else ""


def _excused(finding: Finding, checks: Mapping[str, Check], spoiled: str) -> Finding:
    """Return a finding without its failure, which may have come from the machine."""
    if finding.verdict is not Verdict.FAIL:
        return finding
    return checks[finding.check].unverified(spoiled)


def _unwaived(finding: Finding, waiver: str) -> Finding:
    """Return the finding of a check whose waiver has ended: what holds fails by the waiver."""
    if finding.verdict is Verdict.UNVERIFIED:
        return finding
    return replace(
        finding,
        verdict=Verdict.FAIL,
        summary=f"its waiver has ended: {waiver}; it says {finding.verdict}: {finding.summary}",
        next_step="renew the waiver with its owner, or remove it",
    )


def acceptable(case: Case) -> set[str]:
    """Return the stores whose gap a person may accept: those that cannot run here, and those that
    the scenario never fills or touches. All else has to be judged.
    """
    filled = {store_of(table) for table in case.ledger.tables()}
    return (set(STORES) - filled - _worked_on(case)) | case.missing.keys()


def _worked_on(case: Case) -> set[str]:
    return {store for step in case.history.steps for store in step.stores}
