"""The page of one run: its verdict, every drill of it, and what it leaves open, from evidence."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness import __version__
from harness.core import writing
from harness.core.paths import from_here
from harness.core.verdict import Verdict
from harness.report import digests, wording
from harness.report.brief import AREAS, Brief, Trouble
from harness.report.filling import TEMPLATES
from harness.report.run_folder import Run
from harness.report.tables import Kind, Table, columns
from harness.report.untested import PRODUCTION_SIZE
from harness.report.wording import ACCEPTED, count, duration, objective

PAGE, DRILL_PAGE = "index.html", "report.html"

_UNTESTED_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class Shared:
    """One trouble and the drills that it kept from PASS, each with how many more it has."""

    trouble: Trouble
    drills: tuple[tuple[Brief, int], ...]


def write(run: Run, folder: Path) -> Path:
    """Write a run's page into its folder. Raises: OSError."""
    writing.whole(folder / PAGE, render(run, digests.of_evidence(folder), folder))
    return folder / PAGE


def render(run: Run, evidence_sha256: str = "", folder: Path | None = None) -> str:
    """Return the page as HTML: no script, nothing loaded from elsewhere. The digest is the one over
    all of its evidence, for who signs the page; `folder` is where the page will stand.
    """
    return TEMPLATES.get_template("run.html").render(
        run=run,
        word=word(run),
        tone=tone(run),
        sentence=sentence(run),
        shared=shared(run.drills),
        areas=AREAS,
        measured=measured,
        totals=totals(run),
        untested=untested(run),
        provenance=provenance(run),
        began=min((d.run.started_utc for d in run.drills), default=""),
        drill_page=DRILL_PAGE,
        evidence_sha256=evidence_sha256,
        folder=from_here(folder or Path("reports", run.run_id)).as_posix(),
        day=wording.day,
        version=__version__,
    )


def word(run: Run) -> str:
    """Return a run's verdict as it is shown: a PASS says how many drills leave something open."""
    provisos = sum(drill.has_proviso for drill in run.drills)
    if run.verdict is Verdict.PASS and provisos:
        return f"{run.verdict.value}, {count(provisos, 'drill')} with a proviso"
    return run.verdict.value


def tone(run: Run) -> str:
    """Return the colour of a run's verdict."""
    return (ACCEPTED if word(run) != run.verdict.value else run.verdict.value).lower()


def sentence(run: Run) -> str:
    """Return the verdict in one sentence: rows that are gone, how many drills stand how, how
    long it took.
    """
    verdicts = Counter(drill.verdict for drill in run.drills)
    verdicts[Verdict.UNVERIFIED] += len(run.unplayed)
    total = count(sum(verdicts.values()), "drill")
    provisos = sum(drill.has_proviso for drill in run.drills)
    passed = f"{verdicts[Verdict.PASS]} of {total} passed"
    if provisos:
        passed += f" ({provisos} of them with a proviso)"
    parts = [
        f"{verdicts[Verdict.FAIL]} failed" if verdicts[Verdict.FAIL] else "",
        f"{verdicts[Verdict.UNVERIFIED]} could not be verified"
        if verdicts[Verdict.UNVERIFIED]
        else "",
    ]
    took = f", in {duration(_took_seconds(run))}" if run.drills else ""
    return f"{_rows_gone(run)}; {', '.join(filter(None, [passed, *parts]))}{took}"


def _rows_gone(run: Run) -> str:
    """Say how many owed rows are gone that no scenario expects, and where nobody can tell."""
    gone = _lost_unexpectedly(run.drills)
    not_passed = [drill for drill in run.drills if drill.verdict is not Verdict.PASS]
    unread = sum(bool(drill.rows.unread) for drill in not_passed) + len(run.unplayed)
    verb = "is" if gone == 1 else "are"
    said = f"{count(gone, 'owed row')} {verb} gone that no scenario expects"
    if not unread:
        return said
    nobody_can_tell = f"of {count(unread, 'drill')} nobody can tell how many owed rows are gone"
    return f"at least {said}; {nobody_can_tell}" if gone else nobody_can_tell


def _lost_unexpectedly(drills: Iterable[Brief]) -> int:
    return sum(drill.rows.lost - drill.rows.lost_as_expected for drill in drills)


def shared(drills: Iterable[Brief]) -> tuple[Shared, ...]:
    """Return what kept drills from PASS, failures first; drills with the same trouble together.

    Of each drill only the first is told: what failed first is what the rest follows from.
    """
    found: dict[Trouble, list[tuple[Brief, int]]] = {}
    for drill in drills:
        if drill.troubles:
            found.setdefault(drill.troubles[0], []).append((drill, len(drill.troubles) - 1))
    told = [Shared(trouble, tuple(kept)) for trouble, kept in found.items()]
    return tuple(sorted(told, key=lambda one: one.trouble.word != Verdict.FAIL.value))


