"""Backups grow old without waiting: their times are set back, and retention runs among them."""

import os
import time
from pathlib import Path

from harness.core.errors import DrillError
from harness.runtime.copies import copied
from harness.runtime.unattended import run_script
from harness.scenario.steps import Retention
from harness.site import Site


def retain(site: Site, step: Retention) -> None:
    """Let the backups lie for so long, nothing being added, and run the script on them.

    Raises: DrillError: it ended with a status other than 0.
    """
    _age(site.backups, step.after_seconds)
    copy = copied(step.script, site.directory, {step.directory: str(site.backups)})
    argv = [f"./{copy.script.name}"]
    with site.recorder.command("platform", argv, was_run=True) as status, site.stack.scripted():
        ended = run_script([copy.script], copy.home, site.directory, environment={})
        status.ended = ended.status
    if ended.status:
        raise DrillError(f"{step.script} ended with status {ended.status}: {ended.stderr.strip()}")


def _age(directory: Path, by_seconds: float) -> None:
    then = time.time() - by_seconds
    for path in (directory, *directory.rglob("*")):
        os.utime(path, (then, then), follow_symlinks=False)
