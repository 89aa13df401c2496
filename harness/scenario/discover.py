"""Scenario files are found in folders, in a fixed order, and chosen by tag."""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from harness.core.writing import reason as said
from harness.scenario.kinds import Kinds
from harness.scenario.load import FOLDER, load, slug_of
from harness.scenario.model import Scenario
from harness.scenario.problem import ScenarioErrors, shown, shown_path, suggestion

SUFFIXES = (".yaml", ".yml")


def find(paths: Iterable[Path] = ()) -> list[Path]:
    """Return the scenario files among files and below folders, sorted, each once; what is neither
    may be the id of a scenario in the folder of scenarios.

    A file that is named is taken whatever its suffix; hidden files and folders are passed over.
    Raises: ScenarioErrors: a path does not exist, or no path holds a scenario.
    """
    found: dict[Path, Path] = {}
    missing: list[str] = []
    searched = list(paths) or [Path(FOLDER)]
    by_id = {} if all(map(os.path.lexists, searched)) else _ids()
    for path in searched:
        try:
            if path.is_dir():
                inside = sorted(file for file in path.rglob("*") if _is_scenario(file, path))
                found.update((file.resolve(), file) for file in inside)
            elif path.exists():
                found.setdefault(path.resolve(), path)
            elif (file := by_id.get(os.fspath(path))) is not None:
                found.setdefault(file.resolve(), file)
            else:
                missing.append(
                    f"{shown_path(path)}: there is no such file or folder{_no_id(path, by_id)}"
                )
        except (OSError, ValueError, RuntimeError) as error:
            # A path that no file can have, or links that lead in a circle.
            missing.append(f"{shown_path(path)}: it cannot be read: {said(error)}")
    if missing:
        raise ScenarioErrors(missing)
    if not found:
        where = ", ".join(map(shown_path, searched))
        raise ScenarioErrors([f"{where}: no scenario here. Scenarios end in .yaml or .yml"])
    return [found[path] for path in sorted(found)]


def gather(
    paths: Iterable[Path] = (), tags: Sequence[str] = (), kinds: Kinds | None = None
) -> list[Scenario]:
    """Return the scenarios of `find(paths)` that carry one of the tags; all of them without tags.

    Raises: ScenarioErrors: with the problems of all files; also when two files have the same slug
    or no scenario carries a tag.
    """
    kinds = kinds or Kinds.installed()
    scenarios: list[Scenario] = []
    problems: list[str] = []
    for path in find(paths):
        try:
            scenarios.append(load(path, kinds))
        except ScenarioErrors as errors:
            problems += errors.problems
    first: dict[str, Scenario] = {}
    for scenario in scenarios:
        other = first.setdefault(scenario.slug, scenario)
        if other is not scenario:
            problems.append(
                f"{shown_path(scenario.path)}: its name gives the id {shown(scenario.slug)},"
                f" which {shown_path(other.path)} has already. Rename one"
            )
    if problems:
        raise ScenarioErrors(problems)
    carried = sorted({tag for scenario in scenarios for tag in scenario.tags})
    if unknown := [tag for tag in tags if tag not in carried]:
        raise ScenarioErrors(
            f"no scenario is tagged {shown(tag)}. {suggestion(tag, carried)}" for tag in unknown
        )
    return [s for s in scenarios if not tags or set(tags) & set(s.tags)]


def _ids() -> dict[str, Path]:
    """Return the files in the folder of scenarios by the ids that their names give."""
    found: dict[str, Path] = {}
    with suppress(OSError, ScenarioErrors):
        for file in sorted(Path(FOLDER).rglob("*")):
            if _is_scenario(file, Path(FOLDER)):
                found.setdefault(slug_of(file), file)
    return found


def _no_id(path: Path, by_id: Mapping[str, Path]) -> str:
    """Say that a name is no id either, and which one comes close."""
    name = os.fspath(path)
    if not by_id or len(path.parts) > 1:
        return ""
    close = get_close_matches(name, by_id, n=1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    return f", and no scenario in {FOLDER}/ has that id.{meant}"


def _is_scenario(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.suffix in SUFFIXES and not hidden and file.is_file()
