"""The command `drill` as a process, in a folder and with a place for drills of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from harness.runtime.processes import DRILL_MARK

ROOT = Path(__file__).parents[1]
GAP = "--accept-unverified=meilisearch=no binary in this test"

SMALL = """\
# yaml-language-server: $schema=schema.json
title: A small platform comes back
seed: {random: 7, contacts: 40, credentials: 3, audit_log: 200, events: 100}
timeline:
  - backup: nightly
    postgres: pg_dump
    nats: volume
  - write: {contacts: 5, audit_log: 20, events: 10}
  - disaster: lose_volume
    stores: [postgres, nats, redis]
  - restore: nightly
    order: [postgres, nats]
  - start: hub
expect: pass
"""


class Command:
    """`drill` in a folder of its own, with its own place for drills; `package` is where the
    harness is imported from.
    """

    def __init__(self, folder: Path, package: Path = ROOT, home: Path | None = None) -> None:
        self.folder = folder
        self.package = package
        self.home = home or folder / "home"
        (folder / "scenarios").mkdir()
        self.scenario = folder / "scenarios" / "small.yaml"
        self.scenario.write_text(SMALL)
        hidden = {"MEILISEARCH_BINARY", "CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"}
        environ = {name: value for name, value in os.environ.items() if name not in hidden}
        self.environ = {**environ, "DRILL_HOME": str(self.home)}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start it and return at once."""
        return subprocess.Popen(
            [sys.executable, "-m", "harness", *arguments],
            cwd=self.folder,
            env={**self.environ, "PYTHONPATH": str(self.package)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run it and return (status, output, errors)."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    def left(self) -> list[str]:
        """Return what is left of drills: their directories and their processes."""
        found = [path.name for path in self.home.glob("*/*")]
        for process in psutil.process_iter():
            try:
                marked = process.environ().get(DRILL_MARK, "")
                mine = process.environ().get("DRILL_HOME") == str(self.home)
                below = str(self.home) in " ".join(process.cmdline())
            except psutil.Error:
                continue
            if marked and (mine or below):
                found.append(f"{process.pid} {process.name()}")
        return found


def read_phases(process: subprocess.Popen[str], count: int) -> None:
    """Read the output until so many phases of the drill were named."""
    assert process.stdout is not None
    seen = 0
    deadline_seconds = time.monotonic() + 60
    while seen < count and time.monotonic() < deadline_seconds:
        line = process.stdout.readline()
        assert line, "the drill ended before it was reached"
        seen += line.startswith("  ")
