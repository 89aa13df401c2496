"""What a backup left behind: measured with one SHA-256 over all of it, or damaged on purpose."""

from hashlib import file_digest, sha256
from pathlib import Path

from harness.core.errors import DrillError


def weigh(directory: Path) -> tuple[int, int, str]:
    """Return (files, bytes, SHA-256) of everything below a directory.

    The digest of a single file is that file's own; of several it is over their sorted paths and
    digests. Nothing at all has no digest.
    """
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    size_bytes = sum(path.stat().st_size for path in files)
    digests = [(path.relative_to(directory).as_posix(), _sha256(path)) for path in files]
    if len(digests) == 1:
        return 1, size_bytes, digests[0][1]
    listing = "".join(f"{digest}  {name}\n" for name, digest in digests)
    return len(files), size_bytes, sha256(listing.encode()).hexdigest() if files else ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def damage(directory: Path, how: str, pattern: str) -> str:
    """Damage the largest file below a directory that matches; return which one, and how.

    `how` is `truncated` (the file ends in its middle) or `bit_flipped` (one bit, in its middle).
    Raises: DrillError: there is no such file with anything in it.
    """
    files = [path for path in directory.rglob(pattern) if path.is_file() and path.stat().st_size]
    if not files:
        raise DrillError(f"the backup holds no file {pattern} to damage")
    largest = max(sorted(files), key=lambda path: path.stat().st_size)
    name = largest.relative_to(directory).as_posix()
    size_bytes = largest.stat().st_size
    with largest.open("r+b") as file:
        if how == "truncated":
            file.truncate(size_bytes // 2)
            return f"{name} cut from {size_bytes} to {size_bytes // 2} bytes"
        file.seek(size_bytes // 2)
        (byte,) = file.read(1)
        file.seek(size_bytes // 2)
        file.write(bytes([byte ^ 1]))
        return f"{name}: one bit of byte {size_bytes // 2} flipped"
