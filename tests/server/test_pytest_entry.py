"""An installed harness plays the scenarios of any folder, and costs a project without any nothing.

The plugin is loaded by its entry point, as in any project: no conftest.py, no `-p`.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from drill_process import SMALL, Command

OF_ANOTHER_TOOL = "title: Deploy\nhosts: all\nsteps: [{seed: 1}]\n"
WITHOUT_TITLE = SMALL.replace("title:", "titel:")


def _pytest(
    folder: Path, *arguments: str, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:valkey", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project that keeps another tool's files in a folder named `scenarios`."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "deploy.yaml").write_text(OF_ANOTHER_TOOL)
    # What pytest has loaded is told by a test, when everything is collected.
    (tmp_path / "test_own.py").write_text(
        "import sys\n"
        "def test_own():\n"
        "    loaded = {n for n in sys.modules if n.split('.')[0] == 'harness'}\n"
        "    assert {'harness', 'harness.pytest_entry'} == loaded\n"
    )
    return tmp_path


def test_a_project_without_scenarios_loads_nothing_and_collects_its_own(project: Path) -> None:
    """Another tool's file is none of ours, and no report is left."""
    ended = _pytest(project)
    assert (0, True) == (ended.returncode, "1 passed" in ended.stdout), ended.stdout
    assert not (project / "reports").exists()


def test_scenarios_are_found_beside_what_is_none(project: Path) -> None:
    """A scenario has a scenario's keys, whatever else is wrong with it."""
    (project / "scenarios" / "small.yaml").write_text(SMALL)
    (project / "scenarios" / "wrong.yaml").write_text(WITHOUT_TITLE)
    said = _pytest(project, "--collect-only", "-q").stdout
    assert "scenarios/small.yaml::small" in said
    assert "scenarios/wrong.yaml:2: key 'titel' is unknown" in said
    assert "deploy.yaml" not in said


@pytest.mark.parametrize("argument", ["scenarios", "scenarios/deploy.yaml"])
def test_a_folder_of_scenarios_that_is_asked_for_is_taken_at_its_word(
    project: Path, argument: str
) -> None:
    """What is no scenario there is a mistake, and none is passed over."""
    ended = _pytest(project, argument)
    assert 2 == ended.returncode
    assert "scenarios/deploy.yaml:1: key 'timeline' is missing" in ended.stdout


def test_what_is_unverified_is_an_error_which_a_failure_outranks(tmp_path: Path) -> None:
    """A drill that could not be verified beside a test that failed: exit 1, each counted."""
    command = Command(tmp_path)
    (tmp_path / "test_failing.py").write_text("def test_failing(): assert False\n")
    ended = _pytest(
        tmp_path,
        *("--drill-runtime=docker", "scenarios", "test_failing.py"),
        environ={**command.environ, "DOCKER_HOST": "unix:///nowhere"},
    )
    assert (1, True) == (ended.returncode, "1 failed, 1 error" in ended.stdout), ended.stdout
    assert "UNVERIFIED scenarios/small.yaml::small" in ended.stdout


def test_a_conftest_that_names_the_plugin_registers_nothing_twice(project: Path) -> None:
    """As projects wrote it before the package brought an entry point."""
    (project / "scenarios" / "small.yaml").write_text(SMALL)
    (project / "conftest.py").write_text('pytest_plugins = ["harness.pytest_plugin"]\n')
    said = _pytest(project, "--collect-only", "-q", "scenarios/small.yaml").stdout
    assert "1 test collected" in said, said


HANDS_OVER = """
import os, sys, pytest
from pathlib import Path
from harness.pytest_plugin import Handed
from harness.scenario.load import load
from harness.suite import Asked, Suite

file = Path("scenarios/small.yaml")
suite = Suite(Asked(runtime="docker"), "run", Path.cwd())
suite.open()
handed = Handed([load(file)], suite)
file.unlink()
own = ["-c", os.devnull, "--rootdir=.", "-p", "harness.pytest_entry", "--disable-plugin-autoload"]
own += ["-p", "xdist", "-p", "no:cacheprovider", *sys.argv[1:], "."]
raise SystemExit(pytest.main(own, plugins=[handed]))
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_scenario_that_was_handed_over_is_not_read_again(tmp_path: Path, workers: str) -> None:
    """Its file is gone when it is to be played, in this process or in a worker's."""
    command = Command(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-c", HANDS_OVER, "-n", workers],
        cwd=tmp_path,
        env={**command.environ, "DOCKER_HOST": "unix:///nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    # Whoever hands over has exit codes of its own.
    assert 1 == ended.returncode, ended.stdout + ended.stderr
    assert "UNVERIFIED scenarios/small.yaml::small" in ended.stdout
