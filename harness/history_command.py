"""The command `drill history`: what is remembered of past runs, and whether proofs still stand.

Each part imports what it needs, as in `cli`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness import printing
from harness import settings as project_settings
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.report.history_file import History
    from harness.report.proof_age import Demand

UNPROVEN = 3

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Reports = Annotated[Path | None, typer.Option(help="Where reports are.")]


@app.callback(invoke_without_command=True)
def history(
    context: typer.Context,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only tell whether each proof that is demanded still stands."),
    ] = False,
    rows: Annotated[
        str | None,
        typer.Option(metavar="N", help="Only project each recovery time to this size: 500M."),
    ] = None,
    reports: Reports = None,
) -> None:
    """Tell each scenario's last verdict and proof, and write the page over all runs.

    With --check, exits 3 where a scenario's `objectives: {proof: 7d}` has run out, even if nothing
    ran since; evidence that is still there is judged again.
    """
    if context.invoked_subcommand is not None:
        return
    from harness.report import history_file, index_page, projection
    from harness.report.history_file import HISTORY
    from harness.report.wording import day

    folder = _reports(reports)
    told = history_file.read(folder / HISTORY)
    if check:
        raise typer.Exit(_check(told, folder))
    last = {entry.slug: entry for entry in told.entries}
    if rows is not None:
        size = projection.rows_of(rows)
        for slug, latest in last.items():
            alike = [e for e in told.entries if (e.slug, e.runtime) == (slug, latest.runtime)]
            _print(projection.project(slug, alike, size).said)
        return
    for entry in last.values():
        _print(f"{entry.slug}: {entry.word}, {day(entry.ended)}")
    for problem in told.problems:
        _print(problem)
    if not last:
        _print(f"{folder / HISTORY}: no drill is recorded yet")
        return
    try:
        _print(f"wrote {index_page.write(folder, datetime.now(UTC))}")
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror or error}") from None


@app.command()
def merge(
    sources: Annotated[
        list[Path],
        typer.Argument(help="Histories of other machines, or folders of runs, as in reports/RUN."),
    ],
    reports: Reports = None,
) -> None:
    """Add drills that are not recorded here yet, each once; what is here stays as it is."""
    from harness.report import index_page
    from harness.report.wording import count

    folder = _reports(reports)
    try:
        for source in sources:
            added, problems = _merge(source, folder)
            for problem in problems:
                _print(problem)
            _print(f"{source}: {count(added, 'drill')} added")
        index_page.write(folder, datetime.now(UTC))
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: {error.strerror or error}") from None


def _merge(source: Path, reports: Path) -> tuple[int, tuple[str, ...]]:
    """Add what a source tells; return how many drills were new, and which lines say nothing."""
    from harness.report import history_file, run_folder
    from harness.report.history_file import HISTORY
    from harness.run_pages import remember

    if source.is_dir():
        return remember(run_folder.read(source), source, reports), ()
    if not source.is_file():
        raise UsageError(
            f"{source}: no such file or folder", f"Name a {HISTORY}, or a run's folder."
        )
    found = history_file.read(source)
    return history_file.append(reports / HISTORY, found.entries), found.problems


def _check(told: "History", reports: Path) -> int:
    """Print each proof that is demanded, those that do not stand first; return the exit code."""
    from harness.report import proof_age

    now = datetime.now(UTC)
    demands = _demands(told)
    if not demands:
        _print("no scenario says how long its proof stands; write objectives: {proof: 7d}")
        return UNPROVEN
    ages, doubts = proof_age.verified_ages(told, demands, reports, now)
    for age in sorted(ages, key=lambda age: age.is_valid(now)):
        _print(f"{'✓' if age.is_valid(now) else '✗'} {age.said(now)}")
    for doubt in (*told.problems, *doubts):
        _print(f"? {doubt}")
    return 0 if all(age.is_valid(now) for age in ages) else UNPROVEN


def _demands(told: "History") -> "Mapping[str, Demand]":
    """Return what the scenario files here demand, of drills that were never played too; without
    any, what the last drills demanded.

    Raises: UsageError: a scenario is not valid.
    """
    from harness.report import proof_age
    from harness.scenario import discover
    from harness.scenario.load import FOLDER
    from harness.scenario.platform_file import kinds_of

    if not Path(FOLDER).is_dir():
        return proof_age.demands_of(told)
    here = Path.cwd()
    kinds = kinds_of(here, project_settings.read(here).platform)
    return {
        scenario.slug: proof_age.Demand(scenario.slug, scenario.title, seconds)
        for scenario in discover.gather(kinds=kinds)
        if (seconds := scenario.terms.objectives.proof_seconds) is not None
    }


def _reports(chosen: Path | None) -> Path:
    return chosen or project_settings.read(Path.cwd()).reports


def _print(line: str) -> None:
    out = printing.standard("stdout", 1)
    printing.console(out).print(line)
    printing.require_told(out)
