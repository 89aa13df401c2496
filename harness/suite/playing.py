"""One drill of a suite: played as it was asked for, judged, and told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core import environment, patience
from harness.core.interruption import uninterrupted
from harness.core.progress import Watcher
from harness.drill import DrillInterrupted, DrillSettings, play
from harness.report.rejudge import Rejudged, rejudge
from harness.report.telling import Told, tell
from harness.scenario.model import Scenario
from harness.suite.asked import Asked


@dataclass(frozen=True, slots=True)
class Played:
    """A drill that was played to its evidence: its judgement, and what is printed of it."""

    judged: Rejudged
    told: Told


def play_one(scenario: Scenario, asked: Asked, run: Path, watcher: Watcher) -> Played:
    """Play a scenario, and leave its evidence and its page in the folder of its run.

    Raises: UsageError, Unavailable: it cannot be played as it was asked for. DrillInterrupted.
    """
    patience.agree(asked.settings.stalled_after_seconds)
    accepted: Mapping[str, str] = asked.reasons()
    directory = run / scenario.slug
    settings = DrillSettings(run.name, accepted=accepted, rerun=asked.command(scenario))
    with environment.ours():
        try:
            evidence = play(scenario, asked.runtime_of(scenario), directory, settings, watcher)
        except DrillInterrupted as interruption:
            with uninterrupted():
                tell(rejudge(interruption.evidence, directory), directory)
            raise
    judged = rejudge(evidence, directory)
    return Played(judged, tell(judged, directory))
