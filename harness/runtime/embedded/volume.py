"""A volume is a directory with its marker beside it, so that it can be really empty."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from hashlib import file_digest
from os import DirEntry, scandir
from pathlib import Path
from types import MappingProxyType

from harness.core.errors import DrillError
from harness.core.ports import Census
from harness.runtime import archives
from harness.runtime.workdir import remove_tree

MARKER = "volume.restore-drill.json"


class DirectoryVolume:
    """The directory `parent`/data. `note` takes what tar said on the error stream, `marks` are
    what its processes are found by.
    """

    def __init__(
        self,
        parent: Path,
        *,
        drill_id: str,
        store: str,
        note: Callable[[str], None],
        marks: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.root = parent / archives.ROOT
        self._marker = parent / MARKER
        self._says = {"drill_id": drill_id, "store": store}
        self._store = store
        self._note = note
        self._marks = marks
        self.root.mkdir(mode=0o700, parents=True)
        self._marker.write_text(json.dumps(self._says), encoding="utf-8")

    @property
    def name(self) -> str:
        """The directory's path."""
        return str(self.root)

    def archive(self, target: Path) -> None:
        """Write everything to `target` as `tar czf` does. Raises: DrillError: it cannot."""
        said = archives.pack(self.root.parent, target, self._marks)
        if said:
            self._note(said)

    def extract(self, source: Path) -> None:
        """Unpack a tar.gz into the volume. Raises: DrillError: it is damaged or unsafe."""
        archives.unpack(source, self.root.parent)

    def wipe(self) -> None:
        """Remove everything in it. Raises: DrillError: it does not bear our marker."""
        try:
            marked = json.loads(self._marker.read_text(encoding="utf-8")) == self._says
        except (OSError, ValueError):
            marked = False
        if not marked or self.root.is_symlink():
            raise DrillError(
                f"{self._store}: refusing to wipe {self.root}: it bears no marker of this drill"
            )
        for entry in list(scandir(self.root)):
            if entry.is_dir(follow_symlinks=False):
                remove_tree(Path(entry))
            else:
                Path(entry).unlink(missing_ok=True)

    def census(self) -> Census:
        """Count every entry, dotfiles too; directories count no bytes."""
        entries = size_bytes = 0
        for entry in _entries(self.root):
            try:
                is_directory = entry.is_dir(follow_symlinks=False)
                size_bytes += 0 if is_directory else entry.stat(follow_symlinks=False).st_size
            except FileNotFoundError:
                continue  # A running server removed it meanwhile.
            entries += 1
        return Census(entries, size_bytes)

    def read(self, path: str) -> bytes:
        """Return a small file's content. Raises: FileNotFoundError: there is none."""
        return self._below(path).read_bytes()

    def write(self, path: str, content: bytes) -> None:
        """Create or replace a small file, mode 0600."""
        target = self._below(path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(content)
        fresh.replace(target)

    def files(self) -> dict[str, int]:
        """Return the size of every file that is still there when it is looked at."""
        found: dict[str, int] = {}
        for entry in _entries(self.root):
            with suppress(FileNotFoundError):
                if entry.is_file(follow_symlinks=False):
                    path = Path(entry).relative_to(self.root).as_posix()
                    found[path] = entry.stat(follow_symlinks=False).st_size
        return dict(sorted(found.items()))

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file that is still there when it is read."""
        found: dict[str, str] = {}
        for path in self.files():
            with suppress(FileNotFoundError), (self.root / path).open("rb") as file:
                found[path] = file_digest(file, "sha256").hexdigest()
        return found

    def patch(self, path: str, offset: int, content: bytes) -> None:
        """Overwrite a part of a file where it lies."""
        with self._below(path).open("r+b") as file:
            file.seek(offset)
            file.write(content)

    def cut(self, path: str, size_bytes: int) -> None:
        """End a file early."""
        with self._below(path).open("r+b") as file:
            file.truncate(size_bytes)

    def remove(self, path: str) -> None:
        """Remove one file."""
        self._below(path).unlink()

    def scramble(self) -> None:
        """Overwrite every file where it lies."""
        for path, size_bytes in self.files().items():
            self.patch(path, 0, os.urandom(size_bytes))

    def _below(self, path: str) -> Path:
        target = (self.root / path).resolve()
        if target == self.root.resolve() or not target.is_relative_to(self.root.resolve()):
            raise DrillError(f"{self._store}: {path!r} leads out of the volume")
        return target


def _entries(directory: Path) -> Iterator[DirEntry[str]]:
    try:
        found = list(scandir(directory))
    except FileNotFoundError:
        return
    for entry in found:
        yield entry
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(Path(entry))
