"""A file that a user names is read whole: no pipe is waited for, and nothing endless is read."""

import errno
import os
import stat
from pathlib import Path

from harness.core.errors import UsageError
from harness.core.writing import reason, shown


def named(text: str, by: str) -> Path:
    """Return the path that a user names. Raises: UsageError: no file can have it; `by` names it."""
    try:
        if not text:
            raise UsageError(f"{by}: the path is empty", "Name a file or a folder.")
        Path(text).exists()
    except (OSError, ValueError) as error:
        if not isinstance(error, PermissionError):
            raise UsageError(
                f"{by}: {shown(text)} is no path: {reason(error)}", "Name a file or a folder."
            ) from None
    return Path(text)


def content(path: Path, bytes_at_most: int) -> bytes:
    """Return what a regular file holds.

    Raises: OSError: it cannot be read, is no regular file, or is larger than that.
    """
    try:
        # Not waited for, a pipe that nobody writes to is open, too.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error)) from None
    with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "not a regular file")
        found = file.read(bytes_at_most + 1)
    if len(found) > bytes_at_most:
        raise OSError(errno.EFBIG, f"larger than {bytes_at_most // 1024:,} KiB")
    return found


def text(path: Path, bytes_at_most: int) -> str:
    """Return the same as text. Raises: OSError: as above, or it is not UTF-8."""
    found = content(path, bytes_at_most)
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        said = f"line {line}: byte 0x{found[error.start]:02x} is not UTF-8"
        raise OSError(errno.EILSEQ, said) from None
