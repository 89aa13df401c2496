"""The files that a platform's declaration names, by their paths from its folder."""

from collections.abc import Callable, Iterable
from pathlib import Path

from harness.core import reading
from harness.core.paths import from_here
from harness.core.writing import reason
from harness.scenario.problem import Loc, Problems, shown

SCRIPT_BYTES_AT_MOST = 1 << 30


class Scripts:
    """Finds them, and reports what is not there."""

    def __init__(
        self, folder: Path, problems: Problems, named: Callable[[Path], Path] = from_here
    ) -> None:
        self._folder, self._problems, self._named = folder, problems, named

    def folder(self, given: str, loc: Loc) -> str:
        """Return a folder; empty where it is none."""
        path = self._folder / given
        if path.is_dir():
            return str(self._named(path))
        self._problems.add(
            loc,
            f"{shown(given)} is no folder. Name it by its path from the folder of this file",
        )
        return ""

    def files(self, given: Iterable[str], loc: Loc) -> tuple[str, ...]:
        """Return files, and those of folders in the order of their names."""
        found: list[str] = []
        for position, text in enumerate(given):
            here = (*loc, position) if (*loc, position) in self._problems.lines else loc
            path = self._folder / text
            try:
                inside = sorted(path.glob("*.sql")) if path.is_dir() else [path]
                if not inside:
                    self._problems.add(here, f"{shown(text)} is a folder without any .sql file")
                for file in inside:
                    reading.content(file, SCRIPT_BYTES_AT_MOST)
            except (OSError, ValueError) as error:
                said = reason(error) if isinstance(error, OSError) else str(error)
                self._problems.add(
                    here,
                    f"{shown(text)} cannot be read: {said}. Name it by its path from the folder of"
                    " this file",
                )
                continue
            found += [str(self._named(file)) for file in inside]
        return tuple(found)
