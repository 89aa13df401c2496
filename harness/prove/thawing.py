"""A stopped server's volume, kept as it was, and volumes made like it again and again."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.core.ports import Volume
from harness.runtime.embedded.volume import DirectoryVolume
from harness.runtime.workdir import remove_tree

_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Frozen:
    """A volume that nothing writes to any more: a directory to copy, or an archive to unpack."""

    directory: Path | None
    archive: Path | None

    def thaw(self, volume: Volume) -> None:
        """Make a stopped server's volume the same. Raises: DrillError: it could not be."""
        if self.directory is not None and isinstance(volume, DirectoryVolume):
            make_like(self.directory, volume.root)
            return
        assert self.archive is not None
        volume.wipe()
        volume.extract(self.archive)


def freeze(volume: Volume, archive: Path) -> Frozen:
    """Keep the volume of a stopped server; into `archive` where it is no directory here."""
    if isinstance(volume, DirectoryVolume):
        return Frozen(volume.root, None)
    volume.archive(archive)
    return Frozen(None, archive)


def make_like(source: Path, target: Path) -> None:
    """Make a directory the same as another, writing only what differs.

    A file of the same size and time of change, to the nanosecond, is the same: every copy takes
    over that time, and whatever writes to the copy sets a later one.
    """
    wanted = {entry.name: entry for entry in os.scandir(source)}
    for entry in list(os.scandir(target)):
        there = wanted.get(entry.name)
        if there is not None and _type(there) == _type(entry):
            continue
        if entry.is_dir(follow_symlinks=False):
            remove_tree(Path(entry))
        else:
            Path(entry).unlink()
    for name, entry in wanted.items():
        copy = target / name
        if entry.is_symlink():
            copy.unlink(missing_ok=True)
            copy.symlink_to(Path(entry).readlink())
        elif entry.is_dir(follow_symlinks=False):
            copy.mkdir(exist_ok=True)
            make_like(Path(entry), copy)
        else:
            _make_file_like(entry, copy)
    shutil.copystat(source, target)


def _type(entry: os.DirEntry[str]) -> tuple[bool, bool]:
    return entry.is_symlink(), entry.is_dir(follow_symlinks=False)


def _make_file_like(source: os.DirEntry[str], copy: Path) -> None:
    was = source.stat(follow_symlinks=False)
    try:
        now = copy.stat(follow_symlinks=False)
    except FileNotFoundError:
        shutil.copy2(source, copy)
        return
    if (was.st_size, was.st_mtime_ns, was.st_mode) == (now.st_size, now.st_mtime_ns, now.st_mode):
        return
    copy.chmod(0o600)
    with Path(source).open("rb") as wanted, copy.open("r+b") as file:
        for at in range(0, was.st_size, _BLOCK_BYTES):
            block = wanted.read(_BLOCK_BYTES)
            if file.read(_BLOCK_BYTES) != block:
                file.seek(at)
                file.write(block)
                file.seek(at + len(block))
        file.truncate(was.st_size)
    shutil.copystat(source, copy)
