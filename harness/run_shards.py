"""One shard of a run plays its share, and keeps what the whole run was to play."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core import writing
from harness.core.errors import UsageError
from harness.core.paths import from_here
from harness.core.shard import Shard, share
from harness.report import digests, run_folder, sharding
from harness.report.run_folder import Plan, Planned
from harness.report.sharding import Share
from harness.scenario.model import Scenario


def refuse_taken(folder: Path) -> None:
    """Raise UsageError if a run left something in its folder before."""
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            f"{writing.shown(from_here(folder))}: a run of this name is there already",
            "Name this one otherwise with --run-id, or put it elsewhere with --reports.",
        )


def own(
    scenarios: Sequence[Scenario], expected: Mapping[str, float], shard: Shard, folder: Path
) -> list[Scenario]:
    """Return the scenarios that a shard plays, and keep in its folder which all of them are.

    Raises: DrillError: it cannot be written.
    """
    chosen = share([scenario.slug for scenario in scenarios], expected, shard)
    whole = tuple(Planned(s.slug, s.title, "", writing.shown(from_here(s.path))) for s in scenarios)
    try:
        sharding.keep(folder, Share(folder.name, shard, whole))
        if not chosen:
            run_folder.keep_plan(folder, Plan())
            digests.write(folder)
    except OSError as error:
        raise UsageError(f"{writing.shown(folder)}: {writing.reason(error)}") from None
    return [scenario for scenario in scenarios if scenario.slug in chosen]
