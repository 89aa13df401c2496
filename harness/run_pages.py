"""A run's page and its lines of history, made once, when all of its drills have ended."""

from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

from harness.core.errors import DrillError
from harness.report import run_folder, run_page
from harness.report.run_folder import Plan, Planned
from harness.scenario.model import Scenario

PLUGIN = "drill-run-pages"


def plan(folder: Path, scenarios: Iterable[Scenario]) -> None:
    """Keep what is to be played, so that a drill that leaves nothing is missed. Raises: OSError."""
    planned = tuple(Planned(s.slug, s.path.as_posix(), s.title) for s in scenarios)
    if planned:
        run_folder.keep_plan(folder, Plan(planned))


def make(folder: Path) -> Path:
    """Judge a run's drills again and write its page. Raises: OSError, UsageError."""
    run = run_folder.read(folder)
    return run_page.write(run, folder)


class RunPages:
    """A pytest plugin of the process that conducts a run: pytest-xdist's workers have none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reasons: dict[str, str] = {}
        self.lines: list[str] = []
        """Where the run's page is, or why it is missing."""

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
        try:
            run_folder.keep_reasons(self._folder, self._reasons)
            self.lines.append(f"the run: {_from_here(make(self._folder))}")
        except OSError as error:
            self.lines.append(f"the run's page could not be written: {error.strerror or error}")
        except DrillError as error:
            self.lines.append(f"the run's page could not be made: {error.message}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the run's page is."""
        for line in self.lines:
            terminalreporter.write_line(line)


def told_of(config: pytest.Config | None) -> list[str]:
    """Return what a run has to say of its pages."""
    pages = config.pluginmanager.get_plugin(PLUGIN) if config else None
    return pages.lines if isinstance(pages, RunPages) else []


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
