"""Shared memory of killed processes is removed, for nobody else would.

PostgreSQL removes its segments when it stops in order, or when it starts again on the same data
directory. A drill kills it and removes that directory, so both would stay until a reboot: a System
V segment (there are at most 4,096 of them) and files in /dev/shm. Of a server that somebody else
has killed, its lock file still names the segment. Elsewhere than on Linux nothing is found and
nothing is removed.
"""

import ctypes
import os
from dataclasses import dataclass, field
from pathlib import Path

_MAPS_PATH_FIELD = 5
_MAPS_INODE_FIELD = 4
LOCK_FILE = "postmaster.pid"

_IPC_RMID = 0
# Source: PostgreSQL 17, pidfile.h: "shared memory key" is line 7, with the segment's id.
_SEGMENT_LINE = 6
_LOCK_FILE_AT_MOST_BYTES = 4096
_SYSV = "/SYSV"
_POSIX = "/dev/shm/PostgreSQL."  # noqa: S108 - PostgreSQL's own files are found there


@dataclass(slots=True)
class SharedMemory:
    """Segments that processes of a drill had mapped: System V ids and POSIX files."""

    segments: set[int] = field(default_factory=set)
    files: set[Path] = field(default_factory=set)

    def note(self, pid: int) -> None:
        """Remember what this process has mapped now; to be called before it is killed."""
        try:
            maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        for line in maps.splitlines():
            fields = line.split(maxsplit=_MAPS_PATH_FIELD)
            path = fields[_MAPS_PATH_FIELD] if len(fields) > _MAPS_PATH_FIELD else ""
            if path.startswith(_SYSV):
                # The kernel shows a segment's id as the inode of its mapping.
                self.segments.add(int(fields[_MAPS_INODE_FIELD]))
            elif path.startswith(_POSIX):
                self.files.add(Path(path.removesuffix(" (deleted)")))

    def remove(self) -> None:
        """Remove the segments that no process uses any more, and the files."""
        for segment in self.segments & _unused().keys():
            ctypes.CDLL(None).shmctl(segment, _IPC_RMID, None)
        for file in self.files:
            file.unlink(missing_ok=True)


def remove_named(lock_file: Path) -> None:
    """Remove the segment that a dead postmaster's lock file names, if it is of the same user."""
    try:
        descriptor = os.open(lock_file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    with os.fdopen(descriptor, "rb") as file:
        owner = os.fstat(descriptor).st_uid
        lines = file.read(_LOCK_FILE_AT_MOST_BYTES).splitlines()
    try:
        key, segment = map(int, lines[_SEGMENT_LINE].split())
    except (IndexError, ValueError):
        return
    if _unused().get(segment) == (key, owner):
        ctypes.CDLL(None).shmctl(segment, _IPC_RMID, None)


def _unused() -> dict[int, tuple[int, int]]:
    """Return key and owner of each System V segment, by id, that no process has attached."""
    try:
        _, *rows = Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    # Columns: key, shmid, perms, size, cpid, lpid, nattch, uid, ...
    columns = [row.split() for row in rows]
    return {int(c[1]): (int(c[0]), int(c[7])) for c in columns if c[6] == "0"}
