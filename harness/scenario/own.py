"""The checks that a scenario brings: their ids, and what each asks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.core.own_check import PREFIX, OwnCheck
from harness.scenario.form import OwnCheckPart
from harness.scenario.problem import Problems, shown

KEY = "checks"


def own_ids(document: Any) -> tuple[str, ...]:
    """Return the ids of a file's own checks, as expectations and waivers name them."""
    checks = document.get(KEY) if isinstance(document, dict) else None
    return tuple(f"{PREFIX}{name}" for name in checks) if isinstance(checks, dict) else ()


def own_checks(parts: Mapping[str, OwnCheckPart]) -> tuple[OwnCheck, ...]:
    """Return a file's own checks, in its order."""
    return tuple(_own(name, part) for name, part in parts.items())


def check_folders(parts: Mapping[str, OwnCheckPart], folder: Path, problems: Problems) -> None:
    """Report each folder that is not there, as seen from the scenario's."""
    for name, part in parts.items():
        if part.folder is not None and not (folder / part.folder).is_dir():
            problems.add(
                (KEY, name, "folder"),
                f"{shown(part.folder)} is not a folder. Name it by its path from the scenario's",
            )


def _own(name: str, part: OwnCheckPart) -> OwnCheck:
    if part.sql is not None and part.equals is not None:
        return OwnCheck(name, "sql", part.sql, part.equals, part.within)
    if part.http is not None:
        return OwnCheck(name, "http", part.http, part.status or 200, part.within)
    return OwnCheck(name, "command", part.command or "", 0, part.within, part.folder or ".")
