"""Drill directories and the processes of drills: found by their marks, removed, nothing else."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.core.errors import DrillError
from harness.core.ports import Cleanup
from harness.runtime import processes, workdir
from harness.runtime.marker import beside

SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")

# A harness that is killed: it makes a drill directory and starts a process that it never records.
HARNESS = """
import subprocess, sys
from harness.runtime import processes, workdir
drill = workdir.create(sys.argv[1])
marks = processes.marks(drill.drill_id, drill.path)
left = subprocess.Popen(sys.argv[2:], env=marks, stdout=subprocess.DEVNULL, start_new_session=True)
print(left.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a base directory of this test's own."""
    monkeypatch.setenv(workdir.HOME_VARIABLE, str(tmp_path / "drills"))
    return workdir.base_directory()


@pytest.fixture
def killed_harness(home: Path) -> Iterator[psutil.Process]:
    """Kill a harness and give the process that outlives it."""
    with _sleeping_below_a_harness("killed") as (harness, sleeper):
        harness.kill()
        harness.wait()
        yield sleeper
    assert home.is_dir()


class _sleeping_below_a_harness:  # noqa: N801 - reads as a phrase after `with`
    def __init__(self, drill_id: str) -> None:
        self._harness = subprocess.Popen(
            [sys.executable, "-c", HARNESS, drill_id, *SLEEPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> tuple[subprocess.Popen[str], psutil.Process]:
        assert self._harness.stdout is not None
        self._sleeper = psutil.Process(int(self._harness.stdout.readline()))
        return self._harness, self._sleeper

    def __exit__(self, *_: object) -> None:
        if self._sleeper.is_running():
            self._sleeper.kill()
        self._harness.kill()
        self._harness.communicate()


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_drill_directory_is_private_and_marked(home: Path) -> None:
    """Nobody else may read a drill's directory or list those of others; its marker is beside it."""
    drill = workdir.create("one")
    assert 0o700 == drill.path.stat().st_mode & 0o777
    assert 0o711 == home.stat().st_mode & 0o777
    assert ["one", "one.restore-drill.json"] == sorted(path.name for path in home.iterdir())


@pytest.mark.parametrize("home", ["", "/somewhere"])
def test_the_base_is_per_user(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each user has a directory of their own, below the temporary one or any other."""
    monkeypatch.setenv(workdir.HOME_VARIABLE, home)
    expected = Path(home or tempfile.gettempdir()) / f"restore-drills-{os.geteuid()}"
    assert expected == workdir.base_directory()


def test_a_drill_name_is_taken_once(home: Path) -> None:
    """Two drills never share a directory."""
    workdir.create("one")
    with pytest.raises(DrillError) as refused:
        workdir.create("one")
    assert f"a drill named one is there already: {home / 'one'}" == str(refused.value)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden"])
def test_a_drill_name_cannot_lead_elsewhere(name: str) -> None:
    """A name that is no plain file name is refused."""
    with pytest.raises(DrillError) as refused:
        workdir.create(name)
    assert f"{name!r} is no name for a drill directory" == str(refused.value)


def test_an_unusable_base_is_an_error_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be made, the message says where to make it instead."""
    (tmp_path / "file").touch()
    base = tmp_path / "file" / "drills"
    monkeypatch.setenv(workdir.HOME_VARIABLE, str(base))
    with pytest.raises(DrillError) as refused:
        workdir.create("one")
    assert (
        f"cannot make {workdir.base_directory()}: Not a directory\n"
        "HINT: Set DRILL_HOME to a writable directory on a disk with free space."
        == str(refused.value)
    )


def test_an_unmarked_directory_is_not_removed(home: Path) -> None:
    """A directory without our marker is passed over."""
    kept = home / "kept"
    kept.mkdir(parents=True, mode=0o711)
    home.chmod(0o711)
    assert Cleanup((), ()) == workdir.clean()
    assert kept.is_dir()


@pytest.mark.usefixtures("home")
def test_directories_without_permissions_are_removed() -> None:
    """What an archive with odd modes left behind is removed all the same."""
    drill = workdir.create("one")
    locked = drill.path / "a" / "b"
    locked.mkdir(parents=True)
    (locked / "file").touch()
    locked.chmod(0)
    locked.parent.chmod(0o500)
    drill.remove()
    assert not drill.path.exists()
    assert not beside(drill.path).exists()


@pytest.mark.usefixtures("home")
def test_a_living_drill_is_left_alone() -> None:
    """Cleaning up touches nothing of a drill whose owner is alive."""
    with _sleeping_below_a_harness("living") as (_, sleeper):
        assert [] == workdir.find_abandoned()
        assert Cleanup((), ()) == workdir.clean()
        assert _lives(sleeper)


def test_a_killed_harness_leaves_nothing_behind(home: Path, killed_harness: psutil.Process) -> None:
    """The next clean-up finds the directory and a process that was never recorded."""
    name = killed_harness.name()
    assert [str(home / "killed")] == workdir.find_abandoned()
    cleaned = workdir.clean()
    expected = (f"{name} (pid {killed_harness.pid})", str(home / "killed"))
    assert Cleanup(expected, ()) == cleaned
    assert not _lives(killed_harness)
    assert [] == list(home.iterdir())


def test_a_process_whose_directory_is_gone_is_found(
    home: Path, killed_harness: psutil.Process
) -> None:
    """An orphan is known by its environment even when nothing else is left of its drill."""
    workdir.remove_tree(home / "killed")
    beside(home / "killed").unlink()
    assert [] == workdir.find_abandoned()
    workdir.clean()
    assert not _lives(killed_harness)


def test_another_base_directory_is_left_alone(
    killed_harness: psutil.Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drill below another DRILL_HOME is for a clean-up with that DRILL_HOME."""
    monkeypatch.setenv(workdir.HOME_VARIABLE, str(tmp_path / "other"))
    assert Cleanup((), ()) == workdir.clean()
    assert _lives(killed_harness)


@pytest.mark.usefixtures("killed_harness")
def test_unmarked_neighbours_survive_a_clean_up(home: Path) -> None:
    """Files, directories and foreign markers in the base directory stay as they are."""
    (home / "file").touch()
    (home / "directory").mkdir()
    (home / ".restore-drill.json").write_text("{}")
    workdir.clean()
    assert [".restore-drill.json", "directory", "file"] == sorted(p.name for p in home.iterdir())


def test_an_owner_is_more_than_its_pid() -> None:
    """A process that only has a dead owner's pid is not that owner."""
    mine = processes.owner_mark()
    pid = mine.partition(":")[0]
    assert processes.is_alive(mine)
    assert not processes.is_alive(f"{pid}:1.00")
    assert not processes.is_alive("no pid")


def test_a_marker_cut_short_is_abandoned_only_when_it_is_old(home: Path) -> None:
    """A half-written marker may be in the making, but not for a minute."""
    home.mkdir(parents=True, mode=0o711)
    marker = beside(home / "half")
    marker.write_text('{"drill_id": "ha')
    assert [] == workdir.find_abandoned()
    an_hour_ago = time.time() - 3600
    os.utime(marker, (an_hour_ago, an_hour_ago))
    assert [str(home / "half")] == workdir.find_abandoned()
