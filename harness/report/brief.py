"""One drill in brief: what a run's page and the history need of it, a few lines of plain data."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from harness.checks.objectives import RPO_STORES
from harness.core.evidence import Evidence, RunInfo, RuntimeInfo
from harness.core.finding import Finding
from harness.core.judgement import Measured
from harness.core.ledger import Outcome
from harness.core.ports import STORES
from harness.core.verdict import Verdict
from harness.report import places, summary
from harness.report.overview import Overview, by_store, overview, standing
from harness.report.procedure import restored_by
from harness.report.rejudge import Rejudged
from harness.report.untested import untested
from harness.report.wording import ACCEPTED, EXPECTED

AREAS = ("platform", *STORES)
"""The columns of a matrix: the drill as a whole, then its stores."""

_AT_LEAST = "read the servers' logs beside the evidence, and run the drill again"
_WORST_FIRST = (Verdict.FAIL.value, Verdict.UNVERIFIED.value, EXPECTED, ACCEPTED)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a drill from PASS, in one sentence, and what to do about it; `line` is its place
    in the scenario.
    """

    word: str
    said: str
    next_step: str
    line: int = field(default=places.TOP, compare=False)


@dataclass(frozen=True, slots=True)
class Rows:
    """Acknowledged rows: all, those owed, the owed ones that are gone, those at risk that are.

    `lost_as_expected` are those of `lost` that a PASS allows, or that are gone from a store whose
    checks fail just as the scenario expects. Where `unread` names a store, what is gone there is
    not counted.
    """

    acknowledged: int
    owed: int
    lost: int
    lost_as_expected: int
    gone_at_risk: int
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """A drill that was judged again, in brief.

    `troubles` are what keeps it from PASS, the root cause of what failed first. `stores` maps each
    area with findings to the word it stands by: of a store whose checks fail as the scenario
    expects, EXPECTED. `procedures` maps stores to how they were brought back. `gaps` are what it
    leaves unproven, each with its reason. `lines` tell it in plain text.
    """

    run: RunInfo
    runtime: RuntimeInfo
    slug: str
    path: str
    title: str
    verdict: Verdict
    word: str
    rows_gone: str
    conclusion: str
    troubles: tuple[Trouble, ...]
    stores: dict[str, str]
    procedures: dict[str, str]
    measured: tuple[Measured, ...]
    rows: Rows
    checks: int
    checks_failed: int
    size_bytes: int
    gaps: tuple[tuple[str, str], ...]
    proof_seconds: float | None
    random: int
    lines: tuple[str, ...]

    @property
    def has_proviso(self) -> bool:
        """Whether its PASS leaves something open, or loses what was expected."""
        return self.word != self.verdict.value

    @property
    def tone(self) -> str:
        """The colour it is shown in; the word says the same."""
        return ACCEPTED.lower() if self.has_proviso else self.verdict.value.lower()

    @property
    def took_seconds(self) -> float:
        """How long the drill took, seeding and observing included."""
        began, ended = map(datetime.fromisoformat, (self.run.started_utc, self.run.ended_utc))
        return (ended - began).total_seconds()

    @property
    def rto(self) -> Measured | None:
        """The recovery time, where anything was struck."""
        return next((m for m in self.measured if m.name == "RTO"), None)

    @property
    def rpo(self) -> tuple[Measured, ...]:
        """The loss of each store that was struck."""
        return tuple(m for m in self.measured if m.name == "RPO" and m.store in RPO_STORES)

    @property
    def valid_until(self) -> datetime | None:
        """Until when a PASS proves something, where the scenario says for how long."""
        return _until(self.run, self.verdict, self.proof_seconds)


def valid_until(evidence: Evidence) -> datetime | None:
    """Return until when a drill's PASS proves something, where its scenario says for how long."""
    proof_seconds = evidence.scenario.objectives.proof_seconds
    return _until(evidence.run, evidence.judgement.verdict, proof_seconds)


def _until(run: RunInfo, verdict: Verdict, proof_seconds: float | None) -> datetime | None:
    if proof_seconds is None or verdict is not Verdict.PASS:
        return None
    return datetime.fromisoformat(run.ended_utc) + timedelta(seconds=proof_seconds)


