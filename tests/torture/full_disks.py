"""The machine's disk fills up while a drill is played, and stays full: no byte, or no file more.

Each drill has a small disk in memory of its own, for its place and its reports or for the former
alone. It takes root, and a system that lets root mount. The disk of a Docker engine is filled, too,
if that is one of at most `ENGINE_DISK_AT_MOST_BYTES` for its `--data-root` alone; an engine that
others work with never is.
"""

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.runtime.docker.engine import Engine
from torture.arena import ENDS_WITHIN_SECONDS, Arena, Torment

NAMES = "no space left"
HOME, HOME_AND_REPORTS, ENGINE = "home", "home and reports", "the engine"
FILES_AT_MOST = 3_000
ENGINE_DISK_AT_MOST_BYTES = 2 << 30

_BLOCK = b"x" * (1 << 20)


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """Give a small disk in memory. Raises: PermissionError: this user mounts nothing."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"mode=755,{options}", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise PermissionError("this user mounts nothing") from None
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
            for number in range(FILES_AT_MOST):
                (filler / str(number)).touch()
        with (filler / "bytes").open("ab", buffering=0) as file:
            for block in (_BLOCK, b"x"):
                with suppress(OSError):
                    while file.write(block):
                        pass


@contextmanager
def ground(arena: Arena, chance: random.Random) -> Iterator[Arena]:
    """Give an arena with something of it on a small disk."""
    options = f"size={chance.randint(60, 120)}m,nr_inodes={FILES_AT_MOST}"
    with tempfile.TemporaryDirectory(prefix="full-disk-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with small_disk(folder / "disk", options) as disk:
            engine_disk = _engine_disk() if arena.runtime == "docker" else None
            where = chance.choice([HOME, HOME_AND_REPORTS, *([ENGINE] if engine_disk else [])])
            if where == HOME_AND_REPORTS:
                chosen = Arena(disk, arena.runtime)
            else:
                chosen = Arena(folder, arena.runtime, home=disk / "home")
            chosen.full = engine_disk if engine_disk and where == ENGINE else disk, where
            yield chosen


def _engine_disk() -> Path | None:
    with Engine() as engine:
        root = Path(engine.client.info()["DockerRootDir"])
    if not root.parent.is_mount():
        return None
    seen = os.statvfs(root)
    return root.parent if seen.f_blocks * seen.f_frsize <= ENGINE_DISK_AT_MOST_BYTES else None


def strike(arena: Arena, drill: subprocess.Popen[str], chance: random.Random) -> str:
    """Fill the disk until the drill has ended."""
    assert arena.full is not None
    (disk, where), what = arena.full, chance.choice(["bytes", "files"])
    if drill.poll() is not None:
        return "nothing"
    try:
        keep_full(disk, what, drill)
    finally:
        if where == ENGINE:
            shutil.rmtree(disk / "filler", ignore_errors=True)
    return f"all {what} of {where}"


def keep_full(disk: Path, what: str, drill: subprocess.Popen[str]) -> None:
    """Fill a disk, and whatever is given back again, until the drill has ended."""
    ends_seconds = time.monotonic() + ENDS_WITHIN_SECONDS
    while drill.poll() is None and time.monotonic() < ends_seconds:
        fill(disk, what)
        time.sleep(0.05)


TORMENT = Torment(strike, ground, NAMES)
