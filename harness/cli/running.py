"""`drill run`: a suite that pytest plays, told at the terminal."""

import contextlib
import io
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness import printing, run_options
from harness import settings as project_settings
from harness.cli.words import (
    DEFAULT_TAG,
    ERRORS,
    OUT,
    Accepted,
    Paths,
    Pulls,
    Reports,
    Runtimes,
    Stopped,
    Tags,
    console,
    first_line,
    say,
    select,
)
from harness.core.errors import TRACEBACK_VARIABLE, DrillError, Unavailable, UsageError
from harness.core.interruption import SIGNALS, Interrupted, told

if TYPE_CHECKING:
    from harness.console import ConsoleReport
    from harness.run_outputs import Outputs
    from harness.scenario.model import Scenario
    from harness.suite import Suite

_PLUGINS = ("xdist",)


def run(  # noqa: PLR0917 - typer makes options of them
    paths: Paths = None,
    tag: Tags = None,
    runtime: Runtimes = None,
    pull: Pulls = None,
    accept_unverified: Accepted = None,
    random: Annotated[int | None, typer.Option(help="Play with this random seed.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-n", min=1, help="Drills at once.")] = 1,
    reports: Reports = None,
    junitxml: run_options.JunitXml = None,
    json: run_options.Json = None,
    metrics: run_options.Metrics = None,
    notify_env: run_options.NotifyEnv = None,
    notify_format: run_options.NotifyFormat = None,
    notify_on: run_options.NotifyOn = None,
    sign_key: run_options.SignKey = None,
    shard: run_options.ShardOf = None,
    run_id: run_options.RunId = None,
) -> None:
    """Play drills: the named files or ids, those with a tag, or else every one tagged nightly."""
    import pytest

    from harness import run_shards
    from harness.console import Ahead, ConsoleReport
    from harness.core.finding import counted
    from harness.platform import own_code
    from harness.report import expected_times
    from harness.run_outputs import STDOUT, Outputs
    from harness.suite import Asked, Suite, new_run_id

    settings = project_settings.read(Path.cwd())
    hook = run_options.hook_of(settings.notify, notify_env, notify_format, notify_on)
    outputs = Outputs(junitxml, json, metrics, hook, sign_key or settings.sign_key)
    said = console if json != STDOUT else printing.console(ERRORS)
    asked = Asked(settings, runtime, pull, tuple(accept_unverified or ()), random, reports)
    asked.check()
    scenarios = select(paths, tag, default_tag=DEFAULT_TAG)
    platform = scenarios[0].platform
    alike = all(scenario.platform == platform for scenario in scenarios)
    chosen = asked.runtime_of(platform=platform if alike else None)
    for scenario in scenarios:
        own_code.check(scenario.platform)
        if scenario.compose:
            # A mistake in the file is told before anything is started; a drill that this machine
            # cannot play is UNVERIFIED in its turn.
            with contextlib.suppress(Unavailable):
                asked.runtime_of(scenario)
    outputs.require_writable()
    said.print(first_line(chosen, scenarios))
    for store, why in settings.lapsed.items():
        said.print(f"NOTE its gap counts again, for its acceptance has ended: {store}: {why}")
    # Whoever cancels a run in continuous integration ends it like this.
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    suite = Suite(asked, run_id or new_run_id(), Path.cwd())
    run_shards.refuse_taken(suite.folder)
    suite.open()
    expected = expected_times.of_history(suite.folder.parent, chosen.name)
    if shard:
        scenarios = run_shards.own(scenarios, expected, shard, suite.folder)
        said.print(f"shard {shard}: {counted(len(scenarios), 'drill')}")
        if not scenarios:
            raise typer.Exit
    report = ConsoleReport(said, Ahead(scenarios, expected, jobs, asked))
    suite.listen(report)
    status = _pytest(suite, scenarios, min(jobs, len(scenarios)))
    if status == pytest.ExitCode.INTERRUPTED and not report.errors:
        interrupted = _interrupted(suite, report)
        _leave(outputs, suite, report)
        raise Stopped(told(interrupted))
    code = report.conclude(suite)
    _leave(outputs, suite, report)
    raise typer.Exit(code)


def _pytest(suite: "Suite", scenarios: "list[Scenario]", at_once: int) -> int:
    """Have pytest play a suite with its own output put aside.

    Raises: DrillError: it could not begin, or broke.
    """
    import pytest

    from harness.pytest_plugin import Handed

    # Nothing of this folder is pytest's to read: neither its name nor the tests that lie in it.
    own = ["-c", os.devnull, "--noconftest", "--rootdir=.", "-p", "harness.pytest_entry", "."]
    # Whatever else is installed beside them takes longer to load than a drill to prepare.
    own += ["--disable-plugin-autoload", "-p", "no:cacheprovider", "-q"]
    own += [part for name in _PLUGINS for part in ("-p", name)]
    # Captured, the phases of a drill would be seen only when it is over.
    own += ["--capture=no"]
    own += ["-n", str(at_once)] if at_once > 1 else []
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = pytest.main(own, plugins=[Handed(scenarios, suite)])
    if status in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        if os.environ.get(TRACEBACK_VARIABLE):
            ERRORS.write(said.getvalue())
        lines = [line for line in said.getvalue().splitlines() if line.strip()]
        raise DrillError(
            f"pytest could not play the drills: {lines[-1] if lines else 'it said nothing'}",
            f"Run it again with {TRACEBACK_VARIABLE}=1 to see more.",
        )
    return int(status)


def _leave(outputs: "Outputs", suite: "Suite", report: "ConsoleReport") -> None:
    """Leave what other programs are to read; what could not be left changes no exit code."""
    run = suite.pages.run
    if run is None:
        return
    for note in outputs.leave(run, suite.folder, OUT):
        report.note(note)
    if untold := outputs.tell(run, suite.folder):
        say(untold, 0)


def _interrupted(suite: "Suite", report: "ConsoleReport") -> Interrupted:
    """Tell the drills that were interrupted, from their evidence; return what was removed."""
    from harness import evidence_file
    from harness.report import telling
    from harness.report.rejudge import rejudge
    from harness.runtime import remove_abandoned

    found = []
    for path in sorted(suite.folder.glob(f"*/{telling.EVIDENCE}")):
        with contextlib.suppress(UsageError):
            evidence = evidence_file.load(path)
            if evidence.failure.startswith("interrupted"):
                found.append(evidence.cleanup)
                report.tell(telling.told_again(rejudge(evidence, path.parent), path.parent))
    report.quiet()
    # Some may have been ended too early to leave any.
    return Interrupted(*found, remove_abandoned())
