"""Drill directories: made with a marker, and removed with everything that ran in them.

They lie in a folder of this user's own, wherever that is. A drill's marker stands beside its
directory and is written first and removed last, so that a harness killed at any moment leaves
nothing unmarked. What bears no marker is never touched, and no link is followed.
"""

import contextlib
import os
import re
import shutil
import stat
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.core.errors import DrillError
from harness.core.ports import Cleanup
from harness.core.reading import named
from harness.runtime import marker as markers
from harness.runtime import processes, shared_memory
from harness.runtime.marker import MARKER_SUFFIX, Doubtful, Marker

HOME_VARIABLE = "DRILL_HOME"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# The account that a server runs under may pass through; others may neither list nor write.
_HOME_MODE = 0o711


@dataclass(frozen=True, slots=True)
class DrillDirectory:
    """One drill's private directory and its marker, both in the opened directory `home`."""

    drill_id: str
    path: Path
    marker: Marker
    home: int

    def remove(self) -> None:
        """Remove the directory, then its marker, and give up the lock; to be called once.

        Raises: DrillError: something is left.
        """
        for lock_file in self.path.glob(f"volumes/*/*/{shared_memory.LOCK_FILE}"):
            shared_memory.remove_named(lock_file)
        try:
            _remove_tree(self.drill_id, self.path, self.home)
            # What took the marker's place is not ours.
            name = markers.beside(self.path).name
            with contextlib.suppress(FileNotFoundError):
                found = os.stat(name, dir_fd=self.home, follow_symlinks=False)
                if os.path.samestat(found, self.marker.status):
                    os.unlink(name, dir_fd=self.home)
        finally:
            self.release()

    def release(self) -> None:
        """Give up the lock of its marker."""
        self.marker.release()
        os.close(self.home)


def base_directory() -> Path:
    """Return the folder that holds all drill directories of this user; it need not exist."""
    configured = os.environ.get(HOME_VARIABLE)
    base = named(configured, HOME_VARIABLE) if configured else Path(tempfile.gettempdir())
    return base.absolute() / f"restore-drills-{os.geteuid()}"


def create(drill_id: str, *, on_engine: bool = False) -> DrillDirectory:
    """Make a drill's directory, mode 0700, owned by this process.

    A drill `on_engine` has containers, which are looked for before its marker goes.

    Raises: DrillError: it cannot be made, or exists already; nothing is left then.
    """
    if not _ID.fullmatch(drill_id):
        raise DrillError(f"{drill_id!r} is no name for a drill directory")
    base = base_directory()
    path = base / drill_id
    try:
        base.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            base.mkdir(mode=_HOME_MODE)
        home = _opened(base)
        try:
            said = {
                "drill_id": drill_id,
                "owner": processes.owner_mark(),
                "started_utc": datetime.now(UTC).isoformat(),
                "on_engine": on_engine,
            }
            marker = markers.make(drill_id + MARKER_SUFFIX, home, said)
            try:
                os.mkdir(drill_id, mode=0o700, dir_fd=home)
            except OSError:
                os.unlink(drill_id + MARKER_SUFFIX, dir_fd=home)
                marker.release()
                raise
        except BaseException:
            os.close(home)
            raise
    except FileExistsError:
        raise DrillError(f"a drill named {drill_id} is there already: {path}") from None
    except OSError as error:
        raise unusable(path if base.is_dir() else base, error) from None
    return DrillDirectory(drill_id, path, marker, home)


def find_abandoned() -> list[str]:
    """Return the paths of the drill directories whose owner is dead, by name."""
    drills, _ = _abandoned()
    for drill in drills:
        drill.release()
    return [str(drill.path) for drill in drills]


def clean(*, on_engine: bool = False) -> Cleanup:
    """Kill every process and remove every directory of drills whose owner is dead.

    Leaves those alone that have containers, until these were looked for: `on_engine`.
    Finds processes by what their environment says, also those whose directory is gone; leaves
    drills alone whose directory is in another base directory, and tells of what it has doubts
    about.
    """
    drills, doubts = _abandoned()
    for drill in [d for d in drills if d.marker.says.get("on_engine") and not on_engine]:
        drills.remove(drill)
        drill.release()
    search = processes.of_the_abandoned({d.path: d.marker.status for d in drills})
    removed, left = processes.kill_all(search)
    for drill in drills:
        try:
            drill.remove()
            removed.append(str(drill.path))
        except DrillError as error:
            left.append(f"{drill.path}: {error.message}")
    return Cleanup(tuple(removed), (*left, *doubts))


def _abandoned() -> tuple[list[DrillDirectory], list[str]]:
    """Take over dead drills; return them, and the doubts about others, one line each."""
    base = base_directory()
    try:
        home = _opened(base)
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [f"{base}: {error.strerror}"]
    except DrillError as error:
        return [], [error.message]
    drills: list[DrillDirectory] = []
    doubts: list[str] = []
    for name in sorted(entry.name for entry in os.scandir(home)):
        drill_id = name.removesuffix(MARKER_SUFFIX)
        if drill_id == name or not _ID.fullmatch(drill_id):
            continue
        try:
            marker = markers.seize(Path(name), home, os.geteuid())
        except Doubtful as doubt:
            doubts.append(f"{base / drill_id}: {doubt}; remove it and {name} by hand")
            continue
        if marker is not None:
            drills.append(DrillDirectory(drill_id, base / drill_id, marker, os.dup(home)))
    os.close(home)
    return drills, doubts


def remove_tree(path: Path) -> None:
    """Remove a directory whatever the modes of what it holds. Raises: DrillError: it is left."""
    _remove_tree(str(path), path, None)


def unusable(path: Path, error: OSError) -> DrillError:
    """Return the error for a path below the base directory that cannot be made or written."""
    return DrillError(
        f"cannot make {path}: {error.strerror}",
        f"Set {HOME_VARIABLE} to a writable directory on a disk with free space.",
    )


def _opened(base: Path) -> int:
    """Open the folder of this user's drills, whatever takes its place later.

    Raises: DrillError: it is not this user's alone. OSError: there is none, or it cannot be opened.
    """
    # Anybody may make one of this name in a directory that all may write to.
    status = base.lstat()
    if stat.S_ISDIR(status.st_mode):
        home = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        status = os.fstat(home)
        if status.st_uid == os.geteuid() and not status.st_mode & 0o022:
            return home
        os.close(home)
    raise DrillError(
        f"{base} is not a directory of this user's alone",
        f"Remove it, or set {HOME_VARIABLE} to a directory of your own.",
    )


def _remove_tree(name: str, path: Path, home: int | None) -> None:
    """Remove the directory `name` in the opened directory `home`; `path` is for the message."""
    try:
        shutil.rmtree(name, dir_fd=home)
    except FileNotFoundError:
        return
    except OSError:
        try:
            # An unpacked archive may hold directories that their owner may not write to.
            for _, names, _, directory in os.fwalk(name, dir_fd=home):
                for below in names:
                    status = os.stat(below, dir_fd=directory, follow_symlinks=False)
                    if stat.S_ISDIR(status.st_mode):
                        os.chmod(below, 0o700, dir_fd=directory)
            shutil.rmtree(name, dir_fd=home)
        except OSError as error:
            raise DrillError(f"cannot remove {path}: {error.strerror}") from None