def measured(drill: Brief) -> tuple[str, str]:
    """Return how fast a drill's platform was back, and how much of it was gone."""
    rto = drill.rto
    rta = "nothing was struck" if rto is None else duration(rto.seconds)
    if rto is not None and rto.objective_seconds is not None:
        rta += f" of {objective(rto.objective_seconds)}"
    rpa = [f"{m.store} {duration(m.seconds)}" for m in drill.rpo if m.rows or m.seconds is None]
    return rta, ", ".join(rpa) or ("0 s" if drill.rpo else "")


def totals(run: Run) -> Table:
    """Return the run in numbers."""
    drills = run.drills
    checks, failed = sum(d.checks for d in drills), sum(d.checks_failed for d in drills)
    kept = sum(drill.rows.owed - drill.rows.lost for drill in drills)
    rows = (
        ("Drills", count(len(drills) + len(run.unplayed))),
        *((verdict.value, count(sum(d.verdict is verdict for d in drills))) for verdict in Verdict),
        ("PASS with a proviso", count(sum(d.has_proviso for d in drills))),
        ("Without evidence", count(len(run.unplayed))),
        ("Checks made, and failed among them", f"{checks:,}, {failed:,}"),
        ("Rows acknowledged", count(sum(d.rows.acknowledged for d in drills))),
        ("Owed rows, and brought back among them", f"{_owed(drills):,}, {kept:,}"),
        ("Owed rows gone as scenarios expect", count(sum(d.rows.lost_as_expected for d in drills))),
        ("Owed rows gone that none expects", count(_lost_unexpectedly(drills))),
        ("Rows at risk that are gone", count(sum(d.rows.gone_at_risk for d in drills))),
        ("Backups, together", wording.size(sum(d.size_bytes for d in drills))),
        ("From the first drill's start to the last one's end", duration(_took_seconds(run))),
        ("Drills, one after the other", duration(sum(d.took_seconds for d in drills))),
    )
    return Table("The run in numbers", columns(what=Kind.HEADING, number=Kind.NUMBER), rows)


def _owed(drills: Iterable[Brief]) -> int:
    return sum(drill.rows.owed for drill in drills)


def untested(run: Run) -> Table:
    """Return what no drill of the run tested; what some left out is on their own pages."""
    reasons: dict[str, Counter[str]] = {}
    for drill in run.drills:
        for what, why in drill.gaps:
            if what == PRODUCTION_SIZE:
                continue
            reasons.setdefault(what, Counter())[why] += 1
    everywhere = {
        what: why.most_common(1)[0][0]
        for what, why in reasons.items()
        if sum(why.values()) == len(run.drills)
    }
    rows = [*((drill.title, drill.reason) for drill in run.unplayed), *everywhere.items()]
    rows, more = rows[:_UNTESTED_AT_MOST], len(rows) - _UNTESTED_AT_MOST
    if more > 0:
        rows.append((f"{more} more", "Each drill's page lists its own."))
    if some := len(reasons) - len(everywhere):
        gaps = count(some, "gap")
        rows.append((f"{gaps} of some drills", "Others close them; each page lists its own."))
    largest = max((drill.rows.owed for drill in run.drills), default=0)
    rows.append((PRODUCTION_SIZE, f"The largest drill owes {count(largest, 'row')}."))
    return Table(
        "Gaps of the whole run, each with its reason",
        columns(what=Kind.HEADING, why=Kind.TEXT),
        tuple(rows),
    )


def provenance(run: Run) -> Table:
    """Return where and by what the drills were played; what differs between them is listed."""
    drills = run.drills
    told = {
        "Run": [run.run_id],
        "Start (UTC)": [min((d.run.started_utc for d in drills), default="")],
        "End (UTC)": [max((d.run.ended_utc for d in drills), default="")],
        "Trigger": [d.run.trigger for d in drills],
        "Git commit": [d.run.git_sha for d in drills],
        "Harness": [d.run.harness_version for d in drills],
        "Python": [d.run.python for d in drills],
        "Operating system": [f"{d.run.platform}, {d.run.cpus} processors" for d in drills],
        "Runtime": [f"{d.runtime.name}: {d.runtime.why}" for d in drills],
        "Servers": [
            f"{s.store} {s.product} {s.version}" for d in drills for s in d.runtime.servers
        ],
    }
    return Table(
        "Where the drills were played",
        columns(fact=Kind.HEADING, value=Kind.CODE),
        tuple((fact, "; ".join(dict.fromkeys(said)) or "nothing") for fact, said in told.items()),
    )


def _took_seconds(run: Run) -> float:
    if not run.drills:
        return 0.0
    began = min(datetime.fromisoformat(drill.run.started_utc) for drill in run.drills)
    ended = max(datetime.fromisoformat(drill.run.ended_utc) for drill in run.drills)
    return (ended - began).total_seconds()
