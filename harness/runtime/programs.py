"""A program is run to its end, however long that takes, as long as it or its server works."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from harness.core.patience import KILLED_WITHIN_SECONDS, Meter, Patience, Work, unmeasured

_LOOK_EVERY_SECONDS = 0.25
_HALTED = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)


def run(
    argv: Sequence[str | Path],
    *,
    name: str = "",
    server: Meter = unmeasured,
    is_endless: bool = False,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program in a session of its own: an interrupt at the terminal is for the harness.

    `name` is what it is called, in place of its own; `server` measures whom it works for. Raises:
    OSError: it cannot be executed. Unresponsive: neither works any more; it is killed then.
    """
    with subprocess.Popen(
        argv,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=env,
        start_new_session=True,
    ) as process:
        patience = Patience(name or Path(argv[0]).name, lambda: work_of(process.pid) + server())
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    said = process.communicate(timeout=_LOOK_EVERY_SECONDS)
                    return subprocess.CompletedProcess(argv, process.returncode, *said)
                if not is_endless:
                    patience.check()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            # Whoever left its session may hold its output open; that is killed with the drill.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=KILLED_WITHIN_SECONDS)
            raise


def work_of(pid: int) -> Work:
    """Return what a process and its descendants have consumed so far."""
    total = Work()
    try:
        process = psutil.Process(pid)
        tree = [process, *process.children(recursive=True)]
    except psutil.Error:
        return total
    for one in tree:
        with contextlib.suppress(psutil.Error):
            times = one.cpu_times()
            # What has ended below it is its own from then on.
            ended = times.children_user + times.children_system
            busy_seconds = times.user + times.system + (ended if one is process else 0.0)
            total += Work(busy_seconds, halted=one.name() if one.status() in _HALTED else "")
            moved = one.io_counters()
            total += Work(moved_bytes=moved.read_chars + moved.write_chars)
    return total


def is_halted(process: psutil.Process) -> bool:
    """Tell whether somebody has stopped a process."""
    try:
        return process.status() in _HALTED
    except psutil.Error:
        return False
