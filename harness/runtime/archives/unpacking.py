"""An archive that was checked becomes files: owners, modes and times as they were packed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from harness.core.errors import DrillError
from harness.runtime.archives.checking import admitted, check, pieces, reading
from harness.runtime.archives.layout import ROOT, Layout, Unsafe
from harness.runtime.archives.tar import Damaged, Member, Tar


class _CannotPlace(Exception):
    """The machine refuses a file; kept apart from an archive that cannot be read."""


def unpack(source: Path, parent: Path) -> None:
    """Unpack a tar.gz so that `parent`/data holds what was packed, owners and modes kept.

    Raises: DrillError: the archive is unreadable, truncated or unsafe (nothing is unpacked then),
    the directory holds something, or it could not be unpacked.
    """
    check(source, shutil.disk_usage(parent).free if parent.exists() else None)
    root = parent / ROOT
    # What lies there already could lead out.
    if root.is_symlink() or (root.exists() and any(root.iterdir())):
        raise DrillError(f"{source.name}: {root} is not empty, so that nothing was unpacked")
    try:
        with reading(source) as stream:
            _place_all(stream, Layout(), parent, keep_owners=os.geteuid() == 0)
    except _CannotPlace as error:
        raise DrillError(f"{source.name} cannot be unpacked: {error}") from error


def unpack_sent(stream: BinaryIO, root: str, parent: Path) -> None:
    """Unpack a tar as a container engine sends it, all of it below `root`, into an empty directory;
    everything becomes this user's.

    Raises: DrillError: it is damaged or unsafe, or it could not be unpacked.
    """
    try:
        _place_all(stream, Layout(root), parent, keep_owners=False)
    except (Damaged, Unsafe, _CannotPlace) as error:
        raise DrillError(f"{root} cannot be copied from its container: {error}") from error


def _place_all(stream: BinaryIO, layout: Layout, parent: Path, *, keep_owners: bool) -> None:
    tar = Tar(stream)
    directories: dict[Path, Member] = {}
    for member in admitted(tar, layout):
        path = parent / member.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if member.kind == "directory":
                # Files may have to be put into one that is to be read-only.
                path.mkdir(mode=0o700, exist_ok=True)
                directories[path] = member
            else:
                _place(member, path, parent, tar.content(), keep_owners=keep_owners)
        except OSError as error:
            raise _CannotPlace(f"{member.name}: {error.strerror or error}") from error
    for path, member in sorted(directories.items(), reverse=True):
        try:
            _dress(member, path, keep_owners=keep_owners)
        except OSError as error:
            raise _CannotPlace(f"{member.name}: {error.strerror or error}") from error


def _place(
    member: Member, path: Path, parent: Path, content: Iterator[bytes], *, keep_owners: bool
) -> None:
    if member.kind == "hardlink":
        if parent / member.target != path:
            path.unlink(missing_ok=True)
            os.link(parent / member.target, path, follow_symlinks=False)
        return
    with suppress(FileNotFoundError):
        path.unlink()
    if member.kind == "symlink":
        path.symlink_to(member.target)
    elif member.kind == "fifo":
        os.mkfifo(path, 0o600)
    else:
        _write(member, path, content)
    _dress(member, path, keep_owners=keep_owners)


def _write(member: Member, path: Path, content: Iterator[bytes]) -> None:
    with path.open("xb", buffering=0) as file:
        for offset_bytes, piece in pieces(member, content):
            file.seek(offset_bytes)
            _write_whole(file, piece)
        file.truncate(member.size_bytes)


def _write_whole(file: FileIO, chunk: bytes) -> None:
    at = 0
    while at < len(chunk):
        at += file.write(memoryview(chunk)[at:])


def _dress(member: Member, path: Path, *, keep_owners: bool) -> None:
    """Give a file its owner, then its mode, which a change of owner may cut, and its time."""
    if keep_owners:
        os.chown(path, member.uid, member.gid, follow_symlinks=False)
    if member.kind != "symlink":
        path.chmod(member.mode if keep_owners else member.mode & 0o777)
    modified_seconds = member.modified_seconds
    os.utime(path, (modified_seconds, modified_seconds), follow_symlinks=False)
