"""Drill directories: made with a marker, and removed with everything that ran in them.

A drill's marker stands beside its directory and is written first and removed last, so that a
harness killed at any moment leaves nothing unmarked. What bears no marker is never touched.
"""

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.core.errors import DrillError
from harness.core.ports import Cleanup
from harness.core.reading import named
from harness.runtime import processes

HOME_VARIABLE = "DRILL_HOME"
MARKER_SUFFIX = ".restore-drill.json"

# A marker is written in microseconds; one that is still unreadable after this was cut short.
_MARKER_WRITTEN_WITHIN_SECONDS = 60.0
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Marker:
    """What a marker says: which drill, who owns it, and when it began (UTC, ISO 8601)."""

    drill_id: str
    owner: str
    started_utc: str


@dataclass(frozen=True, slots=True)
class DrillDirectory:
    """One drill's private directory; `path` need not exist any more."""

    drill_id: str
    path: Path

    @property
    def marker(self) -> Path:
        """The file that makes it ours."""
        return self.path.with_name(self.path.name + MARKER_SUFFIX)

    def remove(self) -> None:
        """Remove the directory and then its marker. Raises: DrillError: something is left."""
        if not self.marker.is_file():
            raise DrillError(
                f"{self.path} bears no marker of a drill", "Remove it by hand if it is of no use."
            )
        remove_tree(self.path)
        self.marker.unlink(missing_ok=True)


def base_directory() -> Path:
    """Return the directory that holds all drill directories of this user; it need not exist."""
    configured = os.environ.get(HOME_VARIABLE)
    if configured:
        return named(configured, HOME_VARIABLE).absolute()
    return Path(tempfile.gettempdir()) / f"restore-drills-{os.getuid()}"


def create(drill_id: str) -> DrillDirectory:
    """Make a drill's directory, mode 0700, owned by this process.

    Raises: DrillError: it cannot be made, or exists already; nothing is left then.
    """
    if not _ID.fullmatch(drill_id):
        raise DrillError(f"{drill_id!r} is no name for a drill directory")
    base = base_directory()
    drill = DrillDirectory(drill_id, base / drill_id)
    marker = Marker(drill_id, processes.owner_mark(), datetime.now(UTC).isoformat())
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(base, error) from None
    if not _is_own(base):
        raise DrillError(
            f"{base} is not this user's own directory",
            f"Remove it, or set {HOME_VARIABLE} to a directory of your own.",
        )
    if drill.marker.exists() or drill.path.exists():
        raise DrillError(f"a drill named {drill_id} is there already: {drill.path}")
    try:
        drill.marker.write_text(json.dumps(asdict(marker)), encoding="utf-8")
        drill.path.mkdir(mode=0o700)
    except OSError as error:
        with contextlib.suppress(OSError):
            drill.marker.unlink()
        raise unusable(drill.path, error) from None
    return drill


def find_abandoned() -> list[DrillDirectory]:
    """Return the drill directories whose owner is dead, by name."""
    found: list[DrillDirectory] = []
    base = base_directory()
    if not base.is_dir() or not _is_own(base):
        return found
    for marker in sorted(base.glob("*" + MARKER_SUFFIX)):
        drill_id = marker.name.removesuffix(MARKER_SUFFIX)
        if _ID.fullmatch(drill_id) and _is_abandoned(marker):
            found.append(DrillDirectory(drill_id, base / drill_id))
    return found


def clean() -> Cleanup:
    """Kill every process and remove every directory of drills whose owner is dead.

    Finds processes by what their environment says, also those whose directory is gone; leaves
    drills alone whose directory is in another base directory.
    """
    drills = find_abandoned()
    search = processes.of_the_abandoned(base_directory(), [drill.path for drill in drills])
    removed, left = processes.kill_all(search)
    for drill in drills:
        try:
            drill.remove()
            removed.append(str(drill.path))
        except DrillError as error:
            # Another clean-up may have removed it at the same time.
            if drill.marker.exists():
                left.append(f"{drill.path}: {error.message}")
    return Cleanup(tuple(removed), tuple(left))


def remove_tree(path: Path) -> None:
    """Remove a directory whatever the modes of what it holds. Raises: DrillError: it is left."""
    if path.is_symlink():
        raise DrillError(f"cannot remove {path}: it is a link")
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except OSError:
        # An unpacked archive may hold directories that their owner may not write to.
        for directory, names, _ in os.walk(path):
            for below in (Path(directory) / name for name in names):
                if not below.is_symlink():
                    below.chmod(0o700)
        try:
            shutil.rmtree(path)
        except OSError as error:
            raise DrillError(f"cannot remove {path}: {error.strerror}") from None


def _is_own(base: Path) -> bool:
    # Anybody may make a directory of this name in the shared temporary directory.
    if os.environ.get(HOME_VARIABLE):
        return True
    return not base.is_symlink() and base.stat().st_uid == os.getuid()


def unusable(path: Path, error: OSError) -> DrillError:
    """Return the error for a path below the base directory that cannot be made or written."""
    return DrillError(
        f"cannot make {path}: {error.strerror}",
        f"Set {HOME_VARIABLE} to a writable directory on a disk with free space.",
    )


def _is_abandoned(marker: Path) -> bool:
    try:
        age_seconds = time.time() - marker.stat().st_mtime
        text = marker.read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    try:
        owner = json.loads(text)["owner"]
    except (ValueError, KeyError, TypeError):
        return age_seconds > _MARKER_WRITTEN_WITHIN_SECONDS
    return not processes.is_alive(str(owner))
