"""`drill explore`: timelines that nobody thought of, until so many or so long were played."""

import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from harness.core.errors import UsageError
from harness.core.interruption import SIGNALS
from harness.scenario.model import Scenario
from harness.scenario.problem import shown_path
from harness.scenario.values import Duration
from harness.settings import Settings

if TYPE_CHECKING:
    from harness.explore.draft import Draft
    from harness.explore.exploring import Explorer, Finding, Timeline
    from harness.explore.ground import Ground, Meeting

AT_ONCE = 20
"""After so many timelines what was found is explained, or shortened."""

RUNS = 100
"""So many timelines where neither a number nor a time is given."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to explore: so many `runs` or so many `seconds`, whichever ends first, from one seed,
    with `jobs` at once. Findings go to the folder `findings`. Where a page of what was lost is
    asked for, `table`, what can meet and is not in it yet is played by itself in place of the
    runs.
    """

    random: int
    runs: int | None
    seconds: float | None
    jobs: int
    findings: Path
    table: Path | None = None


def duration_seconds(text: str) -> float:
    """Return how long a text says. Raises: UsageError: it does not say that."""
    try:
        return TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        said = error.errors()[0]["msg"]
        raise UsageError(f"--for: {said}") from None


def explore(wanted: Wanted, scenarios: Sequence[Scenario], settings: Settings, say: Say) -> int:
    """Explore the platforms of these scenarios and return the exit status: 0 where nothing exceeds
    a promise but what some scenario expects already, 1 where something does, 3 where a timeline
    could not be judged.

    Raises: UsageError: Hypothesis is not installed.
    """
    try:
        import hypothesis  # noqa: F401, PLC0415 - costly
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise UsageError(
            "exploring needs Hypothesis, which is not installed",
            "Install restore-drills[explore].",
        ) from None
    from harness.explore import losses, playing, telling  # noqa: PLC0415 - costly
    from harness.explore.exploring import Explorer  # noqa: PLC0415 - costly
    from harness.explore.ground import grounds_of  # noqa: PLC0415 - costly
    from harness.scenario.kinds import Kinds  # noqa: PLC0415 - costly

    grounds = grounds_of(scenarios, Kinds.installed())
    by_folder = {ground.folder: ground for ground in grounds}
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    names = ", ".join(ground.platform.name for ground in grounds)
    say(f"exploring {names} from seed {wanted.random}, {wanted.jobs} at once")
    needs = playing.Settings(settings.binaries, settings.stalled_after_seconds)
    tally, lost = telling.Tally(), losses.Losses(grounds[0], wanted.table)
    new: list[Path] = []
    began_seconds = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="explored-") as folder,
        playing.Players(wanted.jobs, needs) as players,
    ):
        explorer = Explorer(grounds, players, scenarios, Path(folder))
        drafts = _drafts(wanted, grounds, list(lost.open()))
        for timeline, findings in _in_time(explorer, drafts, wanted, say):
            tally.add(timeline, by_folder[timeline.draft.platform])
            lost.add(timeline)
            if wanted.table is not None:
                lost.write(wanted.table)
            for finding in findings:
                ground = by_folder[finding.draft.platform]
                new.append(telling.written(finding, ground, wanted.findings, wanted.random))
                say(f"FOUND {finding.check}: {finding.summary}")
                say(f"  in {len(finding.draft.steps)} steps: drill run {shown_path(new[-1])}")
    for line in telling.table(tally, grounds[0]):
        say(line)
    for line in telling.summary(tally, len(new), (time.monotonic() - began_seconds) / 60):
        say(line)
    if new:
        return 1
    return 3 if tally.is_in_doubt else 0


def _drafts(
    wanted: Wanted, grounds: "Sequence[Ground]", missing: "Sequence[Meeting]"
) -> "Iterator[Draft]":
    from harness.explore.schedule import met, schedule  # noqa: PLC0415 - costly

    if wanted.table is None:
        return islice(schedule(grounds, wanted.random), wanted.runs)
    return (met(grounds[0], meeting, wanted.random) for meeting in missing)


def _in_time(
    explorer: "Explorer", drafts: "Iterator[Draft]", wanted: Wanted, say: Say
) -> "Iterator[tuple[Timeline, list[Finding]]]":
    """Yield each timeline, explained, with what is new of it; told as soon as it was played."""
    from harness.explore import telling  # noqa: PLC0415 - costly

    begun_seconds = time.monotonic()
    count = 0
    while timelines := list(_told(explorer, drafts, count, say)):
        count += len(timelines)
        for timeline in timelines:
            explained, findings = explorer.explained(timeline)
            if findings or explained.causes != timeline.causes:
                say(telling.line(explained))
            yield explained, findings
        if wanted.seconds is not None and time.monotonic() - begun_seconds > wanted.seconds:
            return


def _told(
    explorer: "Explorer", drafts: "Iterator[Draft]", count: int, say: Say
) -> "Iterator[Timeline]":
    from harness.explore import telling  # noqa: PLC0415 - costly

    for timeline in explorer.explore(islice(drafts, AT_ONCE), count + 1):
        say(telling.line(timeline))
        yield timeline
