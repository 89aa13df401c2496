"""The SHA-256 of every file of a run, in a list that `sha256sum -c` reads as well.

It tells any byte that was changed since, any file that is gone, and any that was added.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest, sha256
from pathlib import Path

from harness.core import reading, writing
from harness.core.errors import UsageError
from harness.core.writing import reason, shown
from harness.report.run_folder import EVIDENCE

LIST = "SHA256SUMS"
SIGNATURE = f"{LIST}.sig"

_LIST_BYTES_AT_MOST = 64 << 20
_LINE = re.compile(r"(\\?)([0-9a-f]{64}) [ *](.+)")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}


def write(folder: Path) -> None:
    """List every file of a run. Raises: OSError."""
    found = _digests(folder, _files(folder))
    writing.whole(folder / LIST, "".join(_lines(found)))


def renew(folder: Path, page: Path) -> None:
    """Take a page that was made again into the list, where there is one. Raises: OSError."""
    path = folder / LIST
    if not path.is_file():
        return
    name = page.relative_to(folder).as_posix()
    listed = read(folder)
    if name in listed:
        writing.whole(path, "".join(_lines({**listed, **_digests(folder, [name])})))


def is_intact(folder: Path, name: str) -> bool:
    """Tell whether a file is as the list says."""
    try:
        return read(folder).get(name) == _digest(folder / name)
    except (OSError, UsageError):
        return False


def differences(folder: Path) -> list[str]:
    """Return each file that was changed, is gone or was added since the list was written.

    Raises: UsageError: there is no such list.
    """
    listed = read(folder)
    there = _digests(folder, _files(folder))
    told = []
    for name in sorted({*listed, *there}):
        if name not in there:
            told.append(f"gone: {shown(name)}")
        elif name not in listed:
            told.append(f"not in the list: {shown(name)}")
        elif listed[name] != there[name]:
            told.append(f"changed: {shown(name)}")
    return told


def read(folder: Path) -> dict[str, str]:
    """Return the digests in a run's list by file. Raises: UsageError: there is no such list."""
    path = folder / LIST
    try:
        text = reading.content(path, _LIST_BYTES_AT_MOST).decode("utf-8", "surrogateescape")
    except OSError as error:
        hint = "Name the folder of a run, as in reports/20261122T020000Z-1f3a."
        raise UsageError(f"{shown(path)}: {reason(error)}", hint) from None
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        told = _LINE.fullmatch(line)
        if told:
            found[_unescaped(told[3]) if told[1] else told[3]] = told[2]
        elif line:
            raise UsageError(
                f"{shown(path)}:{number}: not a line of a list of digests",
                "The list was changed; take it from where the run was made.",
            )
    return found


def of_file(path: Path) -> str:
    """Return a file's SHA-256, nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def of_evidence(folder: Path) -> str:
    """Return the SHA-256 over the list's lines of all evidence, as
    `grep '/evidence.json$' SHA256SUMS | sha256sum` tells it too. Raises: OSError.
    """
    names = [f"{path.parent.name}/{EVIDENCE}" for path in folder.glob(f"*/{EVIDENCE}")]
    lines = "".join(_lines(_digests(folder, names)))
    return sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _files(folder: Path) -> list[str]:
    """Return every file below a run's folder but the list and its signature; links stand for
    themselves.
    """
    found = []
    for directory, _, names in os.walk(folder):
        found += [(Path(directory) / name).relative_to(folder).as_posix() for name in names]
    return [name for name in found if name not in (LIST, SIGNATURE)]


def _digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    ordered = sorted(names)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        digests = pool.map(lambda name: _digest(folder / name), ordered)
        return dict(zip(ordered, digests, strict=True))


def _digest(path: Path) -> str:
    if not path.is_file():
        # A link that leads nowhere, a pipe: nothing of a run, and nothing to wait for.
        return sha256(b"").hexdigest()
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _lines(digests: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(digests):
        escaped = re.sub(r"[\\\n\r]", lambda sign: _ESCAPES[sign[0]], name)
        mark = "\\" if escaped != name else ""
        yield f"{mark}{digests[name]}  {escaped}\n"


def _unescaped(name: str) -> str:
    plain = {escape: sign for sign, escape in _ESCAPES.items()}
    return re.sub(r"\\[\\nr]", lambda escape: plain[escape[0]], name)
