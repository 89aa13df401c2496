"""What a backup left behind: measured, held to its manifest, or damaged on purpose."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path

from harness.core.errors import DrillError
from harness.core.history import Kept, KeptFile


def weigh(directory: Path) -> tuple[int, int, str]:
    """Return (files, bytes, SHA-256) of everything below a directory.

    The digest of a single file is that file's own; of several it is over their sorted paths and
    digests. Nothing at all has no digest.
    """
    files = manifest(directory)
    size_bytes = sum(file.size_bytes for file in files)
    if len(files) == 1:
        return 1, size_bytes, files[0].sha256
    listing = "".join(f"{file.sha256}  {file.path}\n" for file in files)
    return len(files), size_bytes, sha256(listing.encode()).hexdigest() if files else ""


def manifest(directory: Path) -> tuple[KeptFile, ...]:
    """Return every file below a directory, sorted by path, with its size and SHA-256."""
    return tuple(
        KeptFile(path.relative_to(directory).as_posix(), path.stat().st_size, _sha256(path))
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    )


def age_seconds(source: Path, made_utc: str) -> float:
    """Return how old a backup is by its newest file, or by the manifest made beside it: a copy may
    look newer than what it is of. Raises: OSError.
    """
    files = [source] if source.is_file() else [p for p in source.rglob("*") if p.is_file()]
    written_seconds = max(path.stat().st_mtime for path in files)
    if made_utc:
        written_seconds = min(written_seconds, datetime.fromisoformat(made_utc).timestamp())
    return time.time() - written_seconds


def verify(directory: Path, kept: Kept) -> None:
    """Hold what lies in a directory to the manifest of what was put away.

    Raises: DrillError: a file is missing, or is not what the manifest says, bit for bit.
    """
    found = {file.path: file for file in manifest(directory)}
    wrong = [file for file in kept.files if found.get(file.path) != file]
    if not wrong:
        return
    got = found.get(wrong[0].path)
    raise DrillError(
        f"{len(wrong)} of {len(kept.files)} files from {kept.place} are not what was put there:"
        f" {kept.backup}/{kept.store}/{wrong[0].path}: expected {_told(wrong[0])},"
        f" got {_told(got) if got else 'nothing'}",
        "Nothing was restored from it. Take an older backup, and find out who changed this one.",
    )


@contextmanager
def reading(directory: Path, store: str) -> Iterator[None]:
    """Say of a file in a directory that cannot be read which one it is, whoever reads it.

    Raises: DrillError: a file is missing, is no file, or holds what its reader cannot decode.
    """
    try:
        yield
    except (UnicodeError, EOFError) as error:
        raise DrillError(f"{store}: the backup holds what cannot be read: {error}") from error
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        path = Path(error.filename or "")
        if not path.is_relative_to(directory):
            raise
        name = path.relative_to(directory).as_posix()
        raise DrillError(f"{store}: the backup holds no file {name}") from error


def _told(file: KeptFile) -> str:
    return f"{file.size_bytes} bytes with SHA-256 {file.sha256}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def damage(directory: Path, how: str, pattern: str, other: Path | None = None) -> str:
    """Damage the largest file below a directory that matches; return which one, and how.

    `how` is `truncated` (the file ends in its middle), `bit_flipped` (one bit, in its middle),
    `swapped` (the file of the same path below `other` takes its place), `deleted`, or `encrypted`:
    every file that matches holds as many bytes that tell nothing.
    Raises: DrillError: there is no such file with anything in it.
    """
    files = [path for path in directory.rglob(pattern) if path.is_file() and path.stat().st_size]
    if not files:
        raise DrillError(f"the backup holds no file {pattern} to damage")
    largest = max(sorted(files), key=lambda path: path.stat().st_size)
    name = largest.relative_to(directory).as_posix()
    size_bytes = largest.stat().st_size
    if other is not None:
        if not (other / name).is_file():
            raise DrillError(f"the other backup holds no file {name}")
        shutil.copyfile(other / name, largest)
        return f"{name} of {size_bytes} bytes swapped for {largest.stat().st_size} others"
    if how == "deleted":
        largest.unlink()
        return f"{name} of {size_bytes} bytes deleted"
    if how == "encrypted":
        for path in files:
            path.write_bytes(os.urandom(path.stat().st_size))
        return f"{len(files)} files encrypted, the largest {name} of {size_bytes} bytes"
    with largest.open("r+b") as file:
        if how == "truncated":
            file.truncate(size_bytes // 2)
            return f"{name} cut from {size_bytes} to {size_bytes // 2} bytes"
        file.seek(size_bytes // 2)
        (byte,) = file.read(1)
        file.seek(size_bytes // 2)
        file.write(bytes([byte ^ 1]))
        return f"{name}: one bit of byte {size_bytes // 2} flipped"
