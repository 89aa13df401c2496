"""The files of a project's beginning: written all or none, and never over what is there."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from harness.core import writing
from harness.core.errors import DrillError, UsageError
from harness.scenario.schema import platform_schema_text, schema_text

SCHEMAS = {
    "scenarios/schema.json": schema_text,
    "scenarios/platform.schema.json": platform_schema_text,
}
"""What editors check the other files with; those of a project that has them already stay."""


def packaged(folder: str) -> dict[str, str]:
    """Return the files of a folder of this package, by their paths in it."""
    return dict(_below(resources.files(__package__) / folder, PurePosixPath()))


def _below(folder: Traversable, way: PurePosixPath) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _below(entry, way / entry.name)
        else:
            yield str(way / entry.name), entry.read_text(encoding="utf-8")


def with_schemas(files: Mapping[str, str], root: Path) -> dict[str, str]:
    """Return the files and, unless the project has them, the schemas for editors beside them."""
    made = {name: text() for name, text in SCHEMAS.items() if not (root / name).exists()}
    return {**files, **made}


def refuse_taken(names: Iterable[str], root: Path) -> None:
    """Raise UsageError if one of the files is there already."""
    taken = [name for name in names if os.path.lexists(root / name)]
    if taken:
        raise UsageError(
            f"{', '.join(taken)}: there already, and nothing was written",
            "Use another folder, or move what is there.",
        )


def write(files: Mapping[str, str], root: Path) -> None:
    """Write files that are not there yet, by their paths below a folder.

    Raises: UsageError: one is there already; nothing was written. DrillError: this machine does not
    allow it; what was written is gone again.
    """
    refuse_taken(files, root)
    written: list[Path] = []
    try:
        for name, text in files.items():
            path = root / name
            written += _folders(path.parent)
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(text)
            if text.startswith("#!"):
                path.chmod(0o755)
    except OSError as error:
        for path in reversed(written):
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        at = error.filename or root
        raise DrillError(
            f"{writing.shown(at)} cannot be written: {writing.reason(error)}",
            "Nothing was written. Make the folder writable, or use another.",
        ) from None


def _folders(folder: Path) -> list[Path]:
    """Make a folder, and return those that were made for it, the outermost first."""
    made = [f for f in reversed((folder, *folder.parents)) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return made
