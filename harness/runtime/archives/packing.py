"""A volume's archive is what `tar czf` makes, by `tar` where this machine has it.

Source: the guide, "Docker volume backup (raw files)".
"""

import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, BinaryIO, cast

from harness.core import environment
from harness.core.errors import DrillError
from harness.core.patience import refuse_killed
from harness.runtime import programs
from harness.runtime.archives.layout import ROOT

_TAR_FILES_CHANGED = 1


def pack(parent: Path, target: Path, marks: Mapping[str, str] = MappingProxyType({})) -> str:
    """Write `parent`/data to `target` as tar.gz; return what tar said. `marks` are what a process
    of a drill is found by.

    Files that change while they are read do not make it fail: a live copy is what the guide shows,
    and whether it can be restored is for the drill to find out.
    Raises: DrillError: it could not be written; nothing is left of it then.
    """
    try:
        return (
            _pack_by_tar(parent, target, marks)
            if shutil.which("tar")
            else _pack_by_python(parent, target)
        )
    except (DrillError, OSError) as error:
        target.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DrillError(f"cannot write {target.name}: {error}") from None
        raise


def _pack_by_tar(parent: Path, target: Path, marks: Mapping[str, str]) -> str:
    argv = ["tar", "-czf", str(target), "--numeric-owner", "-C", str(parent), ROOT]
    # Variables change what tar does, too.
    completed = programs.run(argv, env=environment.plain(**marks))
    refuse_killed(argv[0], completed.returncode)
    said = completed.stderr.decode(errors="replace")
    if completed.returncode not in (0, _TAR_FILES_CHANGED):
        raise DrillError(f"tar ended with status {completed.returncode} on {target.name}: {said}")
    return said


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
