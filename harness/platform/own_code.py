"""What a platform brings in Python: modules of its own, beside its declaration.

`rows` makes rows and messages by their numbers, `filling` fills what no file can, `observations`,
`probes` and `checks` look at what only this platform has and judge it, and `plants` damage it. Each
may be left out.
"""

import importlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.core.errors import UsageError
from harness.core.paths import from_here
from harness.core.platform import Platform
from harness.platform.rows import (
    MESSAGES_TABLE,
    Messages,
    RowSource,
    event_source,
    messages_about,
)

JUDGING = ("rows", "observations", "checks")
"""The modules that tell what there is; they load no client."""
MODULES = (*JUDGING, "filling", "probes", "plants")
"""The modules that are looked for."""


class BrokenCode(UsageError):
    """A module of a platform's own cannot be imported, or is not what it must be."""


def files_of(platform: Platform) -> list[Path]:
    """Return the files of a platform's own code, in order."""
    return sorted(Path(platform.code).rglob("*.py")) if platform.code else []


def check(platform: Platform, modules: Iterable[str] = MODULES) -> None:
    """Import the modules that there are. Raises: BrokenCode."""
    for name in modules:
        module(platform, name)


def module(platform: Platform, name: str) -> ModuleType | None:
    """Return a platform's own module, None where it has none. Raises: BrokenCode."""
    return _module(str(Path(platform.code).resolve()), name) if platform.code else None


def brought(platform: Platform, name: str, what: str, kind: type[Any]) -> tuple[Any, ...]:
    """Return what a platform's module lists under a name, in order. Raises: BrokenCode."""
    found = module(platform, name)
    if found is None:
        return ()
    listed = getattr(found, what, None)
    if not isinstance(listed, tuple | list):
        raise _unfit(found, f"it has no {what}", f"List there what it brings: {what} = (…,)")
    for one in listed:
        if not isinstance(one, kind):
            raise _unfit(
                found,
                f"{what}: {str(one)[:60]} is no {kind.__name__}",
                f"Make it with {kind.__module__}.{kind.__name__}.",
            )
    return tuple(listed)


def hook(platform: Platform, name: str, what: str) -> Callable[..., None] | None:
    """Return a function of a platform's module, None where it has none. Raises: BrokenCode."""
    found: Callable[..., None] | None = getattr(module(platform, name), what, None)
    return found


def sources(platform: Platform) -> Mapping[str, RowSource]:
    """Return what makes a platform's rows and messages from their numbers, by table."""
    found = {source.table: source for source in brought(platform, "rows", "SOURCES", RowSource)}
    if platform.events and MESSAGES_TABLE not in found:
        found[MESSAGES_TABLE] = event_source(platform.events.stream, messages_of(platform))
    return found


def messages_of(platform: Platform) -> Messages:
    """Return what makes the messages that a drill publishes."""
    made: Messages | None = getattr(module(platform, "rows"), "MESSAGES", None)
    if made is not None:
        return made
    return messages_about(platform.events.subject if platform.events else "")


@cache
def _module(folder: str, name: str) -> ModuleType | None:
    here = Path(folder)
    if not (here / f"{name}.py").is_file() and not (here / name / "__init__.py").is_file():
        return None
    package = _package(here)
    try:
        return importlib.import_module(f"{package}.{name}")
    except Exception as error:
        file, line = _place(error, here)
        if isinstance(error, SyntaxError):
            file, line = Path(error.filename or file), error.lineno or 0
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise BrokenCode(
            f"{from_here(file)}:{line}: {said}",
            "A platform's own modules are imported before anything is started; see"
            " docs/platforms.md.",
        ) from error


def _package(folder: Path) -> str:
    """Return the name under which a folder is a package; it is made one where it is none."""
    parts = [folder.name]
    above = folder.resolve()
    while (above / "__init__.py").is_file():
        above = above.parent
        parts.append(above.name)
    if len(parts) > 1 and str(above) in map(str, map(Path.resolve, map(Path, sys.path))):
        return ".".join(reversed(parts[:-1]))
    name = f"drilled_{sha256(str(folder.resolve()).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder.resolve())]
        sys.modules[name] = module_from_spec(spec)
    return name


def _place(error: Exception, folder: Path) -> tuple[Path, int]:
    """Return where in the folder an error came from: the last line that ran there."""
    place = folder, 0
    for frame, line in _frames(error):
        if Path(frame).resolve().is_relative_to(folder.resolve()):
            place = Path(frame), line
    return place


def _frames(error: Exception) -> Iterator[tuple[str, int]]:
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield frame.f_code.co_filename, line


def _unfit(found: ModuleType, said: str, hint: str) -> BrokenCode:
    return BrokenCode(f"{from_here(Path(str(found.__file__)))}: {said}. {hint}")
