"""One run of drills: each is played by it, and what happens is passed on to all who listen."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from harness.core import writing
from harness.run_pages import plan
from harness.runtime.workdir import clean
from harness.scenario.model import Scenario
from harness.suite.asked import Asked
from harness.suite.listening import Ended, Listener
from harness.suite.pages import RunPages
from harness.suite.playing import Played, play_one

ELSEWHERE = "Name another folder with --reports, or in [tool.drill] of pyproject.toml."


class Suite(Listener):
    """The drills of a run, as they were asked for; its folder is `run_id` in that of reports.

    A process that conducts a run passes on what it learns of each drill, wherever that is played;
    one that works for it, as those of pytest-xdist do, has a suite without listeners.
    """

    def __init__(self, asked: Asked, run_id: str, root: Path) -> None:
        self.asked = asked
        self.folder = asked.folder(root) / run_id
        self.pages = RunPages(self.folder)
        """Written first of all when the run closes, for others tell where they are."""
        self.notes: list[str] = []
        """What of the whole run's reports is missing."""
        self._listeners: list[Listener] = [self.pages]

    def listen(self, listener: Listener) -> None:
        """Have somebody hear of the suite from now on."""
        self._listeners.append(listener)

    def open(self) -> None:
        """Make room for the run's files, and remove what killed runs left behind.

        Raises: DrillError: the folder cannot be made.
        """
        writing.folder(self.folder, ELSEWHERE)
        clean()

    def plan(self, scenarios: Sequence[Scenario]) -> None:
        """Keep what is to be played, so that a drill that leaves nothing is missed."""
        with contextlib.suppress(OSError):
            plan(self.folder, [(scenario, self.asked.command(scenario)) for scenario in scenarios])

    def play(self, scenario: Scenario) -> Played:
        """Play one drill in this process, as `play_one` does."""
        return play_one(scenario, self.asked, self.folder, self)

    def refused(self, reason: str) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.refused(reason)

    def begun(self, name: str) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.begun(name)

    def phase(self, title: str) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.phase(title)

    def advance(self, done: int, total: int) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.advance(done, total)

    def ended(self, ended: Ended) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.ended(ended)

    def closed(self) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.closed()
