"""What a person at a terminal, or a log, reads while drills run."""

import time
from pathlib import Path

import pytest
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from harness import evidence_file
from harness.core.errors import UsageError
from harness.core.paths import from_here
from harness.core.verdict import Verdict, worst
from harness.pytest_plugin import WATCHER
from harness.report import summary
from harness.report.rejudge import rejudge
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
            self._console.print(f"  {title}", highlight=False, markup=False)
        elif self._status is None:
            self._status = self._console.status(escape(title))
            self._status.start()
        else:
            self._status.update(escape(title))

    def advance(self, done: int, total: int) -> None:
        """Add `done` to what the phase has written."""
        self._done += done
        text = f"{self._title}: {self._done:,} of {total:,}"
        if self._status is not None:
            self._status.update(escape(text))
        elif time.monotonic() - self._said_seconds > PLAIN_LINE_EVERY_SECONDS:
            self._said_seconds = time.monotonic()
            self._console.print(f"  {text}", highlight=False, markup=False)
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
        self.errors: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Watch the drills that this very process plays."""
        config.stash[WATCHER] = self._watcher
        self._config = config

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Name the drill that begins."""
        self._watcher.quiet()
        self._console.print(f"▶ {nodeid.partition('::')[0]}", highlight=False, markup=False)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what makes a file no scenario."""
        if report.failed:
            self.errors.append(str(report.longrepr))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print a drill's verdict and findings."""
        if report.when != "call" and report.passed:
            return
        self._watcher.quiet()
        properties = dict(report.user_properties)
        path = properties.get("drill_evidence")
        if path is None:
            self._verdicts.append(Verdict.UNVERIFIED)
            self._line(Verdict.UNVERIFIED, f"{report.nodeid}: {report.longrepr}")
            return
        verdict = Verdict(str(properties["drill_verdict"]))
        self._verdicts.append(verdict)
        word = str(properties["drill_word"])
        self._provisos += word != verdict
        first, *rest = summary.lines(rejudge(evidence_file.load(Path(str(path)))))
        self._line(verdict, first, word)
        for line in rest:
            self._console.print(f"  {line}", highlight=False, markup=False)
        page = Path(str(path)).with_name("report.html")
        self._console.print(f"  report: {from_here(page)}", highlight=False, markup=False)

    def conclude(self) -> int:
        """Print the run's last line and return its exit code.

        Raises: UsageError: a file could not be collected.
        """
        self._watcher.quiet()
        if self.errors:
            raise UsageError("\n".join(self.errors))
        verdict = worst(self._verdicts)
        counts = ", ".join(
            f"{self._verdicts.count(word)} {word}" for word in Verdict if word in self._verdicts
        )
        if self._provisos:
            counts += f" ({self._provisos} with a proviso)"
        played = "1 drill" if len(self._verdicts) == 1 else f"{len(self._verdicts)} drills"
        self._line(verdict, f"{played}: {counts or 'nothing was played'}")
        for line in told_of(self._config):
            self._console.print(f"  {line}", highlight=False, markup=False)
        return EXIT_CODES[verdict]

    def _line(self, verdict: Verdict, text: str, word: str = "") -> None:
        colour = PROVISO_COLOUR if word and word != verdict else COLOURS[verdict]
        said = f"{ICONS[verdict]} {escape(word or verdict.value)}"
        if word and word != verdict:
            said += ":"
        self._console.print(f"[{colour}]{said}[/{colour}] {escape(text)}", highlight=False)
