"""The command `drill`: what it is called with, and how it ends; its commands are in modules of
their own.

Each command imports what it needs: to be told what there is takes no pytest, no page, no client.
"""

import os
from typing import Annotated, NoReturn

import typer

from harness import __version__, help_text, history_command, merge_command, printing
from harness.cli import adopting, beginning, proving, reporting, running, telling
from harness.cli.words import ERRORS, OUT, Stopped, console, say
from harness.core import environment
from harness.core.errors import TRACEBACK_VARIABLE, DrillError, UsageError, broke

INTERRUPTED = 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(history_command.app, name="history")
reports_app = typer.Typer(cls=merge_command.Judging, add_completion=False)
reports_app.command(merge_command.MERGE)(merge_command.merge)
app.add_typer(reports_app, name="report")
app.command(epilog=help_text.RUN)(running.run)
app.command("list")(telling.list_scenarios)
app.command()(adopting.manifest)
app.command()(adopting.verify)
app.command()(telling.validate)
app.command(epilog=help_text.DOCTOR)(telling.doctor)
app.command()(telling.clean)
app.command()(telling.schema)
app.command()(beginning.init)
app.command(epilog=help_text.EXPLORE)(beginning.explore)
app.command()(beginning.demo)
reports_app.command(merge_command.JUDGE, epilog=merge_command.EPILOG)(reporting.report)
app.command("compare")(telling.compare_runs)
app.command("prove")(proving.prove_checks)


def main() -> NoReturn:
    """Run the command line. No traceback reaches a user for anything they can act on."""
    with environment.ours():
        status = _status()
    if lost := printing.unsaid(OUT):
        say(lost, status)
    ERRORS.flush()
    raise SystemExit(status)


def _status() -> int:
    """Run the command, tell what went wrong, and return the exit status."""
    try:
        status: int = app(standalone_mode=False) or 0
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except Stopped as stopped:
        return say(str(stopped), INTERRUPTED)
    except DrillError as error:
        return say(str(error), 2 if isinstance(error, UsageError) else 3)
    except Exception as error:
        if error.__class__.__module__.startswith(("click", "typer")):
            return say(getattr(error, "format_message", error.__str__)(), 2)
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        return say(broke(error), 3)
    return status if status != INTERRUPTED else say("interrupted; nothing was started", status)


def _tell_version(asked: bool) -> None:
    if asked:
        console.print(f"restore-drills {__version__}")
        raise typer.Exit


@app.callback(epilog=help_text.DRILL)
def drill(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Tell the version and leave."
        ),
    ] = False,
) -> None:
    """Restore drills: would we get our data back?"""


for each in (app, reports_app, history_command.app):
    help_text.wrap_anywhere(each)
