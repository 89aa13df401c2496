"""What a person at a terminal, or a log, reads while drills run."""

import time

import pytest
from rich.console import Console
from rich.status import Status
from rich.text import Text

from harness.core import writing
from harness.core.errors import UsageError
from harness.core.verdict import Verdict, worst
from harness.pytest_plugin import NOTES, WATCHER
from harness.report.telling import Told, told_by
from harness.run_pages import told_of

ICONS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.UNVERIFIED: "?"}
COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "red", Verdict.UNVERIFIED: "magenta"}
PROVISO_COLOUR = "yellow"
"""Amber: a PASS that leaves something open, or that loses what was expected."""
EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNVERIFIED: 3}
PLAIN_LINE_EVERY_SECONDS = 5.0


class ConsoleWatcher:
    """Shows the present phase: a spinner on a terminal, a line for each phase elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._title = ""
        self._said_seconds = 0.0
        self._done = 0

    def phase(self, title: str) -> None:
        """Show what the drill does now."""
        self._title, self._done, self._said_seconds = title, 0, time.monotonic()
        if not self._console.is_terminal:
            self._console.print(f"  {title}")
        elif self._status is None:
            self._status = self._console.status(Text(title))
            self._status.start()
        else:
            self._status.update(Text(title))

    def advance(self, done: int, total: int) -> None:
        """Add `done` to what the phase has written."""
        self._done += done
        text = f"{self._title}: {self._done:,} of {total:,}"
        if self._status is not None:
            self._status.update(Text(text))
        elif time.monotonic() - self._said_seconds > PLAIN_LINE_EVERY_SECONDS:
            self._said_seconds = time.monotonic()
            self._console.print(f"  {text}")
        if self._done >= total:
            self._done = 0

    def quiet(self) -> None:
        """Take the spinner away so that lines can be printed."""
        if self._status is not None:
            self._status.stop()
            self._status = None


class ConsoleReport:
    """A pytest plugin that prints each drill's verdict, and knows the whole run's in the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._watcher = ConsoleWatcher(console)
        self._verdicts: list[Verdict] = []
        self._provisos = 0
        self._config: pytest.Config | None = None
        self._notes: list[str] = []
        self.errors: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Watch the drills that this very process plays."""
        config.stash[WATCHER] = self._watcher
        self._config = config
        self._notes = config.stash.setdefault(NOTES, [])

    def pytest_runtest_logstart(self, location: tuple[str, int | None, str]) -> None:
        """Name the drill that begins."""
        self._watcher.quiet()
        self._console.print(f"▶ {writing.shown(location[0])}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what makes a file no scenario."""
        if report.failed:
            self.errors.append(str(report.longrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print a drill's verdict and findings."""
        if report.when != "call" and report.passed:
            return
        self._watcher.quiet()
        told = told_by(report)
        if told is None:
            self._verdicts.append(Verdict.UNVERIFIED)
            self._line(Verdict.UNVERIFIED, f"{report.nodeid}: {report.longrepr}")
        else:
            self.tell(told)

    def tell(self, told: Told) -> None:
        """Print what a drill came to."""
        self._watcher.quiet()
        self._verdicts.append(told.verdict)
        self._provisos += told.word != told.verdict
        first, *rest = told.lines
        self._line(told.verdict, first, told.word)
        for line in (*rest, *(f"NOTE {note}" for note in told.notes)):
            self._console.print(f"  {line}")
        if told.page:
            self._console.print(f"  report: {told.page}")

    def quiet(self) -> None:
        """Take the spinner away."""
        self._watcher.quiet()

    def conclude(self) -> int:
        """Print the run's last line and return its exit code.

        Raises: UsageError: a file could not be collected.
        """
        self._watcher.quiet()
        if self.errors:
            raise UsageError("\n".join(self.errors))
        for note in self._notes:
            self._console.print(f"NOTE {note}")
        verdict = worst(self._verdicts)
        counts = ", ".join(
            f"{self._verdicts.count(word)} {word}" for word in Verdict if word in self._verdicts
        )
        if self._provisos:
            counts += f" ({self._provisos} with a proviso)"
        played = "1 drill" if len(self._verdicts) == 1 else f"{len(self._verdicts)} drills"
        self._line(verdict, f"{played}: {counts or 'nothing was played'}")
        for line in told_of(self._config):
            self._console.print(f"  {line}")
        return EXIT_CODES[verdict]

    def _line(self, verdict: Verdict, text: str, word: str = "") -> None:
        colour = PROVISO_COLOUR if word and word != verdict else COLOURS[verdict]
        said = f"{ICONS[verdict]} {word or verdict.value}"
        if word and word != verdict:
            said += ":"
        self._console.print(Text.assemble((said, colour), f" {text}"))
