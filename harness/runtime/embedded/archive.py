"""A volume's archive is what `tar czf` makes, and is checked whole before it is unpacked.

Source: the guide, "Docker volume backup (raw files)": `tar czf /backup/x.tar.gz /data`, so every
member lies below `data/`.
"""

import gzip
import posixpath
import shutil
import subprocess
import tarfile
import zlib
from pathlib import Path
from typing import IO, BinaryIO, cast

from harness.core.errors import DrillError

ROOT = "data"

_TAR_FILES_CHANGED = 1
_CHUNK_BYTES = 1 << 20


def pack(parent: Path, target: Path) -> str:
    """Write `parent`/data to `target` as tar.gz; return what tar said.

    Files that change while they are read do not make it fail: a live copy is what the guide shows,
    and whether it can be restored is for the drill to find out.
    Raises: DrillError: it could not be written; nothing is left of it then.
    """
    try:
        return (
            _pack_by_tar(parent, target) if shutil.which("tar") else _pack_by_python(parent, target)
        )
    except (DrillError, OSError) as error:
        target.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DrillError(f"cannot write {target.name}: {error}") from None
        raise


def unpack(source: Path, parent: Path) -> None:
    """Unpack a tar.gz so that `parent`/data holds what was packed, owners and modes kept.

    Raises: DrillError: the archive is unreadable, truncated or unsafe (nothing is unpacked then),
    or it could not be unpacked.
    """
    check(source)
    if not shutil.which("tar"):
        with tarfile.open(source, "r:gz") as archive:
            # Every member was checked; the standard filters would drop owners and modes.
            archive.extraction_filter = lambda member, _: member
            archive.extractall(parent, numeric_owner=True)  # noqa: S202 - checked above
        return
    argv = ["tar", "-xzpf", str(source), "--numeric-owner", "-C", str(parent)]
    completed = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
    if completed.returncode:
        raise DrillError(
            f"tar ended with status {completed.returncode} on {source.name}: {completed.stderr}"
        )


def check(source: Path) -> None:
    """Read an archive to its end. Raises: DrillError: it is unreadable, truncated or unsafe."""
    links: set[str] = set()
    try:
        with gzip.open(source) as stream:
            with tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK_BYTES) as archive:
                for member in archive:
                    _check_member(source, member, links)
            # Reading to the very end is what verifies the length and the checksum.
            while stream.read(_CHUNK_BYTES):
                pass
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise DrillError(
            f"{source.name} is not a whole tar.gz archive: {str(error).lower()}",
            "It was cut short or damaged; nothing was unpacked.",
        ) from None


def _check_member(source: Path, member: tarfile.TarInfo, links: set[str]) -> None:
    name = posixpath.normpath(member.name)
    climbs = ".." in member.name.split("/")
    if climbs or name.split("/")[0] != ROOT:
        raise _unsafe(source, member, f"lies outside of {ROOT}/")
    ancestors = {"/".join(name.split("/")[:depth]) for depth in range(1, name.count("/") + 1)}
    if ancestors & links:
        raise _unsafe(source, member, "lies behind a link")
    if member.issym():
        links.add(name)
        if name == ROOT or _leads_out(name, member.linkname):
            raise _unsafe(source, member, f"is a link that leads out of {ROOT}/")
    elif member.islnk():
        steps = member.linkname.removeprefix("./").split("/")
        if steps[0] != ROOT or ".." in steps:
            raise _unsafe(source, member, f"is a link that leads out of {ROOT}/")
    elif not (member.isfile() or member.isdir() or member.isfifo()):
        raise _unsafe(source, member, "is a device or of an unknown kind")


def _leads_out(name: str, target: str) -> bool:
    parts = target.split("/")
    climbs = [index for index, part in enumerate(parts) if part == ".."]
    if target.startswith("/") or climbs != list(range(len(climbs))):
        # Climbing after a descent could climb from wherever another link leads.
        return True
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    return reached.split("/")[0] != ROOT


def _unsafe(source: Path, member: tarfile.TarInfo, why: str) -> DrillError:
    return DrillError(
        f"{source.name}: member {member.name!r} {why}",
        "This archive was not made from a volume; nothing was unpacked.",
    )


def _pack_by_tar(parent: Path, target: Path) -> str:
    argv = ["tar", "-czf", str(target), "--numeric-owner", "-C", str(parent), ROOT]
    completed = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
    if completed.returncode not in (0, _TAR_FILES_CHANGED):
        raise DrillError(
            f"tar ended with status {completed.returncode} on {target.name}: {completed.stderr}"
        )
    return completed.stderr


class _Padded:
    """A file of exactly the size in its header; of one that shrinks meanwhile the rest is zeros."""

    def __init__(self, file: BinaryIO, size_bytes: int) -> None:
        self._file = file
        self._left_bytes = size_bytes

    def read(self, size_bytes: int) -> bytes:
        wanted = min(size_bytes, self._left_bytes)
        self._left_bytes -= wanted
        return self._file.read(wanted).ljust(wanted, b"\0")


def _pack_by_python(parent: Path, target: Path) -> str:
    said: list[str] = []
    with tarfile.open(target, "w:gz", compresslevel=6) as archive:
        for path in (parent / ROOT, *sorted((parent / ROOT).rglob("*"))):
            try:
                member = archive.gettarinfo(path, path.relative_to(parent).as_posix())
                if member is None:
                    continue  # A socket; tar leaves it out too.
                if not member.isfile():
                    archive.addfile(member)
                    continue
                with path.open("rb") as file:
                    archive.addfile(member, cast(IO[bytes], _Padded(file, member.size)))
            except FileNotFoundError:
                said.append(f"{path.name}: removed before it was read\n")
    return "".join(said)
