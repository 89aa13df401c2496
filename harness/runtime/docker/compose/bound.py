"""What is bound from the machine into a container is judged where it leads, not by its name."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from harness.runtime.docker.compose.service import covers

_NOT_FOR_CONTAINERS = (
    "/dev",
    "/proc",
    "/run",
    "/sys",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/run",
)
_MEMORY = "/dev/shm/"  # noqa: S108 - files there are like any others
_LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that the engine runs on. `own` are directories of the engine's beside the usual
    ones; `is_here` tells whether its files are those of this machine.
    """

    own: tuple[str, ...] = ()
    is_here: bool = True
    hint = "Through it a container gets at what is not the drill's."

    def objection(self, source: str) -> str | None:
        """Return why a file or directory is not bound into a container; None if it is."""
        if not self.is_here:
            return f"{source} of another machine, where it may lead anywhere"
        real, named = where(source), os.path.normpath(source)
        refused = {path for own in (*_NOT_FOR_CONTAINERS, *self.own) for path in _names(own)}
        said = f"{source} of this machine"
        for path, told in ((named, said), (real, f"{said}, which leads to {real}")):
            if any(covers(path, own) or covers(own, path) for own in _for(path, refused)):
                return told
        if _same_as_any(real, _for(real, refused)):
            return f"{said}, another name of what is not for containers"
        for path in islice(_within(real), _LOOKED_AT):
            if not _is_plain(path):
                return f"{said}, where {path} is no file and no directory"
        return None


def where(path: str) -> str:
    """Return where a path leads, or the path itself where that cannot be seen."""
    try:
        return os.path.realpath(path)
    except OSError:
        return os.path.normpath(path)


def _for(path: str, refused: set[str]) -> set[str]:
    """Return what is refused of a path: memory that files lie in is no device."""
    return refused - {"/dev"} if path.startswith(_MEMORY) else refused


def _names(path: str) -> tuple[str, str]:
    return path, where(path)


def _same_as_any(real: str, refused: set[str]) -> bool:
    """Tell whether a path is one of these, lies in one or holds one, under whatever name: what is
    mounted twice is no link.
    """
    whole = {_identity(str(above)) for own in refused for above in (Path(own), *Path(own).parents)}
    itself = {_identity(own) for own in refused}
    above = {_identity(str(path)) for path in Path(real).parents}
    return bool(({_identity(real)} & whole | above & itself) - {None})


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _within(real: str) -> Iterator[str]:
    yield real
    for directory, _, files in os.walk(real):
        yield from (os.path.join(directory, name) for name in files)  # noqa: PTH118 - many of them


def _is_plain(path: str) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
