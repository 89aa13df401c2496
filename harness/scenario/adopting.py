"""A real backup is found by its path or by a pattern, and told by its first bytes."""

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from harness.core import reading
from harness.core.paths import from_here
from harness.core.platform import Platform
from harness.core.writing import reason
from harness.scenario.check_part import check_part
from harness.scenario.form import OwnCheckPart
from harness.scenario.kinds import Kinds
from harness.scenario.problem import Loc, Problems, shown
from harness.scenario.step_form import AdoptPart
from harness.scenario.steps import Adopt, RestoreByHand, Step

ADOPTED = Platform("an adopted backup", stores=("postgres",), is_adopted=True, is_isolated=True)
"""The platform of a scenario that adopts a backup: all that is known of it is that."""

NO_ISOLATION = "none"
"""How a scenario says that what it adopts is not cut off from this machine."""

_OPEN = f"Write isolation: {NO_ISOLATION} where the backup is adopted"
_CUSTOM = b"PGDMP"
_GZIP = b"\x1f\x8b"
_CONTENTS = "toc.dat"
_MANIFEST_AT_MOST_BYTES = 256 << 20
_ROLES_AT_MOST_BYTES = 64 << 20
_PATTERN = set("*?[")


def read_adopt(raw: dict[str, object], loc: Loc, problems: Problems, kinds: Kinds) -> Adopt | None:
    """Return the step, or None after reporting everything wrong with it."""
    part = check_part(AdoptPart, raw, loc, problems, kinds)
    if part is None:
        return None
    of = part.postgres
    here = (*loc, "postgres")
    file = _newest(kinds.folder, of.file)
    if file is None:
        problems.add((*here, "file"), f"no file is or matches {shown(of.file)}")
        return None
    try:
        kind = _format(file)
    except OSError as error:
        problems.add((*here, "file"), f"{shown(of.file)} cannot be read: {reason(error)}")
        return None
    manifest = kinds.folder / of.manifest if of.manifest else None
    if manifest is not None and (said := _no_manifest(manifest)):
        problems.add((*here, "manifest"), f"{shown(of.manifest)} {said}")
    roles = kinds.folder / of.roles if of.roles else None
    if roles is not None:
        try:
            reading.content(roles, _ROLES_AT_MOST_BYTES)
        except OSError as error:
            problems.add((*here, "roles"), f"{shown(of.roles)} cannot be read: {reason(error)}")
    return Adopt(problems.line(loc), part.adopt, from_here(file), kind, manifest, roles)


def refuse_what_is_not_cut_off(
    steps: Sequence[Step | None], checks: Mapping[str, OwnCheckPart], problems: Problems
) -> None:
    """Report what would run on this machine, and so could not come at servers that are cut off."""
    hint = f"it runs on this machine, and comes at no server that is cut off. {_OPEN}"
    for index, step in enumerate(steps):
        if isinstance(step, RestoreByHand):
            problems.add(("timeline", index, "restore"), hint)
    for name, check in checks.items():
        if check.command is not None:
            problems.add(("checks", name, "command"), hint)


def _no_manifest(path: Path) -> str:
    """Return why a file is no manifest; empty if it looks like one."""
    try:
        content = json.loads(reading.text(path, _MANIFEST_AT_MOST_BYTES))
    except OSError as error:
        return f"cannot be read: {reason(error)}"
    except (ValueError, RecursionError):
        return "is no manifest. drill manifest writes one"
    is_one = isinstance(content, dict) and "manifest" in content
    return "" if is_one else "is no manifest. drill manifest writes one"


def _newest(folder: Path, text: str) -> Path | None:
    path = folder / text
    try:
        if path.exists():
            return path
        if not _PATTERN & set(text):
            return None
        root = Path(path.anchor)
        found = list(root.glob(str(path.absolute().relative_to(root))))
        return max(found, key=lambda p: p.stat().st_mtime, default=None)
    except (OSError, ValueError):
        return None


def _format(file: Path) -> Literal["plain", "custom", "directory"]:
    """Tell how a dump was written. Raises: OSError: it cannot be read, or is no dump."""
    if file.is_dir():
        if not (file / _CONTENTS).is_file():
            raise OSError(0, f"a folder without {_CONTENTS} is no dump of pg_dump")
        return "directory"
    with file.open("rb") as opened:
        start = opened.read(len(_CUSTOM))
    if start.startswith(_GZIP):
        with gzip.open(file) as inside:
            start = inside.read(len(_CUSTOM))
    return "custom" if start == _CUSTOM else "plain"
