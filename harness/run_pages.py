"""A run's page and its lines of history, made once, when all of its drills have ended."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from harness.core import writing
from harness.core.errors import DrillError
from harness.core.paths import from_here
from harness.report import digests, history_file, index_page, run_folder, run_page, step_summary
from harness.report.history_file import HISTORY
from harness.report.run_folder import Plan, Planned, Run
from harness.scenario.model import Scenario


def plan(folder: Path, drills: Iterable[tuple[Scenario, str]]) -> None:
    """Keep what is to be played, each with the command that plays it alone, so that a drill that
    leaves nothing is missed. Raises: OSError.
    """
    planned = tuple(
        Planned(s.slug, s.title, rerun, writing.shown(from_here(s.path))) for s, rerun in drills
    )
    if planned:
        run_folder.keep_plan(folder, Plan(planned))


def make(run: Run, folder: Path) -> list[str]:
    """Write a run's page and step summary, and add its drills to the history and to the page over
    all runs; return lines that say where, and what could not be made.
    """
    told: list[str] = []
    try:
        told.append(f"the run: {from_here(run_page.write(run, folder))}")
    except OSError as error:
        told.append(f"the run's page could not be written: {error.strerror or error}")
    try:
        remember(run, folder, folder.parent)
        told.append(f"all runs: {from_here(index_page.write(folder.parent, datetime.now(UTC)))}")
    except OSError as error:
        told.append(f"the history could not be written: {error.strerror or error}")
    except DrillError as error:
        told.append(f"the history could not be read: {error.message}")
    try:
        digests.write(folder)
    except OSError as error:
        told.append(f"the list of digests could not be written: {writing.reason(error)}")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            writing.append(Path(summary), step_summary.markdown(run, folder))
        except OSError as error:
            told.append(f"GITHUB_STEP_SUMMARY could not be written: {writing.reason(error)}")
    return told


def remember(run: Run, folder: Path, reports: Path) -> int:
    """Add a run's drills to the history in a reports folder, each once; return how many were new.

    Raises: OSError.
    """
    entries = [history_file.entry_of(drill, folder / drill.slug) for drill in run.drills]
    return history_file.append(reports / HISTORY, entries)
