"""A scenario file is a pytest item: selected, run, reported and distributed like any test.

`pytest_entry` loads it when there is one.
"""

import contextlib
import os
import pickle
import secrets
import shlex
import signal
import threading
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harness import settings as project_settings
from harness.core import environment, patience, writing
from harness.core.errors import TRACEBACK_VARIABLE, DrillError, broke
from harness.core.interruption import settle, uninterrupted
from harness.core.ports import Runtime
from harness.core.progress import Unwatched, Watcher
from harness.core.verdict import Verdict
from harness.drill import DrillInterrupted, DrillSettings, play
from harness.pytest_entry import HANDED, HANDED_TO_WORKER, is_scenario, wants_scenarios
from harness.report import pytest_html, run_folder
from harness.report.rejudge import rejudge
from harness.report.telling import Told, attach, tell
from harness.run_pages import PLUGIN, RunPages, plan
from harness.runtime import choose
from harness.runtime.workdir import clean
from harness.scenario.load import load
from harness.scenario.model import Scenario
from harness.scenario.platform_file import kinds_of
from harness.scenario.problem import shown_path
from harness.settings import Settings

pytest_plugins = ["harness.pytest_entry"]
WATCHER = pytest.StashKey[Watcher]()
RUN_ID = pytest.StashKey[str]()
NOTES = pytest.StashKey[list[str]]()
"""What of the whole run's reports is missing."""
TOLD = pytest.StashKey[Told]()
DETAILS = pytest.StashKey[list[dict[str, str | None]]]()
UNVERIFIED = 3
"""The exit status of a run in which nothing failed, and something could not be verified."""
_UNVERIFIED_ATTRIBUTE = "drill_unverified"
ENDS_WITHIN_SECONDS = 120
ELSEWHERE = "Name another folder with --reports, or in [tool.drill] of pyproject.toml."


class DrillNotPassed(Exception):
    """A drill whose verdict is not PASS."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.lines[0])
        self.told = told


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Name the run and, when scenarios are asked for, have its page written."""
    worker = getattr(config, "workerinput", None)
    run_id = worker["drill_run_id"] if worker else config.getoption("drill_run_id") or new_run_id()
    config.stash[RUN_ID] = run_id
    if worker and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # What a terminal sends to all is passed on by the controller.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    config.stash[NOTES] = []
    if worker is None and not config.option.collectonly and wants_scenarios(config):
        try:
            writing.folder(_run_directory(config), ELSEWHERE)
        except DrillError as error:
            raise pytest.UsageError(str(error)) from None
        config.pluginmanager.register(RunPages(_run_directory(config)), PLUGIN)
        config.pluginmanager.register(Conductor(config))
        if htmlpath := config.getoption("htmlpath", None):
            config.option.css = [*config.getoption("css"), str(pytest_html.STYLE)]
            asked = Path(os.path.expandvars(htmlpath)).expanduser().absolute()
            config.pluginmanager.register(DrillIndex(config, asked, _run_directory(config)))
        clean()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give every xdist worker the run's name."""
    node.workerinput["drill_run_id"] = node.config.stash[RUN_ID]
    node.config.pluginmanager.register(WorkerWatch(node))


class WorkerWatch:
    """Passes an interruption on to a worker of pytest-xdist, which would be killed otherwise."""

    def __init__(self, node: Any) -> None:
        self._node = node

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Have it end its drill, and wait until it has."""
        settle()
        with uninterrupted(), contextlib.suppress(OSError, TimeoutError):
            self._node.gateway._io.popen.send_signal(signal.SIGTERM)  # noqa: SLF001 - no other way
            # What it started is removed within the time limits of its clean-up.
            self._node.channel.waitclose(ENDS_WITHIN_SECONDS)


class Handed:
    """Hands loaded scenarios over to be played, here or in pytest-xdist's workers: each is loaded
    once, and none of its path is for pytest to read.
    """

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self._scenarios = tuple(scenarios)

    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Hand them over before anybody asks whether there are any."""
        early_config.stash[HANDED] = self._scenarios

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give them to a worker."""
        node.workerinput[HANDED_TO_WORKER] = pickle.dumps(self._scenarios)


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect what was handed over in place of the folder that pytest is run in."""
    if HANDED in parent.config.stash and path == parent.config.rootpath:
        return HandedFiles.from_parent(parent, path=path)
    return None


