"""What the command has loaded is handed over to pytest, here and in pytest-xdist's workers."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import settings
from harness.pytest_entry import ASKED, HANDED, HANDED_TO_WORKER
from harness.scenario.model import Scenario
from harness.suite import Asked, Suite, new_run_id

_SUITE = pytest.StashKey[Suite]()


class Handed:
    """Hands loaded scenarios over to be played as a suite, here or in pytest-xdist's workers: each
    is loaded once, and none of its path is for pytest to read.
    """

    def __init__(self, scenarios: Sequence[Scenario], suite: Suite) -> None:
        self._scenarios = tuple(scenarios)
        self._suite = suite

    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Hand them over before anybody asks whether there are any."""
        early_config.stash[HANDED] = self._scenarios
        early_config.stash[_SUITE] = self._suite

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give them to a worker."""
        node.workerinput[HANDED_TO_WORKER] = pickle.dumps((self._scenarios, self._suite.asked))


def suite_of(config: pytest.Config) -> Suite:
    """Return the suite that a process of pytest plays.

    Raises: DrillError: the project's settings or pytest's options make no sense.
    """
    if _SUITE not in config.stash:
        asked = config.stash.get(ASKED, None) or _asked(config)
        given = getattr(config, "workerinput", {}).get("drill_run_id")
        run_id = given or config.getoption("drill_run_id") or new_run_id()
        config.stash[_SUITE] = Suite(asked, run_id, config.rootpath)
    return config.stash[_SUITE]


def _asked(config: pytest.Config) -> Asked:
    """Return what pytest's own command line asks for."""
    reports = config.getoption("drill_reports")
    return Asked(
        settings.read(config.rootpath),
        config.getoption("drill_runtime"),
        config.getoption("drill_pull"),
        tuple(config.getoption("drill_accept_unverified")),
        config.getoption("drill_random"),
        Path(reports) if reports else None,
    )
