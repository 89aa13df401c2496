"""A file of a scenario, and the one drill in it."""

import os
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import TRACEBACK_VARIABLE, DrillError, broke
from harness.core.verdict import Verdict
from harness.pytest_entry import HANDED
from harness.pytest_plugin.handing import suite_of
from harness.report import pytest_html
from harness.report.telling import Told
from harness.scenario.load import load
from harness.scenario.model import Scenario
from harness.scenario.platform_file import kinds_of
from harness.scenario.problem import shown_path

TOLD = pytest.StashKey[Told]()
DETAILS = pytest.StashKey[list[dict[str, str | None]]]()


class DrillNotPassed(Exception):
    """A drill whose verdict is not PASS."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.lines[0])
        self.told = told


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


class ScenarioFile(pytest.File):
    """One scenario file; an invalid one is a collection error with all of its messages."""

    handed: Scenario | None = None

    def collect(self) -> Generator[pytest.Item, None, None]:
        """Yield the file's one drill; nothing is started."""
        try:
            asked = suite_of(self.config).asked
            kinds = kinds_of(self.config.rootpath, asked.settings.platform)
            scenario = self.handed or load(self.path, kinds)
        except DrillError as error:
            raise self.CollectError(str(error)) from None
        if asked.random is not None:
            scenario = replace(scenario, seed=replace(scenario.seed, random=asked.random))
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
    played = suite_of(item.config).play(item.scenario)
    item.stash[TOLD] = played.told
    item.user_properties += pytest_html.properties(played.judged)
    item.stash[DETAILS] = pytest_html.details(played.judged)
    if played.told.verdict is not Verdict.PASS:
        raise DrillNotPassed(played.told)
