"""How long is waited, for everything: a limit for what is quick, progress for what may take hours.

A dump, a restore or a query of unknown size may take as long as it works: it is given up when
nothing has moved for `stalled_after_seconds()`. What is stopped from outside never works.
"""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from harness.core.errors import Unavailable

CONNECTED_WITHIN_SECONDS = 30.0
"""A connection to a server that runs, on a machine that has much else to do."""

READY_ANSWER_WITHIN_SECONDS = 5.0
"""An answer to whoever polls, and will ask again."""

READY_WITHIN_SECONDS = 60.0
"""From a server's start to its first answer, while it does nothing else."""

STOPPED_WITHIN_SECONDS = 30.0
"""A server's orderly end."""

KILLED_WITHIN_SECONDS = 10.0
"""A killed process's end."""

QUICK_WITHIN_SECONDS = 60.0
"""A program that only prints something of itself, or one answer of a Docker engine."""

STALLED_AFTER_SECONDS = 600.0
"""The default of the setting `stalled_after`."""

# What an idle server does from time to time is no progress.
_BUSY_SHARE = 0.01
_BUSY_SECONDS = 0.05
_BYTES_A_SECOND = 64 << 10
_LOOK_EVERY_SECONDS = 1.0

_agreed = [STALLED_AFTER_SECONDS]


def agree(stalled_after_seconds: float) -> None:
    """Take the project's setting, for this whole process."""
    _agreed[0] = stalled_after_seconds


def stalled_after_seconds() -> float:
    """Return how long something may stand still before it is given up."""
    return _agreed[0]


def connected_within_seconds() -> float:
    """Return how long a connection may take: no longer than anything may stand still."""
    return min(CONNECTED_WITHIN_SECONDS, stalled_after_seconds())


class Unresponsive(Unavailable):
    """A server or program does nothing any more: the drill has shown nothing."""


def refuse_killed(program: str, status: int) -> None:
    """Raise Unresponsive if a program was killed: by its own status, or as a shell tells it."""
    if status in {-signal.SIGKILL, 128 + signal.SIGKILL}:
        raise Unresponsive(f"{program} was killed, and not by the drill's own doing")


@dataclass(frozen=True, slots=True)
class Work:
    """What a server or program has consumed since it began; `halted` names one that is stopped."""

    cpu_seconds: float = 0.0
    moved_bytes: int = 0
    halted: str = ""

    def __add__(self, other: "Work") -> "Work":
        return Work(
            self.cpu_seconds + other.cpu_seconds,
            self.moved_bytes + other.moved_bytes,
            self.halted or other.halted,
        )


Meter = Callable[[], Work]


def unmeasured() -> Work:
    """Return no work: of what cannot be measured, no progress is known."""
    return Work()


class Patience:
    """Waits for `who` as long as `meter` shows progress; ask `check` again and again."""

    def __init__(self, who: str, meter: Meter, within_seconds: float | None = None) -> None:
        self._who = who
        self._meter = meter
        self._within_seconds = within_seconds or stalled_after_seconds()
        self._looked_seconds = self._moved_seconds = time.monotonic()
        self._work = Work()

    def is_over(self) -> bool:
        """Tell whether there was no progress for too long."""
        now_seconds = time.monotonic()
        every_seconds = min(_LOOK_EVERY_SECONDS, self._within_seconds / 4)
        if now_seconds - self._looked_seconds < every_seconds:
            return False
        self._looked_seconds = now_seconds
        work = self._meter()
        if self._has_moved(work, now_seconds - self._moved_seconds):
            self._moved_seconds = now_seconds
        else:
            work = Work(self._work.cpu_seconds, self._work.moved_bytes, work.halted)
        self._work = work
        return now_seconds - self._moved_seconds > self._within_seconds

    def check(self) -> None:
        """Go on waiting. Raises: Unresponsive: there was no progress for too long."""
        if self.is_over():
            self.give_up()

    def give_up(self) -> NoReturn:
        """Raise Unresponsive."""
        raise Unresponsive(
            f"{self._who} stopped answering: no progress for {self._within_seconds:g} s"
            + (f" ({self._work.halted} is halted)" if self._work.halted else ""),
            "Look for what holds it up on this machine; [tool.drill] stalled_after sets the limit.",
        )

    def _has_moved(self, work: Work, seconds: float) -> bool:
        if work.halted:
            return False
        busy_seconds = work.cpu_seconds - self._work.cpu_seconds
        moved_bytes = work.moved_bytes - self._work.moved_bytes
        # Less than before: a process that had been counted has ended, which is progress, too.
        return (
            busy_seconds >= max(_BUSY_SECONDS, _BUSY_SHARE * seconds)
            or moved_bytes >= _BYTES_A_SECOND * max(1.0, seconds)
            or min(busy_seconds, moved_bytes) < 0
        )
