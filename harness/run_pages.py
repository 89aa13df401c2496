"""A run's page and its lines of history, made once, when all of its drills have ended."""

import contextlib
import os
from collections.abc import Generator, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.core import writing
from harness.core.errors import DrillError
from harness.core.paths import from_here
from harness.report import digests, history_file, index_page, run_folder, run_page, step_summary
from harness.report.annotations import annotations
from harness.report.history_file import HISTORY
from harness.report.run_folder import Plan, Planned, Run
from harness.scenario.model import Scenario

PLUGIN = "drill-run-pages"


def plan(folder: Path, drills: Iterable[tuple[Scenario, str]]) -> None:
    """Keep what is to be played, each with the command that plays it alone, so that a drill that
    leaves nothing is missed. Raises: OSError.
    """
    planned = tuple(
        Planned(s.slug, s.title, rerun, writing.shown(from_here(s.path))) for s, rerun in drills
    )
    if planned:
        run_folder.keep_plan(folder, Plan(planned))


def make(run: Run, folder: Path) -> list[str]:
    """Write a run's page and step summary, and add its drills to the history and to the page over
    all runs; return lines that say where, and what could not be made.
    """
    told: list[str] = []
    try:
        told.append(f"the run: {from_here(run_page.write(run, folder))}")
    except OSError as error:
        told.append(f"the run's page could not be written: {error.strerror or error}")
    try:
        remember(run, folder, folder.parent)
        told.append(f"all runs: {from_here(index_page.write(folder.parent, datetime.now(UTC)))}")
    except OSError as error:
        told.append(f"the history could not be written: {error.strerror or error}")
    except DrillError as error:
        told.append(f"the history could not be read: {error.message}")
    try:
        digests.write(folder)
    except OSError as error:
        told.append(f"the list of digests could not be written: {writing.reason(error)}")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            writing.append(Path(summary), step_summary.markdown(run, folder))
        except OSError as error:
            told.append(f"GITHUB_STEP_SUMMARY could not be written: {writing.reason(error)}")
    return told


def remember(run: Run, folder: Path, reports: Path) -> int:
    """Add a run's drills to the history in a reports folder, each once; return how many were new.

    Raises: OSError.
    """
    entries = [history_file.entry_of(drill, folder / drill.slug) for drill in run.drills]
    return history_file.append(reports / HISTORY, entries)


class RunPages:
    """A pytest plugin of the process that conducts a run: pytest-xdist's workers have none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reasons: dict[str, str] = {}
        self.run: Run | None = None
        """The run, when it has ended and its folder could be read."""
        self.lines: list[str] = []
        """Where the run's page is, or why it is missing."""
        self.annotations: list[str] = []
        """What GitHub shows at the lines of scenarios, where it conducts the run."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep why a drill left no evidence."""
        slug = report.nodeid.rpartition("::")[2]
        if report.failed and not (self._folder / slug / run_folder.EVIDENCE).is_file():
            self._reasons[slug] = str(report.longrepr)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """Write the page when every worker has ended, an interrupted one too."""
        yield
        if not self._folder.is_dir():
            return
        with contextlib.suppress(OSError):
            run_folder.keep_reasons(self._folder, self._reasons)
        try:
            self.run = run_folder.read(self._folder)
            self.lines = make(self.run, self._folder)
            if os.environ.get("GITHUB_ACTIONS"):
                root = Path(os.environ.get("GITHUB_WORKSPACE", ".")).absolute()
                self.annotations = annotations(self.run, root)
        except DrillError as error:
            self.lines = [f"the run's page could not be made: {error.message}"]
        except Exception as error:  # noqa: BLE001 - a page that cannot be made changes no verdict
            self.lines = [f"the run's page could not be made: {type(error).__name__}: {error}"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the run's page is."""
        for line in (*self.lines, *self.annotations):
            terminalreporter.write_line(line)


def pages_of(config: pytest.Config | None) -> RunPages | None:
    """Return what a run has to say of its pages; None where none was played."""
    pages = config.pluginmanager.get_plugin(PLUGIN) if config else None
    return pages if isinstance(pages, RunPages) else None
