"""A scenario file is read whole: a Scenario comes back, or all of its errors at once."""

import re
import unicodedata
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.core.paths import from_here
from harness.core.ports import ComposeFile
from harness.platform import own_code
from harness.scenario.adopting import ADOPTABLE, ADOPTED, NO_ISOLATION, refuse_what_is_not_cut_off
from harness.scenario.check_part import check_part
from harness.scenario.document import parse
from harness.scenario.earned import check_earned
from harness.scenario.form import ScenarioPart, StackPart
from harness.scenario.kinds import Kinds
from harness.scenario.model import HubCommand, Scenario, Seed
from harness.scenario.own import check_folders, own_ids
from harness.scenario.platform_file import platform_at
from harness.scenario.problem import Problems, ScenarioErrors, shown, shown_path
from harness.scenario.references import check_references
from harness.scenario.scripted import completed
from harness.scenario.stack import check_stack
from harness.scenario.step import StepReader
from harness.scenario.steps import Backup, Step
from harness.scenario.terms import terms_of
from harness.scenario.timeline import check_timeline
from harness.yaml_text import Unreadable, decoded, read

FOLDER = "scenarios"
"""The folder of scenarios; what lies in a folder below it carries that folder in its slug."""

_SLUG_CHARACTERS = 100


def load(path: Path, kinds: Kinds | None = None) -> Scenario:
    """Return the scenario in a file; `kinds` are those installed unless given.

    Raises: ScenarioErrors: it cannot be read or is no valid scenario; with all of its problems.
    """
    kinds = replace(kinds or Kinds.installed(), folder=path.parent)
    slug = slug_of(path)
    content = _read(path)
    try:
        text = decoded(content)
        document = parse(text)
    except Unreadable as error:
        raise ScenarioErrors([f"{shown_path(path)}:{error.line}: {error.text}"]) from None
    problems = document.problems
    kinds = _on_its_platform(document.value, kinds, problems)
    if adopting := _adopting(document.value):
        is_isolated = all(entry.get("isolation") != NO_ISOLATION for entry in adopting)
        stores = tuple(s for s in ADOPTABLE if any(s in entry for entry in adopting))
        adopted = replace(
            ADOPTED,
            path=str(from_here(path)),
            stores=stores or ADOPTED.stores,
            is_isolated=is_isolated,
        )
        kinds = kinds.on(adopted)
    if problems.has(("platform",)):
        # What else is wrong depends on what the platform has.
        problems.raise_any(path)
    if not isinstance(document.value, dict):
        if not problems.has(()):
            empty = document.value is None
            what = "the file is empty" if empty else f"{shown(document.value)} is no scenario"
            problems.add((), f"{what}. Write the keys title, seed and timeline")
        problems.raise_any(path)
    kinds = replace(kinds, own=own_ids(document.value))
    part = check_part(ScenarioPart, document.value, (), problems, kinds)
    entries = document.value.get("timeline")
    entries = entries if isinstance(entries, list) else []
    reader = StepReader(kinds, problems)
    steps = [reader.read(entry, ("timeline", index)) for index, entry in enumerate(entries)]
    steps = completed(steps)
    check_timeline(entries, steps, problems, kinds.platform)
    check_references(steps, kinds, problems)
    _check_skips(document.value, problems)
    if kinds.platform.is_isolated:
        refuse_what_is_not_cut_off(steps, part.checks if part else {}, problems)
    if part is not None:
        check_folders(part.checks, path.parent, problems)
        check_stack(part.stack, kinds.folder, problems)
    problems.raise_any(path)
    assert part is not None
    if part.expect is None:
        check_earned(part.seed.counts, steps, kinds.platform, problems)
        problems.raise_any(path)
    stack = part.stack
    return Scenario(
        slug=slug,
        path=from_here(path),
        text=text,
        sha256=sha256(content).hexdigest(),
        title=part.title,
        why=part.why,
        tags=tuple(part.tags),
        seed=Seed(
            part.seed.random,
            {table: part.seed.counts.get(table, 0) for table in kinds.tables},
        ),
        timeline=tuple(step for step in steps if step is not None),
        terms=terms_of(part, _schedules(steps)),
        platform=kinds.platform,
        hub=HubCommand(tuple(stack.hub.command), stack.hub.health_url) if stack.hub else None,
        images=stack.images,
        compose=_compose_file(kinds.folder, part.stack) or kinds.platform.compose,
    )


def _on_its_platform(value: Any, kinds: Kinds, problems: Problems) -> Kinds:
    """Return the kinds for the platform that a scenario names, or for the one given."""
    named = value.get("platform") if isinstance(value, dict) else None
    if not isinstance(named, str) or not named.strip():
        return kinds
    try:
        platform = platform_at(kinds.folder / named.strip())
        own_code.check(platform, own_code.JUDGING)
        return kinds.on(platform)
    except ScenarioErrors as error:
        for said in error.problems:
            problems.add(("platform",), said)
        return kinds
    except own_code.BrokenCode as error:
        problems.add(("platform",), error.message)
        return kinds


def _adopting(value: Any) -> list[dict[str, Any]]:
    """Return the steps that adopt a backup, as they are written."""
    entries = value.get("timeline") if isinstance(value, dict) else None
    if not isinstance(entries, list) or value.get("platform"):
        return []
    return [entry for entry in entries if isinstance(entry, dict) and "adopt" in entry]


def _compose_file(folder: Path, stack: StackPart) -> ComposeFile | None:
    if stack.compose is None:
        return None
    return ComposeFile(from_here((folder / stack.compose).resolve()), stack.services)


def _schedules(steps: list[Step | None]) -> dict[str, float]:
    return {
        step.name: step.every_seconds
        for step in steps
        if isinstance(step, Backup) and step.every_seconds is not None
    }


def slug_of(path: Path) -> str:
    """Return a scenario's id: its path below the scenarios folder in ASCII, small, with dashes.

    Raises: ScenarioErrors: the name has no ASCII letter or digit.
    """
    parts = [*path.absolute().parent.parts, path.stem]
    below = len(parts) - 1 - parts[-2::-1].index(FOLDER) if FOLDER in parts[:-1] else -1
    name = unicodedata.normalize("NFKD", "-".join(parts[below:])).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-_")
    if not slug:
        raise ScenarioErrors(
            [f"{shown_path(path)}: the file's name has no ASCII letter or digit. Rename it"]
        )
    if len(slug) > _SLUG_CHARACTERS:
        # It names folders, with something of their own behind it.
        slug = f"{slug[:_SLUG_CHARACTERS]}-{sha256(slug.encode()).hexdigest()[:8]}"
    return slug


def _read(path: Path) -> bytes:
    name = shown_path(path)
    try:
        if path.is_dir():
            raise ScenarioErrors([f"{name}: this is a folder. Name a file in it"])
        return read(path)
    except Unreadable as error:
        raise ScenarioErrors([f"{name}: {error.text}"]) from None
    except FileNotFoundError:
        raise ScenarioErrors([f"{name}: there is no such file"]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioErrors([f"{name}: it cannot be read: {reason}"]) from None


def _check_skips(value: dict[str, Any], problems: Problems) -> None:
    expect, skip = value.get("expect"), value.get("skip")
    expected = expect.get("fail") if isinstance(expect, dict) else None
    if not isinstance(expected, list | dict) or not isinstance(skip, dict):
        return
    for index, check in enumerate(expected):
        if isinstance(check, str) and check in skip:
            line = problems.line(("skip", check))
            problems.add(
                ("expect", "fail", check if isinstance(expected, dict) else index),
                f"{shown(check)} is skipped in line {line}, so it cannot fail. Remove either",
            )
