"""The command `drill report merge`: the shards of one run, put together as one run.

Each part imports what it needs, as in `cli`.
"""

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from harness import printing, run_options
from harness import settings as project_settings
from harness.core import writing
from harness.core.errors import DrillError
from harness.core.reading import named

JUDGE = "judge"
MERGE = "merge"

EPILOG = """\
drill report merge SHARD... makes one run of all shards of a run; drill report merge --help tells
more."""


class Judging(TyperGroup):
    """`drill report` judges what it is given, unless that is the name of another command of it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in that nobody types."""
        if args[:1] != [MERGE]:
            args = [JUDGE, *args]
        return super().parse_args(ctx, args)


def _named(text: str) -> Path:
    return named(text, "command line")


def merge(  # noqa: PLR0917 - typer makes options of them
    shards: Annotated[
        list[Path],
        typer.Argument(
            help="What drill run --shard 1/4 --run-id NAME left: reports/NAME of each machine.",
            parser=_named,
        ),
    ],
    reports: Annotated[Path | None, typer.Option(help="Where reports go.", parser=_named)] = None,
    junitxml: run_options.JunitXml = None,
    json: run_options.Json = None,
    metrics: run_options.Metrics = None,
    notify_env: run_options.NotifyEnv = None,
    notify_format: run_options.NotifyFormat = None,
    notify_on: run_options.NotifyOn = None,
    sign_key: run_options.SignKey = None,
) -> NoReturn:
    """Make one run of all shards of a run, and remember it; exits as the whole run would.

    What no shard has played is UNVERIFIED. A shard that was changed since it ended is refused.
    """
    from harness import run_pages
    from harness.console import EXIT_CODES, ICONS
    from harness.report import run_folder, run_page, sharding
    from harness.run_outputs import STDOUT, Outputs

    out, errors = printing.standard("stdout", 1), printing.standard("stderr", 2)
    said = printing.console(out if json != STDOUT else errors)
    settings = project_settings.read(Path.cwd())
    hook = run_options.hook_of(settings.notify, notify_env, notify_format, notify_on)
    outputs = Outputs(junitxml, json, metrics, hook, sign_key or settings.sign_key)
    outputs.require_writable()
    try:
        folder, notes = sharding.merge(shards, (reports or settings.reports).absolute())
    except OSError as error:
        raise DrillError(f"the shards cannot be merged: {writing.reason(error)}") from None
    run = run_folder.read(folder)
    lines = run_pages.make(run, folder)
    notes += outputs.leave(run, folder, out)
    said.print(f"{ICONS[run.verdict]} {run_page.word(run)}: {run_page.sentence(run)}")
    for note in notes:
        said.print(f"NOTE {note}")
    for line in lines:
        said.print(f"  {line}")
    if untold := outputs.tell(run, folder):
        printing.console(errors).print(untold)
    printing.require_told(out)
    raise typer.Exit(EXIT_CODES[run.verdict])
