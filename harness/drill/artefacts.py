"""What a backup left behind, measured: files, bytes, and one SHA-256 over all of it."""

from hashlib import file_digest, sha256
from pathlib import Path


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
