"""`drill init` and `drill demo`: the first commands of a newcomer; and `drill explore`."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness import settings as project_settings
from harness.cli.words import (
    Paths,
    Stopped,
    console,
    named_path,
    select,
)
from harness.core.interruption import SIGNALS, Interrupted, told

if TYPE_CHECKING:
    pass


def init(
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="WHAT",
            help="A file of SQL, a folder of migrations, a database's URL or the variable of the"
            " environment that holds one. A database is only read, and no row of it.",
        ),
    ] = None,
    ci: Annotated[
        str | None,
        typer.Option(
            metavar="WHO", help="Write what plays drills nightly: github, gitlab, systemd or cron."
        ),
    ] = None,
) -> None:
    """Write a first platform and scenario here, an example or a draft; overwrites nothing."""
    from harness import init_command

    if ci is not None:
        init_command.conducted(console, Path.cwd(), ci, source)
        return
    if source is None:
        init_command.example(console, Path.cwd())
        return
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    try:
        init_command.drafted(console, Path.cwd(), source, project_settings.read(Path.cwd()))
    except KeyboardInterrupt:
        raise Stopped("interrupted; nothing was written, and what was started is gone") from None


def explore(  # noqa: PLR0917 - typer makes options of them
    paths: Paths = None,
    runs: Annotated[int | None, typer.Option(min=1, help="So many timelines.")] = None,
    random: Annotated[
        int, typer.Option(min=0, help="The seed: the same one gives the same timelines.")
    ] = 1,
    lasting: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="So long, as in 10m.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-n", min=1, help="Timelines at once.")] = 2,
    findings: Annotated[
        Path, typer.Option(help="Where what is found is written.", parser=named_path)
    ] = Path("scenarios/explored"),
    table: Annotated[
        Path | None,
        typer.Option(
            help="Play every fault, store and method by themselves, and write what was lost.",
            parser=named_path,
        ),
    ] = None,
) -> None:
    """Compose timelines that nobody thought of, on the platforms of these scenarios, and play them.

    What exceeds the promise of a backup method is shortened and written as a scenario, unless one
    of these expects it already.
    """
    from harness import explore_command
    from harness.scenario.problem import ScenarioErrors

    try:
        scenarios = select(paths, None)
    except ScenarioErrors:
        if paths or Path("scenarios").is_dir():
            raise
        scenarios = []
    seconds = None if lasting is None else explore_command.duration_seconds(lasting)
    if runs is None and seconds is None:
        runs = explore_command.RUNS
    wanted = explore_command.Wanted(random, runs, seconds, jobs, findings, table)
    settings = project_settings.read(Path.cwd())

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    try:
        status = explore_command.explore(wanted, scenarios, settings, say)
    except KeyboardInterrupt:
        raise Stopped("interrupted; what was started is removed") from None
    raise typer.Exit(status)


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep its files and pages, and tell where.")
    ] = False,
) -> None:
    """Show a drill that passes and one that catches a loss, without any file of yours."""
    from harness.demo_command import show

    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    try:
        status = show(console, project_settings.read(Path.cwd()), keep=keep)
    except Interrupted as interruption:
        raise Stopped(told(interruption)) from None
    raise typer.Exit(status)
