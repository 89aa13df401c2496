"""The scenario of real backups that are restored and judged, written where its reports go."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core import writing
from harness.scenario.adopting import NO_ISOLATION

_TEXT = """title: {title}
why: drill verify wrote this scenario; it can be kept, and run by itself.
seed: none
timeline:
  - {adopted}
  - restore: backup
    order: [{order}]
"""


@dataclass(frozen=True, slots=True)
class Given:
    """The backups of a night, by store, what is known of them, and what is demanded: objectives,
    those without a text left out.
    """

    files: Mapping[str, Path]
    manifest: Path | None
    roles: Path | None
    database: str
    objectives: Mapping[str, str]
    is_isolated: bool


def write(given: Given, reports: Path) -> Path:
    """Write the scenario and return its path. Raises: DrillError: it cannot be written."""
    adopted: dict[str, object] = {"adopt": "backup"}
    if not given.is_isolated:
        adopted["isolation"] = NO_ISOLATION
    if given.manifest is not None:
        adopted["manifest"] = str(given.manifest.absolute())
    for store, path in given.files.items():
        adopted[store] = {"file": str(path.absolute())}
    if "postgres" in given.files:
        roles = {"roles": str(given.roles.absolute())} if given.roles else {}
        database = {"database": given.database} if given.database else {}
        adopted["postgres"] = {"file": str(given.files["postgres"].absolute()), **roles, **database}
    folder = reports / "verify"
    writing.folder(folder, "Name another folder with --reports.")
    names = " and ".join(path.name for path in given.files.values())
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", names).strip("-") or "backup"
    path = folder / f"{stem}.yaml"
    verb = "is" if len(given.files) == 1 else "are"
    # JSON is YAML, whatever stands in a name.
    title = json.dumps(f"{names} {verb} restored and judged", ensure_ascii=False)
    text = _TEXT.format(
        title=title,
        adopted=json.dumps(adopted, ensure_ascii=False),
        order=", ".join(given.files),
    )
    if demanded := {name: value for name, value in given.objectives.items() if value}:
        text += f"objectives: {json.dumps(demanded, ensure_ascii=False)}\n"
    path.write_text(text, encoding="utf-8")
    return path
