"""One self-contained page a drill, rendered from its evidence alone."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import __version__
from harness.checks import checks_of
from harness.core import writing
from harness.core.evidence import Evidence
from harness.core.finding import Finding, rows_file
from harness.core.paths import from_here
from harness.core.verdict import Verdict
from harness.evidence_file import platform_of
from harness.report import (
    digests,
    ledger_tables,
    log_excerpts,
    procedure,
    provenance,
    runbook,
    wording,
)
from harness.report.bars import CLOCKS, bars
from harness.report.brief import Trouble, troubles, valid_until
from harness.report.filling import TEMPLATES
from harness.report.named_rows import has_more
from harness.report.overview import Overview, by_store, overview, standing
from harness.report.proofs import LastProven
from harness.report.rejudge import Rejudged
from harness.report.swimlane import KINDS, LANE_HEIGHT, swimlane
from harness.report.untested import untested

PAGE = "report.html"

_SAID_AT_MOST = 2000
"""How many characters of a restore's own output the page repeats."""


@dataclass(frozen=True, slots=True)
class StoreChecks:
    """One store's findings, the worst first, and how many stand how."""

    store: str
    findings: tuple[tuple[Finding, str, str], ...]
    counts: dict[str, int]

    @property
    def has_failed(self) -> bool:
        """Whether a reader should see its checks at once."""
        return any(self.counts[standing] for standing in ("FAIL", "UNVERIFIED"))


def render(
    judged: Rejudged,
    proven: Mapping[str, LastProven] | None = None,
    path: Path | None = None,
) -> str:
    """Return the page as HTML: no script, nothing loaded from elsewhere.

    `proven` says of each check when it was last shown to catch what it is there for. `path` is
    where the page will stand, with its evidence and logs beside it.
    """
    seen = overview(judged)
    evidence = seen.evidence
    place = path or Path("reports", evidence.run.run_id, evidence.scenario.slug, PAGE)
    excerpts = log_excerpts.excerpts(seen, place.parent / "logs")
    said, proven_of = _proven(proven or {}, [f.check for f in seen.judgement.findings])
    return TEMPLATES.get_template("page.html").render(
        evidence=evidence,
        overview=seen,
        valid_until=valid_until(evidence),
        trouble=_first_trouble(seen),
        excerpts=excerpts,
        day=wording.day,
        version=__version__,
        clocks=CLOCKS,
        bars=bars(evidence),
        kinds=KINDS,
        lane_height=LANE_HEIGHT,
        swimlane=swimlane(evidence),
        stores=store_checks(evidence),
        contents=_contents(seen, bool(excerpts)),
        logs=sorted(log.name for log in place.parent.glob("logs/*.log")),
        proven_said=said,
        proven_of=proven_of,
        untested=untested(evidence),
        procedure=procedure,
        ledger_tables=ledger_tables,
        provenance=provenance,
        has_more=has_more,
        rows_file=rows_file,
        said_at_most=_SAID_AT_MOST,
        has_runbook=(place.with_name(runbook.RUNBOOK)).is_file(),
        commands=evidence.history.commands,
        procedure_standing=runbook.standing(evidence),
        failing=runbook.failing(evidence),
        evidence_path=from_here(place.with_name("evidence.json")).as_posix(),
        evidence_sha256=digests.of_file(place.with_name("evidence.json")),
    )


def _contents(seen: Overview, has_excerpts: bool) -> list[tuple[str, str]]:
    """Return the page's sections that a reader may look for, by their ids."""
    told = [
        ("failed", "What failed", seen.failed),
        ("unverified", "Not verified", seen.unverified),
        ("said", "Logs", has_excerpts),
        ("accepted", "Accepted gaps", seen.accepted),
        ("foreseen", "Failed as expected", seen.foreseen),
        ("objectives", "Objectives", True),
        ("timeline", "Timeline", True),
        ("checks", "Checks", True),
        ("rows", "Rows", True),
        ("backups", "Backups", True),
        ("untested", "Not tested", True),
        ("provenance", "Provenance", True),
        ("sign", "Sign-off", True),
    ]
    return [(id_, text) for id_, text, there in told if there]


def _first_trouble(seen: Overview) -> Trouble | None:
    is_pass = seen.judgement.verdict is Verdict.PASS and not seen.contradictions
    return None if is_pass else troubles(seen)[0]


def _proven(
    proven: Mapping[str, LastProven], checks: list[str]
) -> tuple[str, Callable[[str], str]]:
    """Return what is so of most checks' proofs, said once, and what to add to a check of which it
    is not.
    """
    told = Counter(_proof(proven[check]) for check in checks if check in proven)
    if not told:
        never = "No check here was ever proven: no proof is among the reports"
        return f"{never}. drill prove makes one.", lambda _: ""
    ((usual, _),) = told.most_common(1)

    def more(check: str) -> str:
        if check not in proven:
            return " Never proven."
        proof = proven[check]
        planted = f" {wording.count(proof.plants, 'planted failure')}"
        return planted + ("." if _proof(proof) == usual else f", last proven {_proof(proof)}.")

    said = f"Each was last proven {usual} where nothing else is said"
    return f"{said}, by the failures that are counted there.", more


def _proof(last: LastProven) -> str:
    return f"on {last.at_utc[:10]} with harness {last.harness_version}"


def write(judged: Rejudged, path: Path, proven: Mapping[str, LastProven] | None = None) -> None:
    """Render the page into a file, whole or not at all. Raises: OSError."""
    writing.whole(path, render(judged, proven, path.absolute()))


def store_checks(evidence: Evidence) -> tuple[StoreChecks, ...]:
    """Return each store's findings with their standing and what the check catches."""
    judgement, expectation = evidence.judgement, evidence.scenario.expectation
    order = ["FAIL", "UNVERIFIED", wording.EXPECTED, wording.ACCEPTED, "PASS"]
    # Evidence outlives checks: an id of another release has no description here.
    catches = {id_: check.catches for id_, check in checks_of(platform_of(evidence)).items()}
    groups = []
    for store, findings in by_store(judgement.findings).items():
        told = [
            (f, standing(judgement, expectation, f), catches.get(f.check, "")) for f in findings
        ]
        told.sort(key=lambda one: order.index(one[1]))
        found = Counter(standing for _, standing, _ in told)
        groups.append(StoreChecks(store, tuple(told), {word: found[word] for word in order}))
    return tuple(groups)
