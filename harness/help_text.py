"""What stands around the options in `--help`: what a command does, examples, and exit codes."""

from inspect import getdoc

import typer

_EXIT_CODES = """
Exit codes:
  0    every drill is PASS
  1    at least one is FAIL
  2    bad usage, or a scenario that is not valid; nothing was started
  3    nothing failed, but something is UNVERIFIED
  130  interrupted; what was started is removed"""

DRILL = f"""\
Examples:
  drill demo                       what a drill is; no file is needed
  drill init --from MIGRATIONS     a first platform.yaml of your own schema
  drill doctor                     what this machine lacks
  drill list                       which drills there are
  drill run full-platform-restore  one of them, by its id
  drill report reports/RUN         a run, judged again
{_EXIT_CODES}"""

RUN = f"""\
Examples:
  drill run                        every drill tagged nightly
  drill run --tag release -n 2     those of a tag, two at once
  drill run scenarios/guide --accept-unverified 'meilisearch=no binary here'
  drill run --junitxml junit.xml --metrics restore.prom --json run.json
{_EXIT_CODES}"""

EXPLORE = """\
Examples:
  drill explore                        a hundred timelines of seed 1
  drill explore --random 7 --for 10m   those of another seed, for ten minutes
  drill explore scenarios/mine         on the platforms of these scenarios alone

Exit codes:
  0    nothing exceeds a promise but what a scenario expects already
  1    something does: the scenarios that show it are written
  2    bad usage, or a scenario that is not valid; nothing was started
  3    nothing new was found, but a timeline could not be judged
  130  interrupted; what was started is removed"""

DOCTOR = """\
Examples:
  drill doctor                     for every drill tagged nightly
  drill doctor --tag release --runtime docker"""


def wrap_anywhere(app: typer.Typer) -> None:
    """Have the app's commands described in whole paragraphs: a docstring's line ends are no text's.

    Typer keeps them, but for those of the first paragraph.
    """
    for command in app.registered_commands:
        command.help = _in_paragraphs(command.callback)
    if app.registered_callback:
        app.registered_callback.help = _in_paragraphs(app.registered_callback.callback)


def _in_paragraphs(described: object) -> str:
    paragraphs = (getdoc(described) or "").split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs)
