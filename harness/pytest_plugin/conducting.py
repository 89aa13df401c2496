"""The process that conducts a run of pytest passes on to the suite what becomes of each drill."""

import contextlib
import signal
from collections.abc import Generator
from typing import Any

import pytest

from harness.core.interruption import settle, uninterrupted
from harness.report.telling import told_by
from harness.suite import Ended, Suite

UNVERIFIED = 3
"""The exit status of a run in which nothing failed, and something could not be verified."""
ENDS_WITHIN_SECONDS = 120

_UNVERIFIED_ATTRIBUTE = "drill_unverified"


def mark_unverified(report: pytest.TestReport, is_unverified: bool) -> None:
    """Say so on a report, as plain data, which pytest-xdist carries between processes."""
    vars(report)[_UNVERIFIED_ATTRIBUTE] = is_unverified


def unverified(report: object) -> bool:
    """Tell whether a report is of a drill that could not be verified."""
    return bool(vars(report).get(_UNVERIFIED_ATTRIBUTE))


class Conductor:
    """A pytest plugin of the process that conducts a run; pytest-xdist's workers have none.

    A command that `has_own_codes` for how a suite ended is given no exit status of ours.
    """

    def __init__(self, suite: Suite, *, has_own_codes: bool) -> None:
        self._suite = suite
        self._has_own_codes = has_own_codes
        self._failed = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell what makes a file no scenario."""
        if report.failed:
            self._suite.refused(str(report.longrepr))

    def pytest_runtest_logstart(self, location: tuple[str, int | None, str]) -> None:
        """Tell that a drill begins."""
        self._suite.begun(location[0])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell how a drill ended; know whether anything failed, it or a test beside it."""
        self._failed |= report.failed and not unverified(report)
        if report.when == "call" or not report.passed:
            slug = report.nodeid.rpartition("::")[2]
            reason = "" if report.passed else str(report.longrepr)
            self._suite.ended(Ended(slug, report.nodeid, told_by(report), reason))

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, None, None]:
        """Close the suite when every worker has ended; end with 3 where nothing failed."""
        yield
        self._suite.closed()
        if exitstatus == pytest.ExitCode.TESTS_FAILED and not (self._failed or self._has_own_codes):
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
        """Say what is missing of the run's reports, and where its page is."""
        pages = self._suite.pages
        for line in (*self._suite.notes, *pages.lines, *pages.annotations):
            terminalreporter.write_line(line)


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
