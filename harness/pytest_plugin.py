"""A scenario file is a pytest item: selected, run, reported and distributed like any test."""

import os
import secrets
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harness import settings as project_settings
from harness.core import patience
from harness.core.errors import DrillError
from harness.core.ports import Runtime
from harness.core.progress import Unwatched, Watcher
from harness.core.verdict import Verdict
from harness.drill import DrillSettings, play
from harness.report import page, proofs, pytest_html, summary
from harness.report.rejudge import Rejudged, rejudge
from harness.runtime import choose
from harness.runtime.workdir import clean
from harness.scenario.load import load
from harness.scenario.model import Scenario
from harness.settings import Settings

SCENARIO_FOLDER = "scenarios"
SUFFIXES = (".yaml", ".yml")
WATCHER = pytest.StashKey[Watcher]()
RUN_ID = pytest.StashKey[str]()
JUDGED = pytest.StashKey[Rejudged]()
PAGE = "report.html"


class DrillNotPassed(Exception):
    """A drill whose verdict is not PASS; carries its evidence."""

    def __init__(self, judged: Rejudged) -> None:
        super().__init__(judged.evidence.judgement.sentence)
        self.judged = judged


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `drill run` that a plain pytest run may want too."""
    group = parser.getgroup("drill", "restore drills")
    group.addoption("--drill-runtime", default=None, help="auto, docker or embedded")
    group.addoption("--drill-pull", default=None, help="pull images: never, missing or always")
    group.addoption(
        "--drill-accept-unverified",
        action="append",
        default=[],
        metavar="STORE=REASON",
        help="accept that a store cannot be verified here; shown in amber, with the reason",
    )
    group.addoption(
        "--drill-random", type=int, default=None, help="play with this random seed instead"
    )
    group.addoption("--drill-reports", default=None, metavar="DIR", help="where reports go")
    group.addoption("--drill-run-id", default=None, help="name of this run's folder in there")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Name the run and, when scenarios are asked for, have pytest-html write their index."""
    worker = getattr(config, "workerinput", None)
    run_id = worker["drill_run_id"] if worker else config.getoption("drill_run_id") or _run_id()
    config.stash[RUN_ID] = run_id
    if worker is None and not config.option.collectonly and _wants_scenarios(config):
        if not config.getoption("htmlpath"):
            config.option.htmlpath = str(_run_directory(config) / "index.html")
            config.option.self_contained_html = True
            config.option.css = [*config.getoption("css"), str(pytest_html.STYLE)]
        config.pluginmanager.register(DrillIndex())
        clean()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Give every xdist worker the run's name."""
    config = node.config  # type: ignore[attr-defined] # xdist's WorkerController has no types
    node.workerinput["drill_run_id"] = config.stash[RUN_ID]  # type: ignore[attr-defined] # likewise


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect YAML files below a folder named `scenarios`, and those named on the command line."""
    if file_path.suffix not in SUFFIXES:
        return None
    if SCENARIO_FOLDER in file_path.parts or parent.session.isinitpath(file_path):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """One scenario file; an invalid one is a collection error with all of its messages."""

    def collect(self) -> Generator[pytest.Item, None, None]:
        """Yield the file's one drill; nothing is started."""
        try:
            scenario = load(self.path)
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
            return "\n".join(summary.lines(excinfo.value.judged))
        if isinstance(excinfo.value, DrillError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))


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
    runtime = runtime_of(
        scenario,
        settings,
        config.getoption("drill_runtime") or settings.runtime,
        config.getoption("drill_pull") or settings.pull,
    )
    directory = _run_directory(config) / scenario.slug
    evidence = play(
        scenario,
        runtime,
        directory,
        DrillSettings(
            run_id=config.stash[RUN_ID],
            accepted=accepted,
            rerun=f"drill run {scenario.path.as_posix()} --random {scenario.seed.random}",
        ),
        config.stash.get(WATCHER, Unwatched()),
    )
    judged = rejudge(evidence, directory)
    page.write(judged, directory / PAGE, proofs.last_proven(directory.parents[1]))
    item.stash[JUDGED] = judged
    item.user_properties += pytest_html.properties(judged, f"{scenario.slug}/{PAGE}")
    item.user_properties.append(("drill_evidence", str(directory / "evidence.json")))
    if step_summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(step_summary).open("a", encoding="utf-8") as file:
            file.write(summary.markdown(judged))
    if judged.evidence.judgement.verdict is not Verdict.PASS:
        raise DrillNotPassed(judged)


def runtime_of(scenario: Scenario, settings: Settings, name: str, pull: str) -> Runtime:
    """Return the runtime that a scenario is played on. Raises: UsageError, Unavailable."""
    return choose(
        name,
        binaries=settings.binaries,
        images=settings.images,
        pull=pull,
        hub_command=scenario.hub.command if scenario.hub else (),
        own_images=scenario.images,
        compose=scenario.compose,
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a drill's findings in its row of pytest-html's table."""
    report = yield
    judged = item.stash.get(JUDGED, None)
    if report.when == "call" and judged is not None:
        vars(report)["extras"] = pytest_html.details(judged)
    return report


class DrillIndex:
    """pytest-html's report as the index of a run's drills."""

    def __init__(self) -> None:
        self._drills: list[dict[str, object]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the line above the table counts."""
        if report.when == "call":
            self._drills.append(dict(report.user_properties))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """Name the page."""
        report.title = pytest_html.TITLE

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Say the run's verdict above the table."""
        prefix.append(pytest_html.introduction(self._drills))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the drills' columns."""
        pytest_html.extend_header(cells)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest_html.Reported, cells: list[str]) -> None:
        """Add a drill's cells."""
        pytest_html.extend_row(report, cells)


def _wants_scenarios(config: pytest.Config) -> bool:
    return any(
        SCENARIO_FOLDER in Path(arg).absolute().parts or Path(arg).suffix in SUFFIXES
        for arg in config.args
    )


def _run_directory(config: pytest.Config) -> Path:
    chosen = config.getoption("drill_reports")
    base = Path(chosen) if chosen else project_settings.read(config.rootpath).reports
    return (config.rootpath / base / config.stash[RUN_ID]).absolute()


def _run_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