class HandedFiles(pytest.Directory):
    """The files of the scenarios that were handed over."""

    def collect(self) -> Generator[pytest.Collector, None, None]:
        """Yield them in the order given."""
        for scenario in self.config.stash[HANDED]:
            path = scenario.path.absolute()
            # A name that is no Unicode cannot be written into pytest-html's page.
            file = ScenarioFile.from_parent(self, path=path, nodeid=shown_path(path))
            file.handed = scenario
            yield file


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenario files."""
    if is_scenario(file_path, parent.config):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep what is to be played."""
    config = session.config
    if not config.option.collectonly:
        drills = [item.scenario for item in session.items if isinstance(item, DrillItem)]
        with contextlib.suppress(OSError):
            plan(_run_directory(config), [(drill, rerun_of(config, drill)) for drill in drills])


def _load(path: Path, config: pytest.Config) -> Scenario:
    settings = project_settings.read(config.rootpath)
    return load(path, kinds_of(config.rootpath, settings.platform))


class ScenarioFile(pytest.File):
    """One scenario file; an invalid one is a collection error with all of its messages."""

    handed: Scenario | None = None

    def collect(self) -> Generator[pytest.Item, None, None]:
        """Yield the file's one drill; nothing is started."""
        try:
            scenario = self.handed or _load(self.path, self.config)
        except DrillError as error:
            raise self.CollectError(str(error)) from None
        random = self.config.getoption("drill_random")
        if random is not None:
            scenario = replace(scenario, seed=replace(scenario.seed, random=random))
        item = DrillItem.from_parent(self, name=scenario.slug, callobj=_drill)
        item.scenario = scenario
        for tag in scenario.tags:
            self.config.addinivalue_line("markers", f"{tag}: scenarios tagged {tag}")
            item.add_marker(tag)
        yield item


