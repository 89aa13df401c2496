"""Every process of a drill carries its marks, so that it is found whoever started it."""

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from harness.core.patience import KILLED_WITHIN_SECONDS
from harness.runtime import marker, programs
from harness.runtime.shared_memory import SharedMemory

DRILL_MARK = "RESTORE_DRILL_ID"
OWNER_MARK = "RESTORE_DRILL_OWNER"
DIRECTORY_MARK = "RESTORE_DRILL_DIRECTORY"
SERVICE_MARK = "RESTORE_DRILL_SERVICE"

_POLL_SECONDS = 0.005

Find = Callable[[], list[psutil.Process]]


def owner_mark() -> str:
    """Return what identifies this process: its pid and its start, in seconds since the boot."""
    return f"{os.getpid()}:{_started_seconds(psutil.Process())}"


def is_alive(owner: str) -> bool:
    """Tell whether the process of an owner mark lives; another one under its pid is not it."""
    pid, _, started = owner.partition(":")
    try:
        process = psutil.Process(int(pid))
        return _started_seconds(process) == started and _runs(process)
    except (psutil.Error, ValueError):
        return False


def marks(drill_id: str, directory: Path) -> dict[str, str]:
    """Return what the environment of every process of this process's drill must hold."""
    return {DRILL_MARK: drill_id, OWNER_MARK: owner_mark(), DIRECTORY_MARK: str(directory)}


def of_service(drill_id: str, store: str, volume: Path) -> Find:
    """Return a search for the processes of one service."""

    def carries(process: psutil.Process) -> bool:
        environ = process.environ()
        is_marked = environ.get(DRILL_MARK) == drill_id and environ.get(SERVICE_MARK) == store
        return is_marked or _is_backend(process, volume)

    return lambda: _find(carries)


def of_drill(drill_id: str, directory: Path) -> Find:
    """Return a search for all processes of one drill, its clients too."""

    def carries(process: psutil.Process) -> bool:
        return process.environ().get(DRILL_MARK) == drill_id or _is_backend(process, directory)

    return lambda: _find(carries)


def of_the_abandoned(markers: Mapping[Path, os.stat_result]) -> Find:
    """Return a search for the processes of drills whose owner is dead, by their directories, each
    with the file that its marker is; and for those of which nothing else is left.
    """

    def is_of(process: psutil.Process, directory: Path) -> bool:
        held = markers.get(directory)
        # In a container, another drill's directory may have the same path.
        return held is not None and _sees(process, marker.beside(directory), held)

    def carries(process: psutil.Process) -> bool:
        environ = process.environ()
        if any(mark not in environ for mark in (DRILL_MARK, OWNER_MARK, DIRECTORY_MARK)):
            return any(is_of(process, home) for home in markers if _is_backend(process, home))
        directory = Path(environ[DIRECTORY_MARK])
        return is_of(process, directory) or _is_orphan(process, directory, environ[OWNER_MARK])

    return lambda: _find(carries)


def halted(find: Find) -> list[str]:
    """Name the processes of a search that somebody has stopped, with their store; of those that
    are named alike, one.
    """
    found: dict[str, psutil.Process] = {}
    for process in find():
        with contextlib.suppress(psutil.Error):
            if programs.is_halted(process):
                found[process.name()] = process
    return [f"{_store_of(process)}{_named(process)}" for process in found.values()]


def _store_of(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error, KeyError):
        return f"{process.environ()[SERVICE_MARK]}: "
    return ""


def kill_all(find: Find) -> tuple[list[str], list[str]]:
    """Kill what a search finds, until it finds nothing, and remove their shared memory.

    Returns the processes killed and those still there, each as `postgres (pid 4711)`.
    """
    killed: dict[int, str] = {}
    shared_memory = SharedMemory()
    deadline_seconds = time.monotonic() + KILLED_WITHIN_SECONDS
    found = find()
    while found and time.monotonic() < deadline_seconds:
        for process in found:
            killed.setdefault(process.pid, _named(process))
            shared_memory.note(process.pid)
        for process in found:
            _kill(process)
        while any(map(_runs, found)) and time.monotonic() < deadline_seconds:
            time.sleep(_POLL_SECONDS)
        found = find()
    shared_memory.remove()
    left = {process.pid for process in found}
    return (
        [name for pid, name in killed.items() if pid not in left],
        [_named(process) for process in found],
    )


def _find(carries: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    """Return the processes that carry marks, and all their descendants."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            if carries(process):
                found[process.pid] = process
        except (psutil.Error, OSError, ValueError):
            continue  # It ended meanwhile, belongs to somebody else, or bears no sensible mark.
    if found:
        _add_descendants(found)
        # A harness started from within a drill must not kill itself.
        for spared in (psutil.Process(), *psutil.Process().parents()):
            found.pop(spared.pid, None)
    return [process for process in found.values() if _runs(process)]


def _add_descendants(found: dict[int, psutil.Process]) -> None:
    children: dict[int, list[psutil.Process]] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            children.setdefault(process.ppid(), []).append(process)
    unvisited = list(found)
    while unvisited:
        for child in children.get(unvisited.pop(), []):
            if child.pid not in found:
                found[child.pid] = child
                unvisited.append(child.pid)


def _is_backend(process: psutil.Process, home: Path) -> bool:
    # A process forked by PostgreSQL's postmaster overwrites its environment with its title and
    # leaves the process group: only its name and its working directory, PGDATA, still tell.
    return process.name() == "postgres" and Path(process.cwd()).is_relative_to(home)


def _sees(process: psutil.Process, path: Path, file: os.stat_result) -> bool:
    """Tell whether a path leads to this very file where the process is: in a container, say."""
    try:
        return os.path.samestat(_seen(process, path), file)
    except FileNotFoundError:
        return False


def _seen(process: psutil.Process, path: Path) -> os.stat_result:
    root = Path(f"/proc/{process.pid}/root")
    return (root / path.relative_to("/") if os.path.lexists(root) else path).lstat()


def _is_orphan(process: psutil.Process, directory: Path, owner: str) -> bool:
    """Tell whether neither the directory nor the owner of a process's drill are there any more."""
    for path in (directory, marker.beside(directory)):
        try:
            _seen(process, path)
        except FileNotFoundError:
            continue
        return False
    return _is_in_this_namespace(process) and not is_alive(owner)


def _is_in_this_namespace(process: psutil.Process) -> bool:
    # An owner's pid says nothing elsewhere.
    try:
        theirs, ours = (Path(f"/proc/{pid}/ns/pid").stat() for pid in (process.pid, "self"))
    except FileNotFoundError:
        return not os.path.lexists("/proc/self/ns/pid")
    return os.path.samestat(theirs, ours)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.Error:
        return  # It ended by itself; one that refuses is found again.


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _named(process: psutil.Process) -> str:
    try:
        return f"{process.name()} (pid {process.pid})"
    except psutil.Error:
        return f"pid {process.pid}"


def _started_seconds(process: psutil.Process) -> str:
    # Since the boot: the time of day may be set while a drill runs.
    return f"{process.create_time() - psutil.boot_time():.2f}"
