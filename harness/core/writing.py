"""Files that the harness leaves are whole or not there; what keeps one away is said in a line."""

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

from harness.core.errors import DrillError, UsageError

_WRONG_PATH = (errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL)

_ROOM_BYTES = 4096
_SHOWN_AT_MOST = 400


def reason(error: Exception) -> str:
    """Return why the system refused something, in its own words."""
    said = getattr(error, "strerror", None) or str(error)
    return said[:1].lower() + said[1:]


def shown(path: Path | str) -> str:
    """Return a path as a line of text in any encoding of Unicode shows it."""
    text = os.fspath(path)
    if len(text) > _SHOWN_AT_MOST:
        text = f"{text[: _SHOWN_AT_MOST // 2]}…{text[-_SHOWN_AT_MOST // 2 :]}"
    return text if text.isprintable() else repr(text)


def whole(path: Path, text: str) -> None:
    """Write a file, whole or not at all: what stood there before stays where that fails.

    Raises: OSError.
    """
    # Several processes of one run may write the same.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def append(path: Path, text: str) -> None:
    """Append to a file that may be anybody's; a pipe that nobody reads is not waited for.

    Raises: OSError.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK
    with open(os.open(path, flags, 0o666), "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
        file.write(text)


def folder(path: Path, hint: str) -> None:
    """Make a folder that can be written to.

    Raises: UsageError: the path leads to no folder. DrillError: this machine does not allow it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as probe:
            probe.write(b"\0" * _ROOM_BYTES)
    except (OSError, ValueError) as error:
        kind = UsageError if _is_wrong(path, error) else DrillError
        raise kind(f"{shown(path)} cannot be written: {reason(error)}", hint) from None


def _is_wrong(path: Path, error: OSError | ValueError) -> bool:
    if not isinstance(error, OSError) or error.errno in _WRONG_PATH:
        return True
    # A link that leads nowhere, somewhere on the way.
    return any(stat.S_ISLNK(p.lstat().st_mode) and not p.exists() for p in _there(path))


def _there(path: Path) -> list[Path]:
    return [p for p in (path, *path.parents) if os.path.lexists(p)]
