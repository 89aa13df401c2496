"""A scenario file is a pytest item: selected, run, reported and distributed like any test.

What pytest tells of drills is passed on to their suite. `pytest_entry` loads this when there is a
scenario to be played.
"""

import os
import signal
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import DrillError
from harness.core.verdict import Verdict
from harness.pytest_entry import HANDED, is_scenario, wants_scenarios
from harness.pytest_plugin.conducting import Conductor, WorkerWatch, mark_unverified, unverified
from harness.pytest_plugin.handing import Handed, suite_of
from harness.pytest_plugin.html_index import HtmlIndex
from harness.pytest_plugin.items import DETAILS, TOLD, DrillItem, HandedFiles, ScenarioFile
from harness.report import pytest_html
from harness.report.telling import attach

__all__ = ["Handed"]

pytest_plugins = ["harness.pytest_entry"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin a suite when scenarios are asked for; let a worker end its drill in peace."""
    worker = hasattr(config, "workerinput")
    if worker and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # What a terminal sends to all is passed on by the controller.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    if worker or config.option.collectonly or not wants_scenarios(config):
        return
    try:
        suite = suite_of(config)
        if HANDED not in config.stash:
            suite.open()
    except DrillError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(Conductor(suite, has_own_codes=HANDED in config.stash))
    if htmlpath := config.getoption("htmlpath", None):
        config.option.css = [*config.getoption("css"), str(pytest_html.STYLE)]
        index = Path(os.path.expandvars(htmlpath)).expanduser().absolute()
        config.pluginmanager.register(HtmlIndex(suite, index))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give every xdist worker the run's name."""
    node.workerinput["drill_run_id"] = suite_of(node.config).folder.name
    node.config.pluginmanager.register(WorkerWatch(node))


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect what was handed over in place of the folder that pytest is run in."""
    if HANDED in parent.config.stash and path == parent.config.rootpath:
        return HandedFiles.from_parent(parent, path=path)
    return None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenario files."""
    if is_scenario(file_path, parent.config):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep what is to be played."""
    drills = [item.scenario for item in session.items if isinstance(item, DrillItem)]
    if drills and not session.config.option.collectonly:
        suite_of(session.config).plan(drills)


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
        mark_unverified(report, told is None or told.verdict is Verdict.UNVERIFIED)
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Count what could not be verified among the errors: nothing of it failed."""
    return ("error", "E", Verdict.UNVERIFIED.value) if unverified(report) else None
