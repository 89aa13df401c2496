"""A run's folder: what was to be played (`run.json`), and the drills that left their evidence."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness import evidence_file
from harness.core import writing
from harness.core.errors import UsageError
from harness.core.verdict import Verdict, worst
from harness.report.brief import Brief, brief
from harness.report.rejudge import rejudge

PLAN, EVIDENCE = "run.json", "evidence.json"

_WITHOUT_REASON = "it left no evidence: it was not played, or it was ended before it could tell"


@dataclass(frozen=True, slots=True)
class Planned:
    """A drill that a run is to play, and its file; `rerun` is the command that plays it alone."""

    slug: str
    title: str
    rerun: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to play, in order; `unplayed` maps slugs to why there is no evidence."""

    drills: tuple[Planned, ...] = ()
    unplayed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unplayed:
    """A drill without evidence, and why; `rerun` and `path` are empty where nobody knows them."""

    slug: str
    title: str
    rerun: str
    reason: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its folder tells it: each drill judged again, the worst first."""

    run_id: str
    drills: tuple[Brief, ...]
    unplayed: tuple[Unplayed, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of its drills; one that left no evidence is UNVERIFIED."""
        return worst([d.verdict for d in self.drills] + [Verdict.UNVERIFIED for _ in self.unplayed])


_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
_ORDER = (Verdict.FAIL, Verdict.UNVERIFIED, Verdict.PASS)


def keep_plan(folder: Path, plan: Plan) -> None:
    """Write what a run is to play. Raises: OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    # Not by the library, which takes no text that is not UTF-8, as a file's name may be.
    said = _PLAN.dump_python(plan, mode="json")
    writing.whole(folder / PLAN, json.dumps(said, indent=1, ensure_ascii=False) + "\n")


def plan_of(folder: Path) -> Plan:
    """Return what a run was to play; nothing where no plan was kept, or none that can be read."""
    with contextlib.suppress(OSError, ValidationError):
        return _PLAN.validate_json((folder / PLAN).read_bytes())
    return Plan()


def keep_reasons(folder: Path, reasons: Mapping[str, str]) -> None:
    """Add to the plan why drills left no evidence. Raises: OSError."""
    plan = plan_of(folder)
    if reasons:
        keep_plan(folder, Plan(plan.drills, {**plan.unplayed, **reasons}))


def read(folder: Path) -> Run:
    """Judge every drill of a run again; what left no evidence, or none that can be read, is told.

    Raises: UsageError: nothing was played or planned here.
    """
    plan = plan_of(folder)
    planned = {drill.slug: drill for drill in plan.drills}
    reasons = dict(plan.unplayed)
    drills: dict[str, Brief] = {}
    for path in sorted(folder.glob(f"*/{EVIDENCE}")):
        slug = path.parent.name
        try:
            drill = brief(rejudge(evidence_file.load(path), path.parent))
        except UsageError as error:
            reasons[slug] = f"its evidence cannot be read: {error.message}"
        else:
            if drill.slug == slug:
                drills[slug] = drill
            else:
                reasons[slug] = f"its evidence is that of another drill, {drill.slug}"
    # A folder without evidence is a drill that was killed.
    begun = sorted(path.name for path in folder.glob("*/")) if planned or drills else []
    slugs = dict.fromkeys([*planned, *reasons, *begun])
    unplayed = tuple(
        Unplayed(slug, drill.title, drill.rerun, reasons.get(slug, _WITHOUT_REASON), drill.path)
        for slug in slugs
        if slug not in drills
        for drill in [planned.get(slug, Planned(slug, slug, ""))]
    )
    if not drills and not unplayed:
        raise UsageError(
            f"{folder}: no drill left its evidence here",
            "Name the folder of a run, as in reports/20261122T020000Z-1f3a.",
        )
    run_id = next((drill.run.run_id for drill in drills.values()), folder.resolve().name)
    ordered = sorted(
        drills.values(), key=lambda d: (_ORDER.index(d.verdict), not d.has_proviso, d.slug)
    )
    return Run(run_id, tuple(ordered), unplayed)
