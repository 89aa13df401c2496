"""The scenario of a real backup that is restored and judged, written where its reports go."""

import json
import re
from pathlib import Path

from harness.core import writing
from harness.scenario.adopting import NO_ISOLATION

_TEXT = """title: {title}
why: drill verify wrote this scenario; it can be kept, and run by itself.
seed: none
timeline:
  - adopt: backup
    isolation: {isolation}
    postgres: {adopted}
  - restore: backup
    order: [postgres]
"""


def write(
    file: Path, manifest: Path | None, roles: Path | None, reports: Path, *, is_isolated: bool
) -> Path:
    """Write the scenario and return its path. Raises: DrillError: it cannot be written."""
    parts = {"file": file, "manifest": manifest, "roles": roles}
    adopted = {name: str(path.absolute()) for name, path in parts.items() if path is not None}
    folder = reports / "verify"
    writing.folder(folder, "Name another folder with --reports.")
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", file.name).strip("-") or "backup"
    path = folder / f"{stem}.yaml"
    # JSON is YAML, whatever stands in a name.
    title = json.dumps(f"{file.name} is restored and judged", ensure_ascii=False)
    text = _TEXT.format(
        title=title,
        isolation="namespaces" if is_isolated else NO_ISOLATION,
        adopted=json.dumps(adopted, ensure_ascii=False),
    )
    path.write_text(text, encoding="utf-8")
    return path
