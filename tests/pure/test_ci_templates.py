"""What conducts drills is written whole, by its own rules, and never over what is there."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.core.errors import UsageError
from harness.init import ci

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    "vendor.github-workflows": [
        ".github/workflows/restore-drills.yml",
        ".github/workflows/release-gate.yml",
    ],
    "vendor.gitlab-ci": [".gitlab-ci.yml", ".gitlab/restore-drills.yml"],
    "vendor.github-actions": [str(ROOT / "action.yml")],
}
USES_THE_ACTION = """\
on: push
jobs:
  drills:
    runs-on: ubuntu-latest
    steps:
      - uses: ./
        with: {tag: nightly, accept-unverified: meilisearch=none}
"""


def _tool(variable: str, name: str) -> str:
    found = os.environ.get(variable) or shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not on this machine: {variable} names it")
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a folder with all of them."""
    for kind in ci.FOLDERS:
        ci.written(kind, tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", ci.FOLDERS)
def test_nothing_is_overwritten_and_no_place_is_left(tmp_path: Path, kind: str) -> None:
    """All files or none are written, and each is filled in."""
    made = ci.written(kind, tmp_path)
    for name, text in made.items():
        assert text == (tmp_path / name).read_text()
        assert not [place for place in ci._places(tmp_path, kind) if place in text]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="there already, and nothing was written"):
        ci.written(kind, tmp_path)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_pipeline_that_is_there_stays(tmp_path: Path) -> None:
    """GitLab has one file that only its owner changes; ours is beside it, to be included."""
    (tmp_path / ".gitlab-ci.yml").write_text("mine: {script: [true]}\n")
    assert [".gitlab/restore-drills.yml"] == list(ci.written("gitlab", tmp_path))


def test_an_unknown_conductor_is_refused(tmp_path: Path) -> None:
    """The message has those that there are."""
    with pytest.raises(UsageError, match="Valid: github, gitlab, systemd, cron"):
        ci.written("jenkins", tmp_path)


def test_workflows_are_valid(project: Path) -> None:
    """Actionlint finds nothing, in what uses our action neither."""
    lint = _tool("DRILL_ACTIONLINT", "actionlint")
    (project / ".git").mkdir()
    shutil.copy(ROOT / "action.yml", project)
    (project / ".github" / "workflows" / "action.yml").write_text(USES_THE_ACTION)
    ended = subprocess.run([lint], cwd=project, capture_output=True, text=True, check=False)
    assert (0, "") == (ended.returncode, ended.stdout + ended.stderr)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_keep_to_their_schemas(project: Path, schema: str) -> None:
    """Each is as GitHub's and GitLab's own schemas say."""
    check = _tool("DRILL_CHECK_JSONSCHEMA", "check-jsonschema")
    ended = subprocess.run(
        [check, "--builtin-schema", schema, *SCHEMAS[schema]],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == ended.returncode, ended.stdout + ended.stderr


def test_units_are_valid(tmp_path: Path) -> None:
    """Systemd takes them, in a folder with blanks and signs in its name too."""
    analyze = _tool("DRILL_SYSTEMD_ANALYZE", "systemd-analyze")
    folder = tmp_path / "my 100% drills"
    folder.mkdir()
    units = [str(folder / name) for name in ci.written("systemd", folder)]
    ended = subprocess.run(
        [analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    said = [line for line in ended.stderr.splitlines() if "restore-drills" in line]
    assert (0, []) == (ended.returncode, said)


def test_both_nights_give_the_same_commands(project: Path) -> None:
    """GitLab's shards play what GitHub's do."""
    github = _yaml(project / ".github/workflows/restore-drills.yml")["jobs"]["shard"]["steps"]
    gitlab = _yaml(project / ".gitlab/restore-drills.yml")["restore-drills"]["script"]
    (ours,) = [s["run"] for s in github if s.get("run", "").startswith("drill run")]
    (theirs,) = [line for line in gitlab if line.startswith("drill run")]
    for old, new in (
        ("$CI_NODE_INDEX", "$SHARD"),
        ("$CI_NODE_TOTAL", "$SHARDS"),
        ("--tag nightly", '--tag "$TAG"'),
    ):
        theirs = theirs.replace(old, new)
    assert ours == theirs


def _yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path)
