"""A drill's marker is a file that its harness keeps locked for as long as it lives.

The lock tells whether a drill is alive, and nothing that anybody can write does: the kernel keeps
it for one open file, whatever the namespaces and process numbers; it ends with its holder, and no
child inherits it. Where a file system knows no locks, a drill is never taken for dead.
"""

import fcntl
import json
import os
import platform
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MARKER_SUFFIX = ".restore-drill.json"

_READ_AT_MOST_BYTES = 4096
# A marker is locked and written in microseconds; one that says nothing after this was cut short.
_WRITTEN_WITHIN_SECONDS = 60.0
_OPENED = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Doubtful(Exception):
    """It cannot be told whether the drill of this marker is alive; the message says why."""


class Marker:
    """A marker whose lock this process holds, until `release`, and what it says."""

    def __init__(self, descriptor: int, says: Mapping[str, object]) -> None:
        self._descriptor = descriptor
        self.says = says

    @property
    def status(self) -> os.stat_result:
        """What the file system says of the file, whatever its name is by now."""
        return os.fstat(self._descriptor)

    def release(self) -> None:
        """Give the lock up."""
        os.close(self._descriptor)


def beside(directory: Path) -> Path:
    """Return the path of a drill directory's marker."""
    return directory.with_name(directory.name + MARKER_SUFFIX)


def make(name: str, home: int, says: Mapping[str, object]) -> Marker:
    """Make a marker in the opened directory `home`, locked. Raises: OSError: none is left then."""
    descriptor = os.open(name, _OPENED | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=home)
    try:
        text = {**says, "locked": _lock(descriptor), **_here()}
        os.write(descriptor, json.dumps(text).encode())
    except OSError:
        os.unlink(name, dir_fd=home)
        os.close(descriptor)
        raise
    return Marker(descriptor, says)


def seize(path: Path, home: int | None = None, owner: int | None = None) -> Marker | None:
    """Take over a dead drill's marker; None: the drill is alive, or there is no such marker.

    `path` is below the opened directory `home`, if there is one; `owner` is the user whose file it
    must be. Raises: Doubtful: that cannot be told.
    """
    try:
        found = os.stat(path, dir_fd=home, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            raise Doubtful("its marker is no regular file")
        if owner not in {None, found.st_uid}:
            raise Doubtful("its marker is another user's")
        # What is put in its place meanwhile is neither followed nor waited for.
        descriptor = os.open(path, _OPENED, dir_fd=home)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Doubtful(f"its marker cannot be opened: {error.strerror}") from None
    try:
        if _is_dead(descriptor, path, home):
            return Marker(descriptor, _said(descriptor) or {})
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def boot() -> str:
    """Return what tells this running system from all others; its containers are not others."""
    return _first_line("/proc/sys/kernel/random/boot_id") or platform.node()


def _here() -> dict[str, str]:
    return {"boot": boot(), "machine": f"{platform.node()} {_first_line('/etc/machine-id')}"}


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError):
        return ""


def _lock(descriptor: int) -> bool:
    """Lock a file; tell whether there are locks. Raises: BlockingIOError: somebody has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def _is_dead(descriptor: int, path: Path, home: int | None) -> bool:
    """Lock a marker and tell whether its drill is dead.

    Raises: BlockingIOError: its harness has it locked. Doubtful.
    """
    if not _lock(descriptor):
        raise Doubtful("its file system has no locks that would tell whether it is alive")
    said = _said(descriptor)
    if said is None:
        if time.time() - os.fstat(descriptor).st_mtime < _WRITTEN_WITHIN_SECONDS:
            return False
        # The directory is made after its marker was written.
        if _exists(path.with_name(path.name.removesuffix(MARKER_SUFFIX)), home):
            raise Doubtful("its marker does not say what a marker says")
        return True
    if said.get("locked") is not True:
        raise Doubtful("its marker was made where there were no locks")
    # A lock of another machine's may not be seen here, though the file is.
    here = _here()
    if here["boot"] != said.get("boot") and here["machine"] != said.get("machine"):
        raise Doubtful(f"it was made on another machine, {str(said.get('machine')).split(' ')[0]}")
    return True


def _said(descriptor: int) -> dict[str, Any] | None:
    try:
        said = json.loads(os.pread(descriptor, _READ_AT_MOST_BYTES, 0))
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and "drill_id" in said else None


def _exists(path: Path, home: int | None) -> bool:
    try:
        os.stat(path, dir_fd=home, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
