"""A command line of the user's runs for as long as it may, and its last lines are kept."""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core.patience import KILLED_WITHIN_SECONDS
from harness.runtime import programs

SHELL_FOUND_NO_PROGRAM = 127
_NOT_FOUND = re.compile(r".+: (?:line )?\d+: (?:/[^:]+: )?([^\s:]+): (?:command )?not found")
_READ_AT_MOST_BYTES = 64 << 10
_LINES_AT_MOST = 20
_LINE_CHARACTERS_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its status, negative for a signal, None where its time was over; and
    the last lines that it printed on either stream. `halted` names a process of it that somebody
    else had stopped.
    """

    status: int | None
    said: str
    halted: str = ""


def run(
    command: str, folder: Path, environment: Mapping[str, str], within_seconds: float, log: Path
) -> Ended:
    """Run a command line in a shell and a session of its own; what it leaves running is killed.

    `log` is a file for what it prints, removed afterwards. Raises: OSError: it cannot be executed.
    """
    with log.open("wb") as printed:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    status, halted = None, ""
    try:
        status = process.wait(within_seconds)
    except subprocess.TimeoutExpired:
        halted = programs.work_of(process.pid).halted
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(KILLED_WITHIN_SECONDS)
        said = last_lines(log)
        log.unlink(missing_ok=True)
    return Ended(status, said, halted)


def last_lines(log: Path) -> str:
    """Return the last lines of a file, as far as they can be printed."""
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _READ_AT_MOST_BYTES))
        text = file.read().decode(errors="replace")
    lines = ["".join(filter(str.isprintable, line)) for line in text.splitlines()]
    told = [line[:_LINE_CHARACTERS_AT_MOST] for line in lines if line.strip()]
    return "\n".join(told[-_LINES_AT_MOST:])


def missing_program(said: str) -> str | None:
    """Return the program that a shell says it has not found, if it does."""
    found = (_NOT_FOUND.fullmatch(line.strip()) for line in said.splitlines())
    return next((match[1] for match in found if match), None)
