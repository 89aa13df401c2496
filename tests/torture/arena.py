"""Where drills are tormented: a folder of their own, and what they may leave nowhere."""

import contextlib
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker.errors
import psutil
from docker.models.containers import Container
from drill_process import GAP, SMALL, Command

from harness.runtime.docker.engine import Engine
from harness.runtime.docker.marks import DRILL_LABEL
from harness.runtime.processes import DRILL_MARK

STATUSES = {
    0: "PASS",
    1: "FAIL",
    3: "UNVERIFIED",
    130: "interrupted",
    -signal.SIGKILL: "killed",
    -signal.SIGHUP: "interrupted",
    -signal.SIGTERM: "interrupted",
}
"""How a drill may end."""
EARLY = (signal.SIGHUP, signal.SIGTERM)
"""What ends it before it has begun anything, or said a word."""
ENDS_WITHIN_SECONDS = 240
CLEANED_WITHIN_SECONDS = 120
STALLED_AFTER = "2s"
SOUND, UNSOUND = "sound", "unsound"
"""A scenario that passes, and one whose procedure loses a store: that must never pass."""

# A search of the contacts that came after the backup is no part of the procedure; what is unlogged
# comes with no base backup.
_SKIPPED = "skip: {search_documents: the index stays as it is"
_WHOLE = SMALL + _SKIPPED + "}\n"
METHODS = {
    "dump-and-volume": _WHOLE,
    "volumes": _WHOLE.replace("pg_dump", "volume"),
    "base-backup-and-streams": (SMALL + _SKIPPED + ", unlogged_table_rows: unlogged}\n")
    .replace("pg_dump", "base_backup")
    .replace("nats: volume", "nats: stream_backup"),
}


@dataclass(slots=True)
class Outcome:
    """What came of one drill: how it ended, and what was left after a clean-up."""

    kind: str
    runtime: str
    slug: str
    instant_seconds: float
    struck: str = "nothing"
    status: int | None = None
    said: str = ""
    seconds: float = 0.0
    left: list[str] = field(default_factory=list)
    names: str = ""

    @property
    def faults(self) -> list[str]:
        """What must not be."""
        found = [f"left {name}" for name in self.left]
        is_sound = self.slug.startswith(SOUND)
        if self.status is None:
            found.append("did not end")
        elif self.status not in STATUSES or (-self.status in EARLY and self.said):
            found.append(f"ended with {self.status}")
        if self.status == 0 and not is_sound:
            found.append("PASS though the procedure loses a store")
        if self.status == 1 and is_sound:
            found.append("FAIL though the machine alone did wrong")
        if self.status == 3 and self.names.lower() not in self.verdict.lower():
            found.append(f"its first line does not say: {self.names}")
        if "Traceback" in self.said:
            found.append("a traceback")
        return found

    @property
    def verdict(self) -> str:
        """The line with the verdict, or all that was said where there is none."""
        lines = self.said.splitlines()
        return next((line for line in lines if re.match("[✓✗?] ", line)), self.said)


Strike = Callable[["Arena", subprocess.Popen[str], random.Random], str]
"""Strikes at a running drill; returns what it struck."""


@dataclass(frozen=True, slots=True)
class Torment:
    """A way to strike. `ground` gives where its drills are played: where they always are, or in an
    arena of their own; `names` is what the first line of an UNVERIFIED drill says.
    """

    strike: Strike
    ground: Callable[["Arena", random.Random], AbstractContextManager["Arena"]] = lambda arena, _: (
        nullcontext(arena)
    )
    names: str = ""


