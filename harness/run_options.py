"""Options of `drill run` that say what is left for other programs."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from harness.core.errors import UsageError
from harness.core.reading import named
from harness.core.shard import Shard, shard_of
from harness.core.writing import shown
from harness.settings import Hook, hook

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PANEL = "For other programs"


def _named(text: str) -> Path:
    return named(text, "command line")


def _run_id(text: str) -> str:
    if not _RUN_ID.fullmatch(text):
        raise UsageError(
            f"--run-id: {shown(text)} is no name of a run",
            "Use letters, digits and ._- of ASCII, at most 100, the first a letter or digit.",
        )
    return text


JunitXml = Annotated[
    Path | None,
    typer.Option(
        "--junitxml",
        metavar="PATH",
        help="JUnit XML: FAIL as failure, UNVERIFIED as error.",
        parser=_named,
        rich_help_panel=_PANEL,
    ),
]
Json = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="PATH|-",
        help="One JSON document of the run; - writes it to the standard output.",
        parser=_named,
        rich_help_panel=_PANEL,
    ),
]
Metrics = Annotated[
    Path | None,
    typer.Option(
        "--metrics",
        metavar="PATH",
        help="OpenMetrics, as a node exporter collects them from a file.",
        parser=_named,
        rich_help_panel=_PANEL,
    ),
]
NotifyEnv = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Tell the webhook whose address is in this environment variable.",
        rich_help_panel=_PANEL,
    ),
]
NotifyFormat = Annotated[str | None, typer.Option(help="generic or slack.", rich_help_panel=_PANEL)]
NotifyOn = Annotated[str | None, typer.Option(help="failure or always.", rich_help_panel=_PANEL)]
SignKey = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Sign the run's list of digests with this SSH key.",
        parser=_named,
        rich_help_panel=_PANEL,
    ),
]


ShardOf = Annotated[
    Shard | None,
    typer.Option(
        "--shard",
        metavar="K/N",
        help="Only the drills of one of N shards, of equal length by earlier runs.",
        parser=shard_of,
    ),
]
RunId = Annotated[
    str | None,
    typer.Option(
        "--run-id",
        metavar="NAME",
        help="Name the run, and its folder; shards of one run share it.",
        parser=_run_id,
    ),
]


def hook_of(
    settled: Hook | None, url_env: str | None, format_: str | None, on: str | None
) -> Hook | None:
    """Return whom a run tells: what the command line says outranks the settings.

    Raises: UsageError: it says nothing that makes sense.
    """
    told = {"url_env": url_env, "format": format_, "on": on}
    given = {name: value for name, value in told.items() if value is not None}
    if not given:
        return settled
    if settled is None and url_env is None:
        raise UsageError(
            "there is no webhook to tell", "Name the variable of its address: --notify-env NAME."
        )
    return hook("--notify", {**(asdict(settled) if settled else {}), **given})
