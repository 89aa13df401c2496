"""An archive is read whole, by the rules of its layout, before anything of it is used."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from harness.core.errors import DrillError
from harness.runtime.archives.layout import Layout, Unsafe
from harness.runtime.archives.sparse import Extent
from harness.runtime.archives.tar import CHUNK_BYTES, Damaged, Member, Tar

_TYPES = {
    "file": tarfile.REGTYPE,
    "directory": tarfile.DIRTYPE,
    "symlink": tarfile.SYMTYPE,
    "hardlink": tarfile.LNKTYPE,
    "fifo": tarfile.FIFOTYPE,
}


@dataclass(frozen=True, slots=True)
class Size:
    """What an archive takes once it is unpacked: its members, and the bytes of its files."""

    members: int
    held_bytes: int


@contextmanager
def reading(source: Path) -> Iterator[BinaryIO]:
    """Open a tar.gz, and say of what is wrong with it which archive it is.

    Raises: DrillError: it is unreadable, truncated, damaged or unsafe.
    """
    try:
        with gzip.open(source) as stream:
            yield cast(BinaryIO, stream)
    except (OSError, EOFError, zlib.error, Damaged) as error:
        raise DrillError(
            f"{source.name} is not a whole tar.gz archive: {str(error).lower()}",
            "It was cut short or damaged; nothing was unpacked.",
        ) from error
    except Unsafe as error:
        raise DrillError(
            f"{source.name}: {error}",
            "This archive was not made from a volume; nothing was unpacked.",
        ) from None


def admitted(tar: Tar, layout: Layout) -> Iterator[Member]:
    """Yield every member under its plain name. Raises: Damaged, Unsafe."""
    for member in tar:
        yield layout.admit(member)


def check(source: Path, free_bytes: int | None = None) -> Size:
    """Read an archive to its end, or until it holds more than there is room for.

    Raises: DrillError: it is unreadable, truncated or unsafe, or holds more than that.
    """
    members = held_bytes = 0
    with reading(source) as stream:
        for member in admitted(Tar(stream), Layout()):
            if member.name == Layout().root and member.kind != "directory":
                raise Unsafe(member, "is no directory")
            members += 1
            held_bytes += member.held_bytes
            if free_bytes is not None and held_bytes > free_bytes:
                raise DrillError(
                    f"{source.name} holds more than the {free_bytes:,} bytes that are free:"
                    " no space left, and nothing was unpacked"
                )
    return Size(members, held_bytes)


def cleaned(source: Path) -> Iterator[bytes]:
    """Yield an archive that was checked as a plain tar that every program takes for the same.

    Raises: DrillError: it is no longer what was checked.
    """
    with reading(source) as stream:
        tar = Tar(stream)
        for member in admitted(tar, Layout()):
            yield _header(member)
            yield from _filled(member, tar.content())
            yield bytes(-member.size_bytes % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _header(member: Member) -> bytes:
    made = tarfile.TarInfo(member.name)
    made.type, made.linkname = _TYPES[member.kind], member.target
    made.size, made.mode = member.size_bytes, member.mode
    made.uid, made.gid, made.mtime = member.uid, member.gid, int(member.modified_seconds)
    return made.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _filled(member: Member, content: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a file's whole content, its holes as zeros."""
    at_bytes = 0
    for offset_bytes, part in pieces(member, content):
        yield from _zeros(offset_bytes - at_bytes)
        yield part
        at_bytes = offset_bytes + len(part)
    yield from _zeros(member.size_bytes - at_bytes)


def pieces(member: Member, content: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield what an archive holds of a file, each piece with its place in the file."""
    whole = (Extent(0, member.size_bytes),)
    rest = b""
    for offset_bytes, size_bytes in whole if member.extents is None else member.extents:
        done_bytes = 0
        while done_bytes < size_bytes:
            rest = rest or next(content)
            piece = rest[: size_bytes - done_bytes]
            yield offset_bytes + done_bytes, piece
            done_bytes, rest = done_bytes + len(piece), rest[len(piece) :]


def _zeros(size_bytes: int) -> Iterator[bytes]:
    for at in range(0, size_bytes, CHUNK_BYTES):
        yield bytes(min(CHUNK_BYTES, size_bytes - at))
