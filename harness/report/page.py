"""One self-contained page a drill, rendered from its evidence alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import __version__
from harness.checks import CHECKS
from harness.core import writing
from harness.core.evidence import Evidence
from harness.core.finding import Finding, rows_file
from harness.report import ledger_tables, procedure, provenance, wording
from harness.report.bars import CLOCKS, bars
from harness.report.filling import TEMPLATES
from harness.report.named_rows import has_more
from harness.report.overview import by_store, overview
from harness.report.proofs import LastProven
from harness.report.rejudge import Rejudged
from harness.report.swimlane import KINDS, LANE_HEIGHT, swimlane
from harness.report.untested import untested

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


def render(judged: Rejudged, proven: Mapping[str, LastProven] | None = None) -> str:
    """Return the page as HTML: no script, nothing loaded from elsewhere.

    `proven` says of each check when it was last shown to catch what it is there for.
    """
    seen = overview(judged)
    evidence = seen.evidence
    return TEMPLATES.get_template("page.html").render(
        evidence=evidence,
        overview=seen,
        version=__version__,
        clocks=CLOCKS,
        bars=bars(evidence),
        kinds=KINDS,
        lane_height=LANE_HEIGHT,
        swimlane=swimlane(evidence),
        stores=store_checks(evidence),
        proven=proven or {},
        untested=untested(evidence),
        procedure=procedure,
        ledger_tables=ledger_tables,
        provenance=provenance,
        has_more=has_more,
        rows_file=rows_file,
        said_at_most=_SAID_AT_MOST,
        evidence_path=f"reports/{evidence.run.run_id}/{evidence.scenario.slug}/evidence.json",
    )


def write(judged: Rejudged, path: Path, proven: Mapping[str, LastProven] | None = None) -> None:
    """Render the page into a file, whole or not at all. Raises: OSError."""
    writing.whole(path, render(judged, proven))


def store_checks(evidence: Evidence) -> tuple[StoreChecks, ...]:
    """Return each store's findings with their standing and what the check catches."""
    judgement = evidence.judgement
    order = ["FAIL", "UNVERIFIED", wording.ACCEPTED, "PASS"]
    groups = []
    for store, findings in by_store(judgement.findings).items():
        told = [(f, judgement.standing(f), _catches(f.check)) for f in findings]
        told.sort(key=lambda one: order.index(one[1]))
        found = Counter(standing for _, standing, _ in told)
        groups.append(StoreChecks(store, tuple(told), {word: found[word] for word in order}))
    return tuple(groups)


def _catches(check_id: str) -> str:
    # Evidence outlives checks: an id of another release has no description here.
    check = CHECKS.get(check_id)
    return check.catches if check is not None else ""
