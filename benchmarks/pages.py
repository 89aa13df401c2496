"""How long a run's page and the page over all runs take, with thirty runs of it remembered.

Every one of the remembered runs has its evidence, so that all of it is read and compared.
"""

import argparse
import shutil
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from harness import run_pages
from harness.report import history_file, rejudge, run_folder
from harness.report.history_file import HISTORY
from harness.report.trend import RUNS_AT_MOST


def main() -> None:
    """Make the pages of a run once."""
    options = argparse.ArgumentParser()
    options.add_argument("run", type=Path, help="the folder of a run, as in reports/RUN")
    chosen = options.parse_args().run
    with tempfile.TemporaryDirectory() as directory:
        run = Path(directory) / chosen.name
        shutil.copytree(chosen, run, ignore=shutil.ignore_patterns("logs"))
        drills = _remember(run)
        rejudge._terms_in.cache_clear()  # noqa: SLF001 - a run's conductor has read no scenario yet
        began, began_cpu = time.perf_counter(), time.process_time()
        run_pages.make(run_folder.read(run), run)
        took, took_cpu = time.perf_counter() - began, time.process_time() - began_cpu
    print(f"{drills} drills, {RUNS_AT_MOST} runs: {took:.1f} s, {took_cpu:.1f} s of CPU time")


def _remember(run: Path) -> int:
    """Write the history of as many runs as the page shows; return how many drills each has."""
    found = run_folder.read(run)
    last = [history_file.entry_of(drill, run / drill.slug) for drill in found.drills]
    entries = (
        replace(
            entry,
            run_id=f"{entry.run_id}-{night}",
            started_utc=(entry.ended - timedelta(days=night, minutes=1)).isoformat(),
            ended_utc=(entry.ended - timedelta(days=night)).isoformat(),
        )
        for night in range(1, RUNS_AT_MOST)
        for entry in last
    )
    history_file.append(run.parent / HISTORY, entries)
    return len(last)


if __name__ == "__main__":
    main()