class Arena:
    """Drills on one runtime, in a folder of their own, and in a `home`, which may be elsewhere.

    `full` is a disk that may be filled, and what lies on it.
    """

    def __init__(self, folder: Path, runtime: str, home: Path | None = None) -> None:
        self.runtime = runtime
        self.full: tuple[Path, str] | None = None
        self.command = Command(folder, home=home)
        self.command.scenario.unlink()
        for method, sound in METHODS.items():
            unsound = sound.replace("order: [postgres, nats]", "order: [postgres]")
            for slug, text in ((SOUND, sound), (UNSOUND, unsound)):
                (folder / "scenarios" / f"{slug}-{method}.yaml").write_text(text)
        settings = f'[tool.drill]\nstalled_after = "{STALLED_AFTER}"\n'
        (folder / "pyproject.toml").write_text(settings)
        self._segments_of: set[int] = set()

    def start(self, slug: str) -> subprocess.Popen[str]:
        """Start a drill."""
        return self.command.start("run", f"scenarios/{slug}.yaml", GAP, f"--runtime={self.runtime}")

    def time(self) -> float:
        """Return how long a drill takes that nobody torments; the sound ones must pass."""
        took_seconds = []
        for method in METHODS:
            begun_seconds = time.monotonic()
            process = self.start(f"{SOUND}-{method}")
            output, errors = process.communicate(timeout=ENDS_WITHIN_SECONDS)
            assert process.returncode == 0, output + errors
            took_seconds.append(time.monotonic() - begun_seconds)
        return min(took_seconds)

    def torment(
        self, kind: str, torment: Torment, chance: random.Random, longest_seconds: float
    ) -> Outcome:
        """Play a drill, strike at a random instant, wait for its end, clean up and look."""
        slug = f"{chance.choice([SOUND, UNSOUND])}-{chance.choice([*METHODS])}"
        outcome = Outcome(
            kind, self.runtime, slug, chance.uniform(0, longest_seconds), names=torment.names
        )
        with torment.ground(self, chance) as arena:
            arena.play(outcome, torment.strike, chance)
        return outcome

    def play(self, outcome: Outcome, strike: Strike, chance: random.Random) -> None:
        """Play one drill here, and fill in what came of it."""
        begun_seconds = time.monotonic()
        process = self.start(outcome.slug)
        try:
            time.sleep(outcome.instant_seconds)
            outcome.struck = strike(self, process, chance)
            output, errors = process.communicate(timeout=ENDS_WITHIN_SECONDS)
            outcome.status, outcome.said = process.returncode, output + errors
        except subprocess.TimeoutExpired:
            pass
        finally:
            process.kill()
            process.communicate()
        outcome.seconds = time.monotonic() - begun_seconds
        try:
            cleaning = self.command.start("clean")
            said, _ = cleaning.communicate(timeout=CLEANED_WITHIN_SECONDS)
            outcome.left = [line for line in said.splitlines() if _NOT_REMOVED.match(line)]
        except subprocess.TimeoutExpired:
            cleaning.kill()
            cleaning.communicate()
            outcome.left = ["a clean-up that does not end"]
        outcome.left += self.left()

    def processes(self) -> list[psutil.Process]:
        """Return the processes of drills in here, their servers and clients."""
        found = []
        for process in psutil.process_iter():
            try:
                marked = process.environ().get(DRILL_MARK, "").startswith(_NAMES)
                is_backend = process.name() == "postgres" and process.cwd().startswith(
                    str(self.command.home)
                )
                runs = process.status() != psutil.STATUS_ZOMBIE
                below = any(str(self.command.home) in word for word in process.cmdline())
            except psutil.Error:
                continue
            if runs and (is_backend or (marked and (below or self._is_here(process)))):
                found.append(process)
                self._segments_of.add(process.pid)
        return found

    def containers(self) -> list[Any]:
        """Return the running containers of drills in here."""
        if self.runtime != "docker":
            return []
        with Engine() as engine:
            return [
                container
                for container in engine.client.containers.list(ignore_removed=True)
                if self._is_ours(container.labels) and not str(container.name).endswith("-volume")
            ]

    def left(self) -> list[str]:
        """Return what is left of drills in here: folders, processes, memory, things of an engine.

        Bystanders' folders are none of theirs.
        """
        found = [
            path.name for path in self.command.home.glob("*/*") if path.name.startswith(_NAMES)
        ]
        found += [f"{process.name()} {process.pid}" for process in self.processes()]
        found += [f"shared memory {segment}" for segment in self._segments()]
        # Nobody else's comes to be theirs, under a number that is given again.
        self._segments_of.clear()
        return found + (self._on_the_engine() if self.runtime == "docker" else [])

    def _segments(self) -> Iterator[str]:
        _, *rows = Path("/proc/sysvipc/shm").read_text().splitlines()
        for row in rows:
            key, segment, _, _, creator, _, attached, *_ = row.split()
            if attached == "0" and int(creator) in self._segments_of:
                yield f"{key} {segment}"

    def _on_the_engine(self) -> list[str]:
        with Engine() as engine:
            client = engine.client
            things: list[Any] = [
                *client.containers.list(all=True, ignore_removed=True),
                *client.volumes.list(),
                *client.networks.list(),
            ]
            return [thing.name for thing in things if self._is_ours(_labels(thing))]

    def _is_ours(self, labels: dict[str, str]) -> bool:
        home = str(self.command.home)
        drill_id = labels.get(DRILL_LABEL, "")
        return drill_id.startswith(_NAMES) and any(home in value for value in labels.values())

    def _is_here(self, process: psutil.Process) -> bool:
        return str(self.command.home) in " ".join(process.environ().values())


_NAMES = (f"{SOUND}-", f"{UNSOUND}-")
# Of drills of others on the same engine, nothing may be known.
_NOT_REMOVED = re.compile(rf"could not remove .*\b({'|'.join(_NAMES)})")


def _labels(thing: Any) -> dict[str, str]:
    return thing.attrs.get("Config", thing.attrs).get("Labels") or {}


def strike_one(
    arena: Arena,
    drill: subprocess.Popen[str],
    chance: random.Random,
    to_process: Callable[[psutil.Process], object],
    to_container: Callable[[Container], object],
) -> str:
    """Do this to one process or container of the drill, and name it; `nothing` if it was over."""
    chosen = some(lambda: [*arena.processes(), *arena.containers()], chance, drill)
    if isinstance(chosen, psutil.Process):
        with contextlib.suppress(psutil.Error):
            name = f"{chosen.name()} {chosen.pid}"
            to_process(chosen)
            return name
    elif chosen is not None:
        with contextlib.suppress(docker.errors.APIError):
            to_container(chosen)
            return str(chosen.name)
    return "nothing"


def some(
    choices: Callable[[], list[Any]], chance: random.Random, drill: subprocess.Popen[str]
) -> Any | None:
    """Choose one of what there is, as soon as there is anything; None: the drill is over."""
    while drill.poll() is None:
        if found := choices():
            return chance.choice(found)
        time.sleep(0.05)
    return None
