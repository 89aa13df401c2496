"""A real backup is found by its path or by a pattern, and told by what it looks like."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.core import reading
from harness.core.paths import from_here
from harness.core.platform import Platform
from harness.core.writing import reason
from harness.kinds import AdoptingMethod
from harness.scenario.check_part import check_part
from harness.scenario.form import OwnCheckPart
from harness.scenario.kinds import Kinds
from harness.scenario.problem import Loc, Problems, shown, suggestion
from harness.scenario.step_form import AdoptedPart, AdoptedPostgresPart, AdoptPart
from harness.scenario.steps import Adopt, Adopted, MethodChoice, RestoreByHand, Step

ADOPTABLE = ("postgres", "nats", "meilisearch", "redis")
ADOPTED = Platform(
    "an adopted backup", "elsewhere", stores=("postgres",), is_adopted=True, is_isolated=True
)
"""The platform of a scenario that adopts a backup: all that is known of it is that."""

NO_ISOLATION = "none"
"""How a scenario says that what it adopts is not cut off from this machine."""

_OPEN = f"Write isolation: {NO_ISOLATION} where the backup is adopted"
_MANIFEST_AT_MOST_BYTES = 256 << 20
_ROLES_AT_MOST_BYTES = 64 << 20
_PATTERN = set("*?[")


def read_adopt(raw: dict[str, object], loc: Loc, problems: Problems, kinds: Kinds) -> Adopt | None:
    """Return the step, or None after reporting everything wrong with it."""
    part = check_part(AdoptPart, raw, loc, problems, kinds)
    if part is None:
        return None
    named = {store: getattr(part, store) for store in ADOPTABLE}
    given = {store: backup for store, backup in named.items() if backup is not None}
    if not given:
        problems.add(loc, f"no store is named. {suggestion(None, ADOPTABLE)}")
    found = [_adopted(store, of, (*loc, store), problems, kinds) for store, of in given.items()]
    manifest = kinds.folder / part.manifest if part.manifest else None
    if manifest is not None and (said := _no_manifest(manifest)):
        problems.add((*loc, "manifest"), f"{shown(part.manifest)} {said}")
    whole = tuple(one for one in found if one is not None)
    if not whole or len(whole) < len(found):
        return None
    return Adopt(problems.line(loc), part.adopt, whole, manifest)


def _adopted(
    store: str, of: AdoptedPart, here: Loc, problems: Problems, kinds: Kinds
) -> Adopted | None:
    file = _newest(kinds.folder, of.file)
    if file is None:
        problems.add((*here, "file"), f"no file is or matches {shown(of.file)}")
        return None
    try:
        choice = _recognised(store, file, kinds)
    except OSError as error:
        problems.add((*here, "file"), f"{shown(of.file)} cannot be read: {reason(error)}")
        return None
    if choice is None:
        ways = ", ".join(method.id for method in _adopting(store, kinds))
        said = f"{shown(of.file)} is no backup that can be adopted. Known: what is made by {ways}"
        problems.add((*here, "file"), said)
        return None
    adopted = Adopted(choice, from_here(file))
    if not isinstance(of, AdoptedPostgresPart):
        return adopted
    roles = kinds.folder / of.roles if of.roles else None
    if roles is not None:
        try:
            reading.content(roles, _ROLES_AT_MOST_BYTES)
        except OSError as error:
            problems.add((*here, "roles"), f"{shown(of.roles)} cannot be read: {reason(error)}")
    is_dump = choice.method == "pg_dump"
    if roles is not None and not is_dump:
        problems.add((*here, "roles"), "a copy of the whole cluster has its roles. Remove this")
    if of.database and is_dump:
        problems.add((*here, "database"), "a dump holds one database. Remove this")
    if not is_dump and not kinds.platform.is_isolated:
        said = f"nobody knows this cluster's passwords. Remove isolation: {NO_ISOLATION}"
        problems.add(here, said)
    return replace(adopted, roles=roles, database=of.database or "", superuser=of.superuser)


def _recognised(store: str, file: Path, kinds: Kinds) -> MethodChoice | None:
    for method in _adopting(store, kinds):
        if (options := method.recognise(store, file)) is not None:
            return MethodChoice(store, method.id, options)
    return None


def _adopting(store: str, kinds: Kinds) -> Iterator[AdoptingMethod]:
    """Yield the methods that take in a store's backups, the more particular ones first."""
    for id_ in kinds.methods_for(store):
        method = kinds.methods[id_]
        if isinstance(method, AdoptingMethod):
            yield method


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
