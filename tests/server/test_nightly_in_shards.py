"""The nightly workflow, played by its own commands: four shards become one run."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from drill_process import Command
from ruamel.yaml import YAML

from harness.init import ci
from harness.report.history_file import HISTORY, read

SHARDS = 4
FREE = {"RUN": "nightly-1-1", "TAG": "nightly", "SHARDS": str(SHARDS)}


def _play(steps: list[Any], folder: Path, environ: dict[str, str]) -> None:
    """Do what the steps' own commands say; what is installed is."""
    for step in steps:
        command = step.get("run", "")
        if command and not command.startswith("pip "):
            # As GitHub runs a step that names no shell.
            argv = ["bash", "-e", "-c", command]
            ended = subprocess.run(
                argv, cwd=folder, env=environ, capture_output=True, text=True, check=False
            )
            assert 0 == ended.returncode, ended.stdout + ended.stderr


def test_four_shards_become_one_run(tmp_path: Path) -> None:
    """Every drill is played once, on one machine of four; the run that they become has its page,
    digests that hold, a history of its own and what other programs asked for.
    """
    project = tmp_path / "project"
    project.mkdir()
    command = Command(project, home=tmp_path / "home")
    shutil.rmtree(project / "scenarios")
    assert 0 == command.run("init")[0]
    first = project / "scenarios" / "nightly.yaml"
    small = first.read_text().replace("1_000", "100").replace("500", "50")
    first.write_text(small)
    for name in ("b", "c", "d"):
        shutil.copy(first, first.with_name(f"{name}.yaml"))
    ci.written("github", project)
    jobs = YAML(typ="safe").load(project / ".github/workflows/restore-drills.yml")["jobs"]
    assert [*range(1, SHARDS + 1)] == jobs["shard"]["strategy"]["matrix"]["shard"]
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {**command.environ, **FREE, "PATH": programs}
    report = tmp_path / "report"
    shutil.copytree(project, report)
    for number in range(1, SHARDS + 1):
        machine = tmp_path / f"machine-{number}"
        shutil.copytree(project, machine)
        _play(jobs["shard"]["steps"], machine, {**environ, "SHARD": str(number)})
        # What one artefact action leaves out and the other makes: the way to the folder.
        left = machine / "shards" / str(number) / FREE["RUN"]
        shutil.copytree(left, report / "shards" / f"restore-drills-shard-{number}")
    _play(jobs["report"]["steps"], report, environ)

    kept = report / "reports"
    told = json.loads((kept / "run.json").read_text())
    assert ("PASS", FREE["RUN"]) == (told["verdict"], told["run_id"])
    slugs = ["b", "c", "d", "nightly"]
    assert slugs == sorted(drill["slug"] for drill in told["drills"])
    assert slugs == sorted(entry.slug for entry in read(kept / HISTORY).entries)
    assert (kept / FREE["RUN"] / "index.html").is_file()
    command.folder = report
    status, output, errors = command.run("report", "--verify", f"reports/{FREE['RUN']}")
    assert 0 == status, output + errors
