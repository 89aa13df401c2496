"""Look at the files of a backup before they are restored: are they whole, and are they those?

Only looks, and decides nothing: what came back is for the checks. It names the cause.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.core.history import Artefact
from harness.drill.artefacts import weigh

DUMP_BEGINS = b"-- PostgreSQL database dump"
DUMP_ENDS = b"-- PostgreSQL database dump complete"
"""The first and last words of a plain dump. Source: PostgreSQL 17, pg_backup_archiver.c."""

_LOOKED_AT_BYTES = 1024


def doubts(directory: Path, taken: Artefact, others: Iterable[Artefact]) -> Iterator[str]:
    """Yield each thing that is wrong with what lies in a directory, of the backup that was taken.

    `others` are the drill's other artefacts: one of them may lie here in its place.
    """
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        name = path.relative_to(directory).as_posix()
        if not path.stat().st_size and path.parent == directory:
            # A copy of a data directory has empty files, a backup's own file has not.
            yield f"{name} is empty"
        elif path.suffix == ".sql" and _ends_early(path):
            end = DUMP_ENDS.decode().removeprefix("-- ")
            yield f"{name} is cut short: the dump's last line, '{end}', is missing"
    _, size_bytes, digest = weigh(directory)
    if taken.sha256 and digest != taken.sha256:
        same = [other.backup for other in others if other.sha256 == digest]
        if same:
            yield f"what lies there is backup {same[0]}, not {taken.backup}"
        else:
            yield (
                f"it is not what the backup left: {size_bytes:,} bytes instead of"
                f" {taken.size_bytes:,}, with another SHA-256"
            )


def _ends_early(path: Path) -> bool:
    with path.open("rb") as file:
        if DUMP_BEGINS not in file.read(_LOOKED_AT_BYTES):
            return False
        file.seek(max(0, path.stat().st_size - _LOOKED_AT_BYTES))
        return DUMP_ENDS not in file.read()