class DrillItem(pytest.Function):
    """A drill as a test: PASS passes, everything else fails with the findings, not a traceback."""

    scenario: Scenario

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Point at the scenario file."""
        return self.path, 0, self.scenario.title

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override] # pytest's own has a style parameter that nothing here needs
        """Tell what was found."""
        if isinstance(excinfo.value, DrillNotPassed):
            return "\n".join(excinfo.value.told.lines)
        if isinstance(excinfo.value, DrillError):
            return str(excinfo.value)
        if os.environ.get(TRACEBACK_VARIABLE):
            return str(super().repr_failure(excinfo))
        assert isinstance(excinfo.value, Exception)
        return broke(excinfo.value)


def _drill(request: pytest.FixtureRequest) -> None:
    """Play the item's scenario and leave its evidence and page in the run's folder."""
    item = request.node
    assert isinstance(item, DrillItem)
    config, scenario = item.config, item.scenario
    settings = project_settings.read(config.rootpath)
    patience.agree(settings.stalled_after_seconds)
    accepted = dict(settings.accept_unverified)
    for text in config.getoption("drill_accept_unverified"):
        store, reason = project_settings.parse_acceptance(text)
        accepted[store] = reason
    directory = _run_directory(config) / scenario.slug
    with environment.ours():
        runtime = runtime_of(
            scenario,
            settings,
            config.getoption("drill_runtime") or settings.runtime,
            config.getoption("drill_pull") or settings.pull,
        )
        try:
            evidence = play(
                scenario,
                runtime,
                directory,
                DrillSettings(
                    run_id=config.stash[RUN_ID],
                    accepted=accepted,
                    rerun=rerun_of(config, scenario),
                ),
                config.stash.get(WATCHER, Unwatched()),
            )
        except DrillInterrupted as interruption:
            with uninterrupted():
                tell(rejudge(interruption.evidence, directory), directory)
            raise
    judged = rejudge(evidence, directory)
    item.stash[TOLD] = told = tell(judged, directory)
    item.user_properties += pytest_html.properties(judged)
    item.stash[DETAILS] = pytest_html.details(judged)
    if told.verdict is not Verdict.PASS:
        raise DrillNotPassed(told)


def rerun_of(config: pytest.Config, scenario: Scenario) -> str:
    """Return the command that plays a drill again as it was asked for, as a shell takes it."""
    asked = ["drill", "run", scenario.path.as_posix(), "--random", str(scenario.seed.random)]
    for option, name in (("--runtime", "drill_runtime"), ("--pull", "drill_pull")):
        if chosen := config.getoption(name):
            asked += [option, chosen]
    for text in config.getoption("drill_accept_unverified"):
        asked += ["--accept-unverified", text]
    if chosen := config.getoption("drill_reports"):
        asked += ["--reports", chosen]
    return shlex.join(asked)


def runtime_of(scenario: Scenario, settings: Settings, name: str, pull: str) -> Runtime:
    """Return the runtime that a scenario is played on. Raises: UsageError, Unavailable."""
    own = scenario.platform.hub
    command, images = (own.command, own.image) if own else ((), "")
    return choose(
        name,
        binaries=settings.binaries,
        images=settings.images,
        pull=pull,
        hub_command=scenario.hub.command if scenario.hub else () if images else command,
        own_images={**({"hub": images} if images else {}), **scenario.images},
        compose=scenario.compose,
        platform=scenario.platform,
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a drill's findings in its row of pytest-html's table."""
    report = yield
    told = item.stash.get(TOLD, None)
    if report.when == "call" and told is not None:
        vars(report)["extras"] = item.stash[DETAILS]
        attach(report, told)
    if report.failed and isinstance(item, DrillItem):
        # As plain data, which pytest-xdist carries between processes.
        unverified = told is None or told.verdict is Verdict.UNVERIFIED
        vars(report)[_UNVERIFIED_ATTRIBUTE] = unverified
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Count what could not be verified among the errors: nothing of it failed."""
    return ("error", "E", Verdict.UNVERIFIED.value) if _is_unverified(report) else None


def _is_unverified(report: object) -> bool:
    return bool(vars(report).get(_UNVERIFIED_ATTRIBUTE))


class Conductor:
    """The process that conducts a run; pytest-xdist's workers have none."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Learn whether anything failed, a drill or a test beside them."""
        self._failed |= report.failed and not _is_unverified(report)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, None, None]:
        """End with 3 where nothing failed; the command that watches has its own exit codes."""
        yield
        is_ours = exitstatus == pytest.ExitCode.TESTS_FAILED and not self._failed
        if is_ours and WATCHER not in self._config.stash:
            session.exitstatus = UNVERIFIED

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionstart(self) -> Generator[None, None, None]:
        """Let no worker of pytest-xdist be interrupted while it loads: it would say where."""
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            return (yield)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is missing of the run's reports."""
        for note in self._config.stash[NOTES]:
            terminalreporter.write_line(note)


class DrillIndex:
    """pytest-html's report with the drills' own words, where one is asked for."""

    def __init__(self, config: pytest.Config, report: Path, run: Path) -> None:
        self._config = config
        self._run = run
        self._way = pytest_html.way_between(report, run)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """Let an index that cannot be written take nothing with it."""
        try:
            yield
        except (OSError, ValueError) as error:
            # A path that is no Unicode cannot be written into its page.
            self._config.stash[NOTES].append(
                f"the index of the run could not be written: {writing.reason(error)}"
            )

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """Name the page."""
        report.title = pytest_html.TITLE

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Say the run's verdict above the table."""
        with contextlib.suppress(DrillError):
            prefix.append(pytest_html.introduction(run_folder.read(self._run), self._way))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the drills' columns."""
        pytest_html.extend_header(cells)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest_html.Reported, cells: list[str]) -> None:
        """Add a drill's cells."""
        pytest_html.extend_row(report, cells, self._way)


def _run_directory(config: pytest.Config) -> Path:
    chosen = config.getoption("drill_reports")
    base = Path(chosen) if chosen else project_settings.read(config.rootpath).reports
    return (config.rootpath / base / config.stash[RUN_ID]).absolute()


def new_run_id() -> str:
    """Return a name for a run's folder that sorts by its beginning."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
