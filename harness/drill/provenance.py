"""Where a drill comes from: the run, the program, the machine, the scenario's own text."""

import os
import platform
import subprocess
from pathlib import Path

from harness import __version__
from harness.core import environment
from harness.core.clock import Clock
from harness.core.evidence import RunInfo, ScenarioInfo
from harness.core.patience import QUICK_WITHIN_SECONDS
from harness.scenario.model import Scenario


def describe_run(run_id: str, drill_id: str, clock: Clock, rerun: str) -> RunInfo:
    """Return what there is to know about this run, as of now; it ends now."""
    return RunInfo(
        run_id=run_id,
        drill_id=drill_id,
        started_utc=clock.started_utc.isoformat(timespec="milliseconds"),
        ended_utc=clock.utc(clock.now_seconds()).isoformat(timespec="milliseconds"),
        trigger=os.environ.get("DRILL_TRIGGER") or ("ci" if os.environ.get("CI") else "manual"),
        git_sha=_git_sha(),
        harness_version=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        cpus=os.cpu_count() or 0,
        rerun=rerun,
    )


def describe_scenario(scenario: Scenario) -> ScenarioInfo:
    """Return the scenario as evidence keeps it."""
    return ScenarioInfo(
        slug=scenario.slug,
        path=scenario.path.as_posix(),
        title=scenario.title,
        why=scenario.why,
        tags=scenario.tags,
        sha256=scenario.sha256,
        text=scenario.text,
        random=scenario.seed.random,
        seed=dict(scenario.seed.counts),
        expectation=scenario.terms.expectation,
        objectives=scenario.terms.objectives,
        skip=scenario.terms.skip,
    )


def _git_sha() -> str:
    try:
        ended = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            # At home stands whose folders git trusts.
            env=environment.at_home(),
            capture_output=True,
            text=True,
            timeout=QUICK_WITHIN_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return ended.stdout.strip() or "unknown"
