"""A scenario's own stack makes sense: its compose file is there and has the services it names."""

import os
from pathlib import Path
from typing import Any

from harness.core.errors import UsageError
from harness.core.paths import from_here
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
        check_services(folder, stack.compose, stack.services, _STACK, "compose", problems)


def check_services(  # noqa: PLR0917 - where they stand, too
    folder: Path, file: str, services: dict[str, str], loc: Loc, key: str, problems: Problems
) -> None:
    """Report a compose file that is not there, or lacks a service; `key` is what names it there."""
    # It takes a while to import, which a drill without a compose file need not wait for.
    from harness.runtime.docker.compose.source import read, table  # noqa: PLC0415 - see above

    here = (*loc, key)
    path = from_here(Path(os.path.realpath(folder / file)))
    if not os.path.lexists(path):
        what = f"{shown(file)} cannot be read: No such file or directory"
        problems.add(here, f"{what}. Name it by its path from the folder of this file")
        return
    try:
        source = read(path)
    except UsageError as error:
        # It is named as the scenario names it.
        problems.add(here, error.message.replace(str(path), file))
        return
    if not isinstance(source.value, dict) or not source.services:
        problems.add(here, f"{shown(file)} has no services")
        return
    # What it includes is known to its own program only.
    if "include" not in table(source.value):
        _check_names(services, list(source.services), loc, problems)


def _check_names(
    services: dict[str, str], described: list[str], loc: Loc, problems: Problems
) -> None:
    taken: dict[str, Any] = {}
    for store, name in services.items():
        at = (*loc, "services", store)
        if name not in described:
            what = f"the compose file has no service {shown(name)}"
            problems.add(at, f"{what}. {suggestion(name, described)}")
        elif name in taken:
            problems.add(at, f"service {shown(name)} is {taken[name]} already")
        taken.setdefault(name, store)
