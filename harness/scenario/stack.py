"""A scenario's own stack makes sense: its compose file is there and has the services it names."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.scenario.form import StackPart
from harness.scenario.problem import Loc, Problems, shown, suggestion

_STACK: Loc = ("stack",)


def check_stack(stack: StackPart, folder: Path, problems: Problems) -> None:
    """Report what is wrong with a stack, as far as it shows without a program for compose files."""
    if stack.services and not stack.compose:
        problems.add((*_STACK, "services"), "there is no compose file. Name one in stack.compose")
    if stack.compose and not stack.services:
        what = "none of its services is named. Write services: {postgres: db}, by their names"
        problems.add((*_STACK, "compose"), what)
    for store in stack.services:
        for key, theirs in (("images", stack.images), ("hub", ["hub"] if stack.hub else [])):
            if store in theirs:
                what = f"stack.{key} says what runs as {store} already. Remove either"
                problems.add((*_STACK, "services", store), what)
    if stack.compose and stack.services:
        _check_services(folder, stack.compose, stack.services, problems)


def _check_services(folder: Path, file: str, services: dict[str, str], problems: Problems) -> None:
    here = (*_STACK, "compose")
    try:
        content = YAML(typ="safe").load((folder / file).read_text(encoding="utf-8"))
    except OSError as error:
        what = f"{shown(file)} cannot be read: {error.strerror}"
        problems.add(here, f"{what}. Name it by its path from the scenario's folder")
        return
    except (YAMLError, UnicodeDecodeError) as error:
        problems.add(here, f"{shown(file)} is no YAML: {str(error).splitlines()[0]}")
        return
    described = content.get("services") if isinstance(content, dict) else None
    if not isinstance(described, dict) or not described:
        problems.add(here, f"{shown(file)} has no services")
        return
    # What it includes is known to its own program only.
    if "include" not in content:
        _check_names(services, [str(name) for name in described], problems)


def _check_names(services: dict[str, str], described: list[str], problems: Problems) -> None:
    taken: dict[str, Any] = {}
    for store, name in services.items():
        at = (*_STACK, "services", store)
        if name not in described:
            what = f"the compose file has no service {shown(name)}"
            problems.add(at, f"{what}. {suggestion(name, described)}")
        elif name in taken:
            problems.add(at, f"service {shown(name)} is {taken[name]} already")
        taken.setdefault(name, store)
