"""A script of the user's is copied with its folder, in which texts may stand for others."""

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from harness.core.errors import DrillError, Unavailable
from harness.core.writing import shown

HOMES = "homes"
"""Below a drill's directory: the copies of the folders in which its scripts live."""

_FILES_AT_MOST = 5_000
_BYTES_AT_MOST = 256 << 20
_TEXT_BYTES_AT_MOST = 1 << 20
# How a script quotes what is put into it is its own affair, and PATH has no way to quote a colon.
_PLAIN = re.compile(r"[\w./@%+=,-]+")


@dataclass(frozen=True, slots=True)
class Copy:
    """A script in the copy of its folder, which is its HOME; `said` names what was replaced."""

    script: Path
    home: Path
    said: str = ""


def copied(script: Path, drill: Path, replaced: Mapping[str, str]) -> Copy:
    """Copy a script with its folder, once a drill; each text in `replaced` stands for another.

    What the scripts of a folder leave in it stays there. Replaced is anew for every run, in every
    text file that is as it was copied.
    Raises: DrillError: it cannot be read, or the folder is too large to be copied. Unavailable:
    the drill's directory is none that any script can work with.
    """
    if not _PLAIN.fullmatch(str(drill)):
        raise Unavailable(
            f"no script can be relied on in {shown(drill)}: a shell may read its signs or blanks",
            "Set DRILL_HOME to a directory whose path has letters, digits and ._-@%+=, only.",
        )
    folder = script.absolute().parent
    home = drill / HOMES / sha256(os.fsencode(folder)).hexdigest()[:16]
    try:
        if not home.exists():
            _copy(folder, home)
        said = _replace(folder, home, replaced)
        (home / script.name).chmod(0o700)
    except OSError as error:
        raise DrillError(f"cannot run {script}: {error.strerror}") from None
    return Copy(home / script.name, home, said)


def texts_in(folder: Path, at_most: int = _FILES_AT_MOST) -> Mapping[str, str]:
    """Return the text files of a folder that can be read, by their path in it."""
    found = {}
    for path in _files(folder, at_most):
        if not path.is_symlink() and path.stat().st_size <= _TEXT_BYTES_AT_MOST:
            with suppress(OSError):
                text = path.read_text(encoding="utf-8", errors="surrogateescape")
                if "\0" not in text:
                    found[path.relative_to(folder).as_posix()] = text
    return found


def _copy(folder: Path, home: Path) -> None:
    files = list(_files(folder, _FILES_AT_MOST + 1))
    size_bytes = sum(path.lstat().st_size for path in files)
    if len(files) > _FILES_AT_MOST or size_bytes > _BYTES_AT_MOST:
        raise DrillError(
            f"{folder} holds too much to be copied with a script in it",
            f"Put the script into a folder of its own, of at most {_FILES_AT_MOST:,} files and"
            f" {_BYTES_AT_MOST >> 20} MB.",
        )
    home.mkdir(mode=0o700, parents=True)
    for path in files:
        target = home / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
            target.symlink_to(path.resolve())
        else:
            shutil.copy2(path, target, follow_symlinks=False)


def _files(folder: Path, at_most: int) -> list[Path]:
    """Return files and links to files below a folder, sorted; of very many only the first."""
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        links = [name for name in folders if Path(root, name).is_symlink()]
        for path in (Path(root, name) for name in sorted([*names, *links])):
            if path.is_symlink() or path.is_file():
                found.append(path)
            if len(found) >= at_most:
                return found
    return found


def _replace(folder: Path, home: Path, replaced: Mapping[str, str]) -> str:
    places: dict[str, list[str]] = {}
    for name, text in texts_in(folder).items() if replaced else ():
        new = text
        for old, by in replaced.items():
            if old in text:
                places.setdefault(old, []).append(name)
                new = new.replace(old, by)
        if new != text:
            (home / name).write_text(new, encoding="utf-8", errors="surrogateescape")
    told = "; ".join(f"{old!r} in {', '.join(names)}" for old, names in places.items())
    return told and f"replaced in a copy: {told}"
