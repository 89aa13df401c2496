"""A run's page is made once, by the process that conducts it, and pytest-html's only if asked."""

import json
import subprocess
import sys
from pathlib import Path

import evidence_samples
import pytest
from drill_process import SMALL, Command
from page_outline import require_sound

from harness import evidence_file, run_pages
from harness.report import run_folder

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_drills_without_evidence_are_missed_by_the_one_page_of_a_run(
    tmp_path: Path, workers: str
) -> None:
    """Where no drill can be played each is listed with the reason, distributed or not, and the exit
    status is 3; a report of pytest-html stands where it was asked for, with the verdict of the
    run's page and a way to it.
    """
    command = Command(tmp_path)
    other = tmp_path / "scenarios" / "other.yaml"
    other.write_text(SMALL.replace("A small platform", "Another platform"))
    pytest_ = [sys.executable, "-m", "pytest", "scenarios", "-p", "harness.pytest_plugin"]
    pytest_ += ["-p", "no:valkey", "-p", "no:cacheprovider", "-n", workers]
    ended = subprocess.run(
        [*pytest_, "--drill-runtime=docker", "--drill-run-id=run", "--html=out/own.html"],
        cwd=tmp_path,
        env={**command.environ, "PYTHONPATH": str(ROOT), "DOCKER_HOST": "unix:///nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 3 == ended.returncode, ended.stdout + ended.stderr
    assert 1 == ended.stdout.count("the run: reports/run/index.html")
    kept = json.loads((tmp_path / "reports/run/run.json").read_text())
    assert ["other", "small"] == sorted(drill["slug"] for drill in kept["drills"])
    assert {"other", "small"} == set(kept["unplayed"])
    page = require_sound((tmp_path / "reports/run/index.html").read_text())
    for title in ("A small platform comes back", "Another platform comes back"):
        assert f"? UNVERIFIED {title} No evidence: " in page.words
    for name in ("small", "other"):
        again = f"drill run scenarios/{name}.yaml --random 7 --runtime docker"
        assert f"Run it again: {again}" in page.words
    asked = (tmp_path / "out" / "own.html").read_text()
    assert '<p class="drill-unverified"><b>? UNVERIFIED</b></p>' in asked
    assert 'href="../reports/run/index.html"' in asked


def test_a_history_that_cannot_be_written_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run's page is there all the same, and what is missing is said, a step summary too."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    run = tmp_path / "run"
    slug = evidence_samples.clean().scenario.slug
    (run / slug).mkdir(parents=True)
    evidence_file.save(evidence_samples.clean(), run / slug / "evidence.json")
    (tmp_path / "history.jsonl").mkdir()
    first, second, third = run_pages.make(run_folder.read(run), run)
    assert f"the run: {run / 'index.html'}" == first
    assert "the history could not be written: Is a directory" == second
    assert "GITHUB_STEP_SUMMARY could not be written: is a directory" == third
    assert (run / "index.html").is_file()
    (tmp_path / "history.jsonl").rmdir()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    again = run_pages.make(run_folder.read(run), run)
    assert f"all runs: {tmp_path / 'index.html'}" == again[1]
    assert (tmp_path / "summary.md").read_text().startswith("## ")
    assert slug in (tmp_path / "history.jsonl").read_text()
