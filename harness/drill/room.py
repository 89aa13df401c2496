"""Whether the machine had room for the drill: one place decides it, before, meanwhile and after.

A disk that fills up says so in as many ways as there are programs, or not at all: a server is
killed, a row is refused, an archive is cut short. So the disks themselves are looked at while the
drill is played, and whatever anybody said is searched for what is said of a full one.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from harness.core.errors import Unavailable
from harness.core.history import Takes
from harness.drill.looking import looking
from harness.platform.own_code import sources
from harness.scenario.model import Scenario
from harness.scenario.steps import Backup, Disaster, Write

SERVERS_BYTES = 48_000_000
"""What the servers hold before the first row, and their first backup."""
SERVERS_FILES = 1_000
_ROW_BYTES = 500
"""What a row takes in its store, its log and one backup, where nothing better is known."""

_FULL_BELOW_BYTES = 64 * 1024
_LOOKS_EVERY_SECONDS = 0.05
_READ_AT_MOST_BYTES = 64 << 20
_SHOWN_CHARACTERS = 160
_SAID = re.compile(
    "no space left|disk quota exceeded|disk full|not enough (?:free )?(?:disk )?space"
    "|insufficient storage|out of (?:disk )?space|errno 28|errno 122|os error 28|os error 122"
    "|no usable temporary directory|mdb_map_full|could not extend file",
    re.IGNORECASE,
)
"""What system, servers and programs say of a disk, a quota or a table of files that is full."""


class Room:
    """The disks that one drill fills, and those that its logs and evidence go to."""

    def __init__(self, disks: Sequence[Path], logs: Path) -> None:
        self._disks = disks
        self._logs = logs
        self._full: Path | None = None
        self.is_filled_on_purpose = False

    def require(self, scenario: Scenario) -> None:
        """Raise Unavailable unless there is room for the least that the drill takes."""
        takes = (step.takes for step in scenario.timeline if isinstance(step, Disaster))
        self.is_filled_on_purpose = Takes.ROOM in takes
        need_bytes = needed_bytes(scenario)
        for disk in map(_there, self._disks):
            free_bytes, free_files = _free(disk)
            hint = "Free some, or set DRILL_HOME to a directory on another disk."
            if free_bytes < need_bytes:
                raise Unavailable(
                    f"no space left for this drill: it needs about {need_bytes // 1_000_000:,} MB"
                    f" in {disk}, where {free_bytes // 1_000_000:,} MB are free",
                    hint,
                )
            if free_files < SERVERS_FILES:
                raise Unavailable(
                    f"no space left for this drill: it needs about {SERVERS_FILES:,} files in"
                    f" {disk}, which takes no more than {free_files:,.0f}",
                    hint,
                )

    def watched(self) -> AbstractContextManager[None]:
        """Look at the disks again and again until the end."""
        return looking(self._look, _LOOKS_EVERY_SECONDS)

    def lack(self, said: Iterable[str]) -> str:
        """Return that a disk was full while the drill was played, and which; nothing if none was.

        `said` are the messages of whatever failed; the servers' logs are searched as well.
        """
        if self._full is None and self.is_filled_on_purpose:
            return ""
        if self._full:
            return f"no space left in {self._full} while the drill was played"
        for text in (*said, *self._logged()):
            if found := _SAID.search(text):
                line = text[text.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
                return f"no space left on this machine: {line.strip()[:_SHOWN_CHARACTERS]}"
        return ""

    def _look(self) -> None:
        for disk in map(_there, (*self._disks, self._logs)):
            free_bytes, free_files = _free(disk)
            if free_bytes < _FULL_BELOW_BYTES or free_files < 1:
                self._full = self._full or disk

    def _logged(self) -> Iterator[str]:
        for log in sorted(self._logs.glob("*")):
            try:
                with log.open("rb") as file:
                    yield file.read(_READ_AT_MOST_BYTES).decode(errors="replace")
            except OSError:
                continue


def needed_bytes(scenario: Scenario) -> int:
    """Return about the least that a drill takes at its fullest."""
    counts = [scenario.seed.counts]
    for step in scenario.timeline:
        if isinstance(step, Write):
            counts.append(step.counts)
        elif isinstance(step, Backup) and step.during:
            counts.append(step.during)
    made = sources(scenario.platform)
    return SERVERS_BYTES + sum(
        count * (made[table].row_bytes if table in made else _ROW_BYTES)
        for each in counts
        for table, count in each.items()
    )


def _there(path: Path) -> Path:
    return next((p for p in (path, *path.parents) if p.exists()), Path("/"))


def _free(disk: Path) -> tuple[int, float]:
    """Return how many bytes and how many files a disk takes; some count no files."""
    try:
        seen = os.statvfs(disk)
    except OSError:
        return _FULL_BELOW_BYTES, float("inf")
    return seen.f_bavail * seen.f_frsize, seen.f_favail if seen.f_files else float("inf")
