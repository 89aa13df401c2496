"""The shards of one run, each kept as it was played, are put together as one run.

Each shard keeps what the whole run was to play beside its own plan, so that a drill that no shard
has played is missed when they are merged.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.core import writing
from harness.core.errors import DrillError, UsageError
from harness.core.shard import Shard
from harness.core.verdict import Verdict
from harness.report import digests, run_folder
from harness.report.run_folder import EVIDENCE, Plan, Planned
from harness.report.wording import count

SHARD = "shard.json"

_WORST_FIRST = (Verdict.FAIL, Verdict.UNVERIFIED, Verdict.PASS)


@dataclass(frozen=True, slots=True)
class Share:
    """What one shard knows of the run: its name, which shard it is, and what all were to play."""

    run_id: str
    shard: Shard
    whole: tuple[Planned, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    folder: Path
    share: Share
    plan: Plan


_SHARE: TypeAdapter[Share] = TypeAdapter(Share)


def keep(folder: Path, share: Share) -> None:
    """Write beside a shard's drills what it is a share of. Raises: OSError."""
    said = _SHARE.dump_python(share, mode="json")
    writing.whole(folder / SHARD, json.dumps(said, indent=1, ensure_ascii=False) + "\n")


def merge(sources: Sequence[Path], reports: Path) -> tuple[Path, list[str]]:
    """Put the shards of a run together in one folder; return it, and what is missing of the run.

    Raises: UsageError: they are no shards of one run, or its folder is there already. DrillError: a
    file was changed since a shard left it. OSError.
    """
    parts = [_part(folder) for folder in sources]
    _refuse_strangers(parts)
    first = parts[0].share
    target = reports / first.run_id
    if target.exists():
        raise UsageError(
            f"{writing.shown(target)} is there already, and nothing was merged",
            "Name another folder with --reports, or remove what is there.",
        )
    for part in parts:
        _refuse_changed(part.folder)
    played: dict[str, Path] = {}
    for part in parts:
        for folder in sorted(part.folder.glob("*/")):
            played[folder.name] = _worse(played.get(folder.name), folder)
    planned = {drill.slug: drill for part in parts for drill in part.plan.drills}
    reasons = {slug: why for part in parts for slug, why in part.plan.unplayed.items()}
    missing = sorted({*range(1, first.shard.of + 1)} - {part.share.shard.number for part in parts})
    notes = [f"shard {number}/{first.shard.of} is missing" for number in missing]
    lost = [drill.slug for drill in first.whole if drill.slug not in planned]
    lost_by = " or ".join(f"{number}/{first.shard.of}" for number in missing)
    why = (
        f"its shard, {lost_by}, is not among those that were merged"
        if missing
        else "no shard took it: they did not know the same times of earlier runs"
    )
    if lost:
        notes.append(f"{count(len(lost), 'drill')} not played: {why}")
    target.mkdir(parents=True)
    for name, folder in played.items():
        shutil.copytree(folder, target / name, symlinks=True)
    drills = tuple(planned.get(drill.slug, drill) for drill in first.whole)
    run_folder.keep_plan(target, Plan(drills, {**dict.fromkeys(lost, why), **reasons}))
    return target, notes


def _part(folder: Path) -> _Part:
    try:
        share = _SHARE.validate_json((folder / SHARD).read_bytes())
    except (OSError, ValidationError):
        raise UsageError(
            f"{writing.shown(folder)} is no shard of a run",
            "Name the folders that drill run --shard 1/4 --run-id NAME left: reports/NAME.",
        ) from None
    return _Part(folder, share, run_folder.plan_of(folder))


def _refuse_strangers(parts: Sequence[_Part]) -> None:
    first = parts[0]
    for other in parts[1:]:
        for what, one, another in (
            ("the run's name", first.share.run_id, other.share.run_id),
            ("the number of shards", first.share.shard.of, other.share.shard.of),
            ("the drills of the whole run", _slugs(first), _slugs(other)),
        ):
            if one != another:
                told = "" if isinstance(one, set) else f": {one} and {another}"
                raise UsageError(
                    f"{writing.shown(first.folder)} and {writing.shown(other.folder)} are no"
                    f" shards of one run; {what} differs{told}",
                    "Give each shard the same --run-id, scenarios and number of shards.",
                )
    numbers = [part.share.shard.number for part in parts]
    if twice := {number for number in numbers if numbers.count(number) > 1}:
        raise UsageError(f"shard {min(twice)}/{first.share.shard.of} is named twice")


def _slugs(part: _Part) -> set[str]:
    return {drill.slug for drill in part.share.whole}


def _refuse_changed(folder: Path) -> None:
    told = digests.differences(folder)
    if told:
        raise DrillError(
            f"{writing.shown(folder)}: {told[0]}"
            + (f" and {len(told) - 1} more" if len(told) > 1 else ""),
            "A shard is merged as its run left it; take it from where it was run.",
        )


def _worse(one: Path | None, other: Path) -> Path:
    """Return which of two folders of a drill says the worse: shards may both have played it."""
    if one is None:
        return other
    return min(one, other, key=lambda folder: _WORST_FIRST.index(_verdict(folder)))


def _verdict(folder: Path) -> Verdict:
    from harness import evidence_file  # noqa: PLC0415 - two shards hardly ever play one drill
    from harness.report.rejudge import rejudge  # noqa: PLC0415 - as above

    try:
        evidence = evidence_file.load(folder / EVIDENCE)
        return rejudge(evidence, folder).evidence.judgement.verdict
    except UsageError:
        return Verdict.UNVERIFIED
