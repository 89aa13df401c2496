"""How a path is shown and kept: from the current directory, where it lies below it."""

from pathlib import Path


def from_here(path: Path) -> Path:
    """Return a path relative to the current directory when it lies below it."""
    here, absolute = Path.cwd(), path.absolute()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else path
