"""What the commands have in common: where they print, what many of them take, and the scenarios
asked for.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness import printing
from harness import settings as project_settings
from harness.core.errors import DrillError
from harness.core.ports import STORES, Runtime
from harness.core.reading import named

if TYPE_CHECKING:
    from harness.scenario.kinds import Kinds
    from harness.scenario.model import Scenario

DEFAULT_TAG = "nightly"
# Bound to this very stream: what pytest itself prints is put aside.
OUT, ERRORS = printing.standard("stdout", 1), printing.standard("stderr", 2)
console = printing.console(OUT)


def named_path(text: str | Path) -> Path:
    """Return the path that a word of the command line names. Raises: UsageError: it names none."""
    return named(os.fspath(text), "command line")


Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Scenario files, folders or ids; scenarios/ when there are none.", parser=named_path
    ),
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", "-t", help="Only scenarios with this tag; repeatable.")
]
Runtimes = Annotated[str | None, typer.Option("--runtime", help="auto, docker or embedded.")]
Pulls = Annotated[str | None, typer.Option("--pull", help="Pull images: never, missing or always.")]
Accepted = Annotated[
    list[str] | None,
    typer.Option(
        "--accept-unverified",
        metavar="STORE=REASON",
        help="Accept a store's gap, by name and reason.",
    ),
]
Reports = Annotated[
    Path | None, typer.Option("--reports", help="Where reports go.", parser=named_path)
]


class Stopped(DrillError):
    """The user ended it; the message says what was removed. Typer keeps interruptions to itself."""


def select(
    paths: list[Path] | None, tags: list[str] | None, default_tag: str | None = None
) -> "list[Scenario]":
    """Load the scenarios asked for. Raises: UsageError: there is none, or one is invalid."""
    from harness.scenario import discover

    if not paths and not tags and default_tag:
        tags = [default_tag]
    return discover.gather(paths or (), tags or (), kinds())


def kinds() -> "Kinds":
    """Return the kinds for drills on the platform that the settings name, if they name one."""
    from harness.scenario.platform_file import kinds_of

    return kinds_of(Path.cwd(), project_settings.read(Path.cwd()).platform)


def first_line(runtime: Runtime, scenarios: "Sequence[Scenario]" = ()) -> str:
    """Say what drills run on, of the stores that they have, or of all."""
    stores = {store for scenario in scenarios for store in scenario.platform.stores} or {*STORES}
    servers = [
        f"{server.store} {server.product} {server.version}"
        for server in runtime.servers()
        if server.store in stores
    ]
    missing = runtime.missing().items()
    servers += [f"{store} missing ({reason})" for store, reason in missing if store in stores]
    return f"runtime: {runtime.name} ({runtime.why}); {', '.join(servers)}"


def say(message: str, status: int) -> int:
    """Print a message among the errors, and return the status."""
    printing.console(ERRORS).print(message)
    return status
