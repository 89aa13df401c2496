"""Another directory: a mounted disk, a network file system, whatever a copy can be made to."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import DrillError, Unavailable
from harness.kinds import Away
from harness.site import Site

DIRECTORY = "DRILL_OFFSITE_DIRECTORY"


@dataclass(frozen=True, slots=True)
class AwayDirectory:
    """One drill's own directory in the one that is meant."""

    root: Path
    name: str

    def push(self, source: Path, name: str) -> None:
        """Copy a file there; its name stands for a whole file only."""
        target = self.root / name
        unfinished = target.with_name(f"{target.name}.unfinished")
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(source, unfinished)
            unfinished.replace(target)
        except OSError as error:
            raise DrillError(f"{self.name} does not take {name}: {error.strerror}") from None

    def pull(self, name: str, target: Path) -> None:
        """Copy a file back."""
        try:
            shutil.copyfile(self.root / name, target)
        except FileNotFoundError:
            raise DrillError(f"{self.name} holds no {name}") from None
        except OSError as error:
            raise DrillError(f"{self.name} does not give {name}: {error.strerror}") from None

    def close(self) -> None:
        """Remove the drill's directory."""
        shutil.rmtree(self.root)


class Directory:
    """The directory that DRILL_OFFSITE_DIRECTORY names, or one beside the drill's backups."""

    id = "directory"
    title = "a copy in another directory"

    def open(self, site: Site) -> Away:
        """Make the drill's own directory there; it must be new."""
        named = os.environ.get(DIRECTORY)
        above = Path(named) if named else site.directory / "offsite"
        root = above.absolute() / f"restore-drill-{site.directory.name}"
        try:
            root.mkdir(mode=0o700, parents=not named)
        except OSError as error:
            raise Unavailable(
                f"off-site directory: cannot make {root}: {error.strerror}",
                f"{DIRECTORY} names a directory that is there and can be written.",
            ) from None
        return AwayDirectory(root, f"directory {above}" if named else "directory of this drill")


OFFSITE = Directory()
