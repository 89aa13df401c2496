"""What somebody else's backup is, told by its first bytes, and copied into a drill."""

import gzip
import os
import shutil
import zlib
from pathlib import Path

_GZIP = b"\x1f\x8b"
_LOOKED_AT_BYTES = 4096
_COPIED_AT_ONCE_BYTES = 1 << 20
LEFT_FREE_BYTES = 1 << 30
"""What a packed file may not fill of a disk: a small one can become any size."""


def is_gzipped(source: Path) -> bool:
    """Tell whether gzip packed a file. Raises: OSError."""
    with source.open("rb") as opened:
        return opened.read(len(_GZIP)) == _GZIP


def first_bytes(source: Path) -> bytes:
    """Return a file's first 4 KiB, unpacked. Raises: OSError: it cannot be read or unpacked."""
    try:
        with gzip.open(source) if is_gzipped(source) else source.open("rb") as opened:
            return opened.read(_LOOKED_AT_BYTES)
    except (EOFError, zlib.error) as error:
        raise _no_archive(error) from None


def copied(source: Path, target: Path) -> None:
    """Copy a file or a folder as it is; a file that gzip packed is unpacked.

    Raises: OSError: it cannot be read, is no whole archive, or would fill the disk.
    """
    if source.is_dir():
        shutil.copytree(source, target)
    elif is_gzipped(source):
        try:
            _unpack(source, target)
        except (EOFError, zlib.error) as error:
            raise _no_archive(error) from None
    else:
        shutil.copyfile(source, target)


def _unpack(source: Path, target: Path) -> None:
    with gzip.open(source) as packed, target.open("wb") as whole:
        while part := packed.read(_COPIED_AT_ONCE_BYTES):
            if shutil.disk_usage(target.parent).free < LEFT_FREE_BYTES:
                written_bytes = whole.tell()
                raise OSError(
                    f"unpacked it is larger than {written_bytes:,} bytes, and less than"
                    f" {LEFT_FREE_BYTES:,} bytes would be left on the disk"
                )
            whole.write(part)


def _no_archive(error: Exception) -> OSError:
    return OSError(os.EX_DATAERR, f"no whole archive of gzip: {error}")