def brief(judged: Rejudged) -> Brief:
    """Return a drill in brief. A PASS that its own file contradicts is UNVERIFIED."""
    seen = overview(judged)
    evidence, judgement = seen.evidence, seen.judgement
    is_contradicted = bool(judged.contradictions) and judgement.verdict is Verdict.PASS
    verdict = Verdict.UNVERIFIED if is_contradicted else judgement.verdict
    stores = _stores(seen)
    return Brief(
        run=evidence.run,
        runtime=evidence.runtime,
        slug=evidence.scenario.slug,
        path=evidence.scenario.path,
        title=evidence.scenario.title,
        verdict=verdict,
        word=verdict.value if is_contradicted else judgement.word,
        rows_gone=seen.rows_gone,
        conclusion=judgement.sentence,
        troubles=troubles(seen),
        stores=stores,
        procedures=restored_by(evidence),
        measured=judgement.measured,
        rows=_rows(seen, verdict, stores),
        checks=len(judgement.findings),
        checks_failed=sum(f.verdict is Verdict.FAIL for f in judgement.findings),
        size_bytes=sum(artefact.size_bytes for artefact in evidence.history.artefacts),
        gaps=tuple((what, why) for what, why in untested(evidence).rows),
        proof_seconds=evidence.scenario.objectives.proof_seconds,
        random=evidence.scenario.random,
        lines=tuple(summary.told(seen)),
    )


def troubles(seen: Overview) -> tuple[Trouble, ...]:
    """Return what keeps a drill from PASS, the root cause of what failed first, each with what to
    do next.
    """
    return tuple(t if t.next_step else replace(t, next_step=_AT_LEAST) for t in _troubles(seen))


def _troubles(seen: Overview) -> tuple[Trouble, ...]:
    judgement = seen.judgement
    fail, unverified = Verdict.FAIL.value, Verdict.UNVERIFIED.value
    if judgement.verdict is Verdict.PASS:
        next_step = "take the evidence from where the drill was run"
        return tuple(Trouble(unverified, told, next_step) for told in seen.contradictions)
    found = [
        *(Trouble(fail, cause.said, cause.next_step, cause.line) for cause in seen.causes),
        *(_of_finding(finding, seen.evidence) for finding in seen.unexplained),
        *(_of_uncaught(check, seen.evidence) for check in seen.uncaught),
    ]
    if failure := seen.evidence.failure:
        said, _, hint = failure.partition("\nHINT: ")
        return (*found, Trouble(unverified, said, hint))
    found += [
        Trouble(unverified, f"{gap.store}: {gap.reason}", _of_gap(gap.store, seen.evidence))
        for gap in seen.unverified
    ]
    return tuple(found) or (
        Trouble(judgement.verdict.value, judgement.sentence, _of_the_missing(seen.evidence)),
    )


def _of_finding(finding: Finding, evidence: Evidence) -> Trouble:
    cause = f"; likely cause: {finding.cause}" if finding.cause else ""
    line = places.of_finding(evidence, finding)
    return Trouble(finding.verdict.value, finding.summary + cause, finding.next_step, line)


def _of_uncaught(check: str, evidence: Evidence) -> Trouble:
    return Trouble(
        Verdict.FAIL.value,
        f"{check} had to fail, but held",
        "find out why nothing was lost",
        places.of_key(evidence, "expect"),
    )


def _of_the_missing(evidence: Evidence) -> str:
    missing = evidence.runtime.missing
    return f"give the run what it lacks: {'; '.join(missing.values())}" if missing else ""


def _of_gap(store: str, evidence: Evidence) -> str:
    if store not in evidence.runtime.missing:
        return ""
    return f"give the run what it lacks, or accept the gap: --accept-unverified {store}=REASON"


def _stores(seen: Overview) -> dict[str, str]:
    judgement = seen.judgement
    expectation = seen.evidence.scenario.expectation
    stores = {}
    for store, findings in by_store(judgement.findings).items():
        words = {standing(judgement, expectation, finding) for finding in findings}
        stores[store] = next((w for w in _WORST_FIRST if w in words), Verdict.PASS.value)
    return stores


def _rows(seen: Overview, verdict: Verdict, stores: Mapping[str, str]) -> Rows:
    ledger = seen.evidence.ledger
    said = Counter[Outcome]()
    for attempt in ledger.attempts:
        said[attempt.outcome] += attempt.rows
    expected = (
        gone
        for store, gone in seen.lost_by_store.items()
        if verdict is Verdict.PASS or stores.get(store) == EXPECTED
    )
    return Rows(
        said[Outcome.ACKNOWLEDGED],
        seen.owed_rows,
        seen.lost_where_read,
        sum(expected),
        seen.gone_rows,
        tuple(seen.unaccounted),
    )
