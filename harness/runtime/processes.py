"""Every process of a drill carries its marks, so that it is found whoever started it."""

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from harness.runtime.shared_memory import SharedMemory

DRILL_MARK = "RESTORE_DRILL_ID"
OWNER_MARK = "RESTORE_DRILL_OWNER"
DIRECTORY_MARK = "RESTORE_DRILL_DIRECTORY"
SERVICE_MARK = "RESTORE_DRILL_SERVICE"

KILLED_WITHIN_SECONDS = 10.0
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

    def carries(environ: Mapping[str, str]) -> bool:
        return environ.get(DRILL_MARK) == drill_id and environ.get(SERVICE_MARK) == store

    return lambda: _find(carries, [volume])


def of_drill(drill_id: str, directory: Path) -> Find:
    """Return a search for all processes of one drill, its clients too."""
    return lambda: _find(lambda environ: environ.get(DRILL_MARK) == drill_id, [directory])


def of_the_abandoned(base: Path, directories: list[Path]) -> Find:
    """Return a search for the processes of drills whose owner is dead and whose directory is in
    `base` or gone. `directories` are those still there.
    """

    def carries(environ: Mapping[str, str]) -> bool:
        if any(mark not in environ for mark in (DRILL_MARK, OWNER_MARK, DIRECTORY_MARK)):
            return False
        directory = Path(environ[DIRECTORY_MARK])
        ours = directory.parent == base or not directory.exists()
        return ours and not is_alive(environ[OWNER_MARK])

    return lambda: _find(carries, directories)


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


def _find(carries: Callable[[Mapping[str, str]], bool], homes: list[Path]) -> list[psutil.Process]:
    """Return the processes whose environment says so, all their descendants, and the processes of
    PostgreSQL that work in one of the directories `homes`.
    """
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            if carries(process.environ()) or _is_backend(process, homes):
                found[process.pid] = process
        except psutil.Error:
            continue  # It ended meanwhile, or belongs to somebody else.
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


def _is_backend(process: psutil.Process, homes: list[Path]) -> bool:
    # A process forked by PostgreSQL's postmaster overwrites its environment with its title and
    # leaves the process group: only its name and its working directory, PGDATA, still tell.
    if not homes or process.name() != "postgres":
        return False
    return any(Path(process.cwd()).is_relative_to(home) for home in homes)


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
