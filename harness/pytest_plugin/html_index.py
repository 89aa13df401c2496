"""pytest-html's report with the drills' own words, where one is asked for."""

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from harness.core import writing
from harness.core.errors import DrillError
from harness.report import pytest_html, run_folder
from harness.suite import Suite


class HtmlIndex:
    """A pytest plugin that puts the drills of a suite into the report of pytest-html's."""

    def __init__(self, suite: Suite, report: Path) -> None:
        self._suite = suite
        self._way = pytest_html.way_between(report, suite.folder)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """Let an index that cannot be written take nothing with it."""
        try:
            yield
        except (OSError, ValueError) as error:
            # A path that is no Unicode cannot be written into its page.
            self._suite.notes.append(
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
            prefix.append(pytest_html.introduction(run_folder.read(self._suite.folder), self._way))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Add the drills' columns."""
        pytest_html.extend_header(cells)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest_html.Reported, cells: list[str]) -> None:
        """Add a drill's cells."""
        pytest_html.extend_row(report, cells, self._way)
