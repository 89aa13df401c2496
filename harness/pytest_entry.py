"""What pytest loads of an installed harness: options, and an eye for scenarios.

A project without scenarios pays for no more than this file; `pytest_plugin` plays drills, and is
loaded once there is one to be played.
"""

import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HANDED = pytest.StashKey[tuple[Any, ...]]()
"""Scenarios that the command has loaded, in place of whatever the arguments name."""
ASKED = pytest.StashKey[Any]()
"""How they are to be played, for a worker."""
HANDED_TO_WORKER = "drill_scenarios"
SCENARIO_FOLDER = "scenarios"
SUFFIXES = (".yaml", ".yml")

_PLAYS = "harness.pytest_plugin"
_HEAD_BYTES = 64 << 10
_SCENARIO = re.compile(rb"^(?:seed|timeline)[ \t]*:", re.MULTILINE)
"""Keys that each scenario has, and hardly a file of another tool's."""


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
    """Load what plays drills when scenarios are asked for: it has to see the run begin."""
    handed = getattr(config, "workerinput", {}).get(HANDED_TO_WORKER)
    if handed is not None:
        # Of the process that started this.
        config.stash[HANDED], config.stash[ASKED] = pickle.loads(handed)  # noqa: S301 - see above
    if wants_scenarios(config):
        config.pluginmanager.import_plugin(_PLAYS)


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Load it also before a scenario is collected that nobody asked for by name."""
    if is_scenario(collection_path, config):
        config.pluginmanager.import_plugin(_PLAYS)
    return None


def is_scenario(file: Path, config: pytest.Config) -> bool:
    """Tell what is to be collected: all YAML of a folder named `scenarios` that was asked for, and
    otherwise what has a scenario's keys, there or named itself.
    """
    if file.suffix not in SUFFIXES:
        return False
    if any(file.is_relative_to(asked) for asked in _asked(config)):
        return True
    return (_is_inside(file, config) or file in _named(config)) and _has_keys(file)


def wants_scenarios(config: pytest.Config) -> bool:
    """Tell whether the arguments name scenarios, or a folder of them."""
    if HANDED in config.stash or any(_asked(config)):
        return True
    for path in _named(config):
        within = (path / SCENARIO_FOLDER).glob("*") if path.is_dir() else [path]
        if any(file.suffix in SUFFIXES and _has_keys(file) for file in within):
            return True
    return False


def _asked(config: pytest.Config) -> Iterator[Path]:
    """Yield the arguments that lie in a folder of scenarios, or are one."""
    return (path for path in _named(config) if _is_inside(path, config))


def _is_inside(path: Path, config: pytest.Config) -> bool:
    # Where the project itself lies says nothing of its files.
    above = config.rootpath.parent
    parts = path.relative_to(above).parts if path.is_relative_to(above) else path.parts
    return SCENARIO_FOLDER in parts


def _named(config: pytest.Config) -> Iterator[Path]:
    return (Path(argument.partition("::")[0]).absolute() for argument in config.args)


def _has_keys(file: Path) -> bool:
    try:
        with file.open("rb") as content:
            return bool(_SCENARIO.search(content.read(_HEAD_BYTES)))
    except (OSError, ValueError):
        return False
