"""`python -m torture.full_disks TIMES`: the machine's disk fills up while a drill is played on it.

Each drill lives on a small disk in memory of its own, on which at a random instant nothing more has
room: no byte, or no file. It takes root, and a system that lets root mount.
"""

import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from drill_process import GAP, SMALL, Command

ENDS_WITHIN_SECONDS = 240
PHASES = (
    "prepare",
    "start the servers",
    "seed",
    "observe",
    "backup nightly",
    "write",
    "disaster",
    "restore nightly",
    "observe what came back",
)
"""What a drill does, by how its lines begin; it fills up within so many seconds of one of them."""
WITHIN_SECONDS = 2.0

METHODS = {
    "dump and volume": SMALL,
    "volumes": SMALL.replace("pg_dump", "volume"),
    "base backup and streams": SMALL.replace("pg_dump", "base_backup").replace(
        "nats: volume", "nats: stream_backup"
    ),
}
_BLOCK = b"x" * (1 << 20)


@dataclass(slots=True)
class Outcome:
    """What came of one drill."""

    case: str
    status: int | None
    said: str
    left: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """What must not be."""
        found = [f"left {name}" for name in self.left]
        if self.status is None:
            found.append("did not end")
        elif self.status not in {0, 3} or (self.status == 0 and not self.filled_late):
            found.append(f"ended with {self.status}")
        if self.status == 3 and "no space left" not in self.first_line.lower():
            found.append("the first line names no full disk")
        if "Traceback" in self.said:
            found.append("a traceback")
        return found

    @property
    def filled_late(self) -> bool:
        """Whether the disk was full too late to matter, or did not matter: every check holds."""
        return "all " in self.said and "checks made hold" in self.said

    @property
    def first_line(self) -> str:
        """The line with the verdict."""
        lines = self.said.splitlines()
        return next((line for line in lines if re.match(r"[✓✗?] ", line)), "".join(lines[:1]))


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """Give a small disk in memory. Raises: PermissionError: this user mounts nothing."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"mode=755,{options}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        raise PermissionError("this user mounts nothing")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, what: str) -> None:
    """Leave no room for another byte, or for another file."""
    filler = disk / "filler"
    with suppress(OSError):
        filler.mkdir(exist_ok=True)
        if what == "files":
            for number in range(1_000_000):
                (filler / str(number)).touch()
        with (filler / "bytes").open("ab", buffering=0) as file:
            for block in (_BLOCK, b"x"):
                with suppress(OSError):
                    while file.write(block):
                        pass


def torment(
    command: Command, disk: Path, what: str, instant_seconds: float, *, after: str = ""
) -> Outcome:
    """Play the command's scenario, fill the disk after a while and keep it full to the end; the
    while begins with the drill, or with the phase that it begins to play `after`.
    """
    process = command.start("run", str(command.scenario), GAP, "--runtime=embedded")
    said = command.folder / "said"
    ends_seconds = time.monotonic() + ENDS_WITHIN_SECONDS
    with said.open("w") as output, ThreadPoolExecutor(2) as readers:
        for stream in (process.stdout, process.stderr):
            readers.submit(_copy, stream, output)
        while after and f"Z {after}" not in said.read_text() and process.poll() is None:
            time.sleep(0.01)
        begins_seconds = time.monotonic() + instant_seconds
        while process.poll() is None and time.monotonic() < ends_seconds:
            if time.monotonic() > begins_seconds:
                # Whatever is given back is taken again.
                fill(disk, what)
            time.sleep(0.05)
        status = process.poll()
        if status is None:
            process.kill()
    process.wait()
    command.run("clean")
    return Outcome(f"{what} at {instant_seconds:.2f} s", status, said.read_text())


def _copy(stream: IO[str] | None, output: IO[str]) -> None:
    assert stream is not None
    with stream:
        for line in stream:
            output.write(line)
            output.flush()


def torments(times: int, seed: int = 20261124) -> Iterator[Outcome]:
    """Torment so many drills, one after the other."""
    chance = random.Random(seed)
    for number in range(times):
        method, scenario = list(METHODS.items())[number % len(METHODS)]
        what = chance.choice(["bytes", "bytes", "files"])
        options = f"size={chance.randint(60, 120)}m" if what == "bytes" else "nr_inodes=3000"
        with tempfile.TemporaryDirectory(prefix="full-disk-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            with small_disk(folder / "disk", options) as disk:
                command = Command(folder, home=disk / "home")
                command.scenario.write_text(scenario)
                phase, instant_seconds = chance.choice(PHASES), chance.uniform(0, WITHIN_SECONDS)
                outcome = torment(command, disk, what, instant_seconds, after=phase)
                outcome.case = f"{method}, {options}, {outcome.case} of '{phase}'"
                outcome.left = command.left()
        yield outcome


def main() -> int:
    """Return 1 if anything was as it must not be."""
    ends: Counter[str] = Counter()
    wrong = 0
    for outcome in torments(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
        ends[f"{outcome.status}"] += 1
        wrong += bool(outcome.faults)
        print(f"{outcome.case}: {outcome.status} {outcome.first_line[:150]}", flush=True)
        if outcome.faults:
            print(f"WRONG: {'; '.join(outcome.faults)}\n{outcome.said}", flush=True)
    print(f"{ends.total()} full disks, {dict(ends)}, {wrong} wrong")
    return 1 if wrong or not ends else 0


if __name__ == "__main__":
    sys.exit(main())
