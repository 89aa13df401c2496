"""What is ours is proven: no forgery, namespace or odd file makes a clean-up touch aught else."""

import errno
import fcntl
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from harness.core.errors import DrillError
from harness.core.ports import Cleanup
from harness.runtime import workdir
from harness.runtime.marker import beside

NOBODY = 65534
IN_A_NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")

# A harness with a server, which is told to end by the end of its input.
HARNESS = """
import subprocess, sys
from harness.runtime import processes, workdir
drill = workdir.create(sys.argv[1])
(drill.path / "data").touch()
marks = processes.marks(drill.drill_id, drill.path)
subprocess.Popen(["sleep", "600"], env=marks, start_new_session=True, stdout=subprocess.DEVNULL)
print("up", flush=True)
sys.stdin.read()
"""
CLEAN = "from harness.runtime import workdir; print(workdir.clean())"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root meets other users' files")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of this user's drills, made, in a base of this test's own."""
    monkeypatch.setenv(workdir.HOME_VARIABLE, str(tmp_path / "base"))
    made = workdir.base_directory()
    made.mkdir(parents=True)
    made.chmod(0o711)
    return made


@contextmanager
def _harness(drill_id: str, *, within: tuple[str, ...] = ()) -> Iterator[psutil.Process]:
    """Run a harness with one server, which is given."""
    harness = subprocess.Popen(
        [*within, sys.executable, "-c", HARNESS, drill_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert harness.stdout is not None
        assert "up\n" == harness.stdout.readline()
        below = psutil.Process(harness.pid).children(recursive=True)
        yield next(process for process in below if process.name() == "sleep")
    finally:
        for process in psutil.Process(harness.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        harness.kill()
        harness.communicate()


def _assert_untouched(home: Path, server: psutil.Process) -> None:
    assert (home / "living" / "data").is_file()
    assert psutil.STATUS_ZOMBIE != server.status()


def _require_namespaces() -> None:
    if subprocess.run([*IN_A_NAMESPACE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this user may not make PID namespaces")


def test_a_drill_in_another_namespace_is_alive(home: Path) -> None:
    """Its pid says nothing here, and its lock says everything."""
    _require_namespaces()
    with _harness("living", within=IN_A_NAMESPACE) as server:
        assert Cleanup((), ()) == workdir.clean()
        _assert_untouched(home, server)


def test_a_clean_up_in_another_namespace_leaves_a_living_drill(home: Path) -> None:
    """What it cannot see the harness of is not dead."""
    _require_namespaces()
    with _harness("living") as server:
        cleaned = subprocess.run(
            [*IN_A_NAMESPACE, sys.executable, "-c", CLEAN],
            check=True,
            capture_output=True,
            text=True,
        )
        assert f"{Cleanup((), ())}\n" == cleaned.stdout
        _assert_untouched(home, server)


def test_a_drill_killed_in_another_namespace_is_found(home: Path) -> None:
    """Its server, which lives on in there, is killed from here."""
    _require_namespaces()
    with _harness("killed", within=IN_A_NAMESPACE) as server:
        parent = server.parent()
        assert parent is not None
        # The namespace itself lives as long as its first process.
        keeper = subprocess.Popen(
            ["nsenter", f"--target={server.pid}", "--pid", "sleep", "600"], start_new_session=True
        )
        parent.kill()
        keeper.kill()
        keeper.wait()
        psutil.wait_procs([server], timeout=0.1)
        workdir.clean()
        assert [] == list(home.iterdir())
        assert not server.is_running() or psutil.STATUS_ZOMBIE == server.status()


def _aged(marker: Path) -> None:
    os.utime(marker, (time.time() - 3600,) * 2)


def _rewrite(text: str) -> Callable[[Path], None]:
    def tamper(marker: Path) -> None:
        marker.write_text(text)
        _aged(marker)

    return tamper


def _replace(marker: Path) -> None:
    said = marker.read_text()
    marker.unlink()
    marker.write_text(said)
    _aged(marker)


@pytest.mark.parametrize(
    "tamper",
    [
        _rewrite(""),
        _rewrite("no marker"),
        _rewrite('{"drill_id": "living", "owner": "1:0.00", "locked": true}'),
        Path.unlink,
    ],
    ids=["emptied", "overwritten", "a dead owner", "removed"],
)
def test_a_living_drill_survives_whatever_its_marker_says(
    home: Path, tamper: Callable[[Path], None]
) -> None:
    """The lock is on the file, not in it."""
    with _harness("living") as server:
        tamper(beside(home / "living"))
        assert Cleanup((), ()) == workdir.clean()
        _assert_untouched(home, server)


def test_a_dead_drill_with_a_marker_that_says_nothing_is_left_and_named(home: Path) -> None:
    """A directory is removed for what its marker says only."""
    with _harness("dead"):
        pass
    _rewrite("no marker")(beside(home / "dead"))
    said = (
        f"{home / 'dead'}: its marker does not say what a marker says;"
        " remove it and dead.restore-drill.json by hand"
    )
    cleaned = workdir.clean()
    assert (said,) == cleaned.left
    assert (home / "dead" / "data").is_file()


@pytest.mark.parametrize("kind", ["fifo", "folder", "socket", "link", "huge", "another's"])
def test_an_odd_marker_is_named_and_passed_over(
    home: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither opened nor waited for, and the others are cleaned up."""
    (home / "odd").mkdir()
    odd = beside(home / "odd")
    said = "its marker is no regular file"
    match kind:
        case "fifo":
            os.mkfifo(odd)
        case "folder":
            odd.mkdir()
        case "socket":
            monkeypatch.chdir(home)
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(odd.name)
        case "link":
            (home / "target").write_text('{"drill_id": "odd", "locked": true}')
            odd.symlink_to(home / "target")
        case "huge":
            with odd.open("wb") as file:
                file.truncate(1 << 40)
            _aged(odd)
            said = "its marker does not say what a marker says"
        case "another's":
            if os.geteuid() != 0:
                pytest.skip("only root gives files away")
            odd.write_text('{"drill_id": "odd", "locked": true}')
            os.chown(odd, NOBODY, NOBODY)
            said = "its marker is another user's"
    with _harness("dead"):
        pass
    cleaned = workdir.clean()
    assert (f"{home / 'odd'}: {said}; remove it and {odd.name} by hand",) == cleaned.left
    assert str(home / "dead") in cleaned.removed
    assert (home / "odd").is_dir()
    assert os.path.lexists(odd)


def test_without_locks_nothing_is_taken_for_dead(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drill runs on such a file system, and is removed by itself or by hand only."""

    def refuses(_: int, __: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", refuses)
        closed = workdir.create("closed")
        closed.remove()
        workdir.create("killed").release()
        [named] = workdir.clean().left
        assert "has no locks" in named
    [named] = workdir.clean().left
    assert "was made where there were no locks" in named
    assert ["killed", "killed.restore-drill.json"] == sorted(path.name for path in home.iterdir())


def test_a_drill_of_another_machine_is_left_and_named(home: Path) -> None:
    """On a file system that machines share, a lock may be seen on its own machine only."""
    workdir.create("there").release()
    marker = beside(home / "there")
    said = json.loads(marker.read_text())
    marker.write_text(json.dumps({**said, "boot": "another", "machine": "elsewhere 0123"}))
    [named] = workdir.clean().left
    assert "it was made on another machine, elsewhere;" in named
    assert (home / "there").is_dir()


def test_a_drill_from_before_a_reboot_is_dead(home: Path) -> None:
    """No lock outlives a reboot, and the machine is still the same."""
    workdir.create("before").release()
    marker = beside(home / "before")
    marker.write_text(json.dumps({**json.loads(marker.read_text()), "boot": "another"}))
    assert Cleanup((str(home / "before"),), ()) == workdir.clean()


@needs_root
@pytest.mark.parametrize("base", ["default", "DRILL_HOME"])
def test_a_forged_marker_in_a_folder_of_all_removes_nothing(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user's marker stands beside what is root's own, in a base that all may write to."""
    everybodys = tmp_path / "everybodys"
    everybodys.mkdir()
    everybodys.chmod(0o777)
    monkeypatch.setenv(workdir.HOME_VARIABLE, str(everybodys) if base == "DRILL_HOME" else "")
    monkeypatch.setattr("tempfile.tempdir", str(everybodys))
    (everybodys / "precious").mkdir()
    forged = beside(everybodys / "precious")
    forged.write_text('{"drill_id": "precious", "locked": true}')
    os.chown(forged, NOBODY, NOBODY)
    drill = workdir.create("mine")
    drill.release()
    assert Cleanup((str(drill.path),), ()) == workdir.clean()
    assert ["precious", "precious.restore-drill.json", f"restore-drills-{os.geteuid()}"] == sorted(
        path.name for path in everybodys.iterdir()
    )


def _by_another(home: Path) -> None:
    os.chown(home, NOBODY, NOBODY)


def _a_link(home: Path) -> None:
    home.rename(home.with_name("elsewhere"))
    home.symlink_to("elsewhere")


def _a_file(home: Path) -> None:
    shutil.rmtree(home)
    home.touch()


@pytest.mark.parametrize(
    "spoil",
    [pytest.param(_by_another, marks=needs_root), _a_link, _a_file, lambda home: home.chmod(0o777)],
    ids=["another user's", "a link", "a file", "open to all"],
)
def test_a_home_that_is_not_ours_alone_is_refused(
    home: Path, spoil: Callable[[Path], None]
) -> None:
    """One message for a drill and for a clean-up; nothing is made or removed there."""
    workdir.create("dead").release()
    spoil(home)
    message = f"{home} is not a directory of this user's alone"
    with pytest.raises(DrillError) as refused:
        workdir.create("one")
    assert message == refused.value.message
    assert Cleanup((), (message,)) == workdir.clean()
    if stat.S_ISDIR(home.stat().st_mode):
        assert (home / "dead").is_dir()
        assert not (home / "one").exists()


@pytest.mark.usefixtures("home")
def test_what_takes_a_drills_place_is_not_removed(tmp_path: Path) -> None:
    """No link in a directory's place is followed, and no other file in a marker's place removed."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    drill = workdir.create("one")
    drill.path.rmdir()
    drill.path.symlink_to(outside)
    with pytest.raises(DrillError):
        drill.remove()
    assert (outside / "file").is_file()
    other = workdir.create("two")
    _replace(beside(other.path))
    other.remove()
    assert beside(other.path).is_file()
