"""Saved evidence is judged again, from what was observed: what it says of itself is never believed.

A drill's terms (what it expects, demands and leaves out) are read from the scenario's own text.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from harness import __version__
from harness.checks import checks_of
from harness.core.case import Case
from harness.core.check import Check
from harness.core.errors import TRACEBACK_VARIABLE, UsageError, in_words
from harness.core.evidence import Evidence, ScenarioInfo
from harness.core.finding import Finding, named
from harness.core.judgement import Judgement
from harness.core.terms import Terms
from harness.core.verdict import Verdict
from harness.evidence_file import observations, platform_of
from harness.judge import judge
from harness.report.named_rows import altered_files
from harness.report.wording import count
from harness.scenario.problem import ScenarioErrors
from harness.scenario.terms import subjects, terms_in

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SCENARIOS_AT_ONCE = 256

# A scenario's text is read several times for one page, and played night after night.
_terms_in = lru_cache(_SCENARIOS_AT_ONCE)(terms_in)


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What this release makes of saved evidence: the same, with its own judgement and the terms of
    the scenario's text in place of those stated.

    `contradictions` say in which the file said otherwise; `remarks` are differences that its age
    explains. `case` is what was judged; whoever needs its accounts need not work them out again.
    """

    evidence: Evidence
    contradictions: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    case: Case | None = field(default=None, compare=False, repr=False)


def case_of(evidence: Evidence) -> Case:
    """Return the case that the drill's checks looked at, with the objectives of its scenario."""
    platform = platform_of(evidence)
    return Case(
        ledger=evidence.ledger,
        history=evidence.history,
        before=observations(evidence.before, platform),
        after=observations(evidence.after, platform),
        objectives=_terms(evidence)[0].objectives,
        missing=evidence.runtime.missing,
        failure=evidence.failure,
        spoiled=evidence.spoiled,
        platform=platform,
    )


def rejudge(evidence: Evidence, folder: Path | None = None) -> Rejudged:
    """Make every check of this release on the evidence, with the gaps accepted in that run.

    `folder` is the one that it lies in: files beside it that name rows are evidence as well.

    A check that is newer than the release that wrote the evidence is left out where it cannot be
    made; a PASS says so.
    Raises: UsageError: no check can be made of what the evidence says.
    """
    try:
        return _rejudged(evidence, folder)
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        # Each value is of its kind, and together they are of no drill.
        raise UsageError(
            f"the evidence contradicts itself and cannot be judged: {in_words(error)}",
            "The file was changed; take it from where the drill was run.",
        ) from None


def _rejudged(evidence: Evidence, folder: Path | None) -> Rejudged:
    for moment in (evidence.run.started_utc, evidence.run.ended_utc):
        if datetime.fromisoformat(moment).tzinfo is None:
            raise ValueError(f"{moment!r} has no time zone")
    case, stored = case_of(evidence), evidence.judgement
    terms, unread = _terms(evidence)
    checks = checks_of(case.platform)
    began = datetime.fromisoformat(evidence.run.started_utc).astimezone(UTC)
    day = f"{began:%Y-%m-%d}"
    judgement = judge(case, terms, stored.accepted, checks, day)
    remarks: list[str] = []
    if newer := _newer(judgement, evidence.run.harness_version, checks):
        known = {id_: check for id_, check in checks.items() if id_ not in newer}
        judgement = judge(case, terms, stored.accepted, known, day)
        said = f"{count(len(newer), 'check')} newer than this evidence"
        remarks.append(f"{said}{named('namely', newer)}")
        if judgement.verdict is Verdict.PASS:
            judgement = replace(
                judgement, proviso=", ".join(filter(None, [judgement.proviso, said]))
            )
    told = [*unread, *_of_scenario(evidence.scenario, terms)]
    if folder is not None:
        told += altered_files(judgement, folder)
    differences = list(_of_findings(evidence, judgement))
    # An older release saw less: that this one cannot verify what it passed is no contradiction.
    is_older = _release(evidence.run.harness_version) < _release(__version__)
    is_less = judgement.verdict is Verdict.UNVERIFIED and stored.verdict is Verdict.PASS
    (remarks if is_older and is_less else told).extend(differences)
    scenario = replace(
        evidence.scenario,
        expectation=terms.expectation,
        objectives=terms.objectives,
        skip=terms.skip,
    )
    again = replace(evidence, scenario=scenario, judgement=judgement)
    return Rejudged(again, tuple(told), tuple(remarks), case)


def _terms(evidence: Evidence) -> tuple[Terms, list[str]]:
    """Return the terms in the scenario's text; where it cannot be read, those that the evidence
    states, and why.
    """
    scenario = evidence.scenario
    try:
        if evidence.platform.is_ours:
            return _terms_in(scenario.text), []
        return terms_in(scenario.text, platform_of(evidence)), []
    except ScenarioErrors as error:
        stated = Terms(
            scenario.expectation, scenario.objectives, scenario.skip, subjects(scenario.tags)
        )
        return stated, [f"the scenario's text is none that this release reads: {error.problems[0]}"]


def _newer(judgement: Judgement, written_by: str, checks: Mapping[str, Check]) -> list[str]:
    """Return the checks that could not be made and that the release could not know."""
    unmade = [f.check for f in judgement.findings if f.verdict is Verdict.UNVERIFIED]
    return [
        check
        for check in unmade
        if check in checks and _release(checks[check].since) > _release(written_by)
    ]


def _release(version: str) -> tuple[int, ...]:
    """Return a release in numbers; what is no release of ours knows every check."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        return (sys.maxsize,)
    return tuple(map(int, version.split(".")))


def _of_scenario(scenario: ScenarioInfo, terms: Terms) -> Iterator[str]:
    content = scenario.text.encode()
    if scenario.sha256 not in (_digest(content), _digest(_BYTE_ORDER_MARK + content)):
        yield "the scenario's text is not the one that the evidence gives the digest of"
    for what, stated, written in (
        ("expected failures", scenario.expectation, terms.expectation),
        ("objectives", scenario.objectives, terms.objectives),
        ("checks left out", scenario.skip, terms.skip),
    ):
        if stated != written:
            yield f"the evidence states other {what} than the scenario's text"


def _of_findings(evidence: Evidence, judgement: Judgement) -> Iterator[str]:
    stored = evidence.judgement
    same_release = evidence.run.harness_version == __version__
    if stored.verdict is not judgement.verdict or (
        same_release and stored.proviso != judgement.proviso
    ):
        yield f"the evidence says {stored.word}, judged again it is {judgement.word}"
    before = {f.check: f for f in (*stored.findings, *stored.waived)}
    after = {f.check: f for f in (*judgement.findings, *judgement.waived)}
    told = [
        check
        for check in dict.fromkeys([*before, *after])
        if (same_release or check in before)
        and _said(before.get(check), words=same_release)
        != _said(after.get(check), words=same_release)
    ]
    if told:
        yield f"{count(len(told), 'finding')} told otherwise{named('namely', told)}"


def _said(finding: Finding | None, *, words: bool) -> tuple[object, ...]:
    if finding is None:
        return ()
    # Another release may say the same in other words.
    return (
        (finding.verdict, finding.summary, finding.counts, finding.keys)
        if words
        else (finding.verdict,)
    )


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
