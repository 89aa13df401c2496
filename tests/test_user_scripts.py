"""Scripts of the user's run as cron runs them, on the drill's own servers and backups."""

import subprocess
from pathlib import Path

import pytest

from harness.core.errors import DrillError, Unavailable
from harness.runtime import processes
from harness.runtime.embedded import no_docker
from harness.runtime.unattended import run_script

MARKS = {processes.DRILL_MARK, processes.OWNER_MARK, processes.DIRECTORY_MARK}


def script(directory: Path, text: str) -> Path:
    """Write a script and return its path."""
    path = directory / "job.sh"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    return path


def drill(directory: Path) -> Path:
    """Make a drill's directory."""
    made = directory / "drill-1"
    made.mkdir()
    return made


def test_a_script_gets_what_cron_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the person's environment reaches it: only cron's variables and those asked for."""
    monkeypatch.setenv("PGPASSWORD", "of the person")
    job = script(tmp_path, "env")
    ended = run_script(job, drill(tmp_path), replaced={}, environment={"LANG": "C"})
    names = {line.partition("=")[0] for line in ended.stdout.splitlines()}
    # A shell sets the last two by itself.
    assert {"SHELL", "PATH", "HOME", "LOGNAME", "LANG"} | MARKS == names - {"PWD", "_", "OLDPWD"}
    assert not {line for line in ended.stdout.splitlines() if "of the person" in line}


def test_a_script_finds_no_password_file_and_no_terminal(tmp_path: Path) -> None:
    """Its home is the drill's own, and its standard input is empty."""
    job = script(tmp_path, 'echo "$HOME"; cat; tty')
    at = drill(tmp_path)
    ended = run_script(job, at, replaced={}, environment={})
    assert f"{at}/home\nnot a tty\n" == ended.stdout


def test_texts_are_replaced_in_a_copy(tmp_path: Path) -> None:
    """The script itself stays as it was written."""
    job = script(tmp_path, "echo -p 54322 /backups/made-open")
    texts = {"54322": "6000", "/backups/made-open": "/elsewhere"}
    ended = run_script(job, drill(tmp_path), replaced=texts, environment={})
    assert "-p 6000 /elsewhere\n" == ended.stdout
    assert job.read_text(encoding="utf-8").endswith("echo -p 54322 /backups/made-open\n")


def test_a_status_is_returned_with_what_was_said(tmp_path: Path) -> None:
    """A script that fails is for the caller to judge."""
    job = script(tmp_path, "echo too bad >&2; exit 3")
    ended = run_script(job, drill(tmp_path), replaced={}, environment={})
    assert (3, "", "too bad\n") == (ended.status, ended.stdout, ended.stderr)


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    """A missing script is named."""
    with pytest.raises(DrillError) as refused:
        run_script(Path("gone.sh"), drill(tmp_path), replaced={}, environment={})
    assert "cannot run gone.sh: No such file or directory" == str(refused.value)


@pytest.mark.parametrize(
    "name", ["a b", "a'b", 'a"b', "a$b", "a\\b", "a:b", "a*b", "a\nb", "a\udcff"]
)
def test_no_script_runs_in_a_place_that_a_shell_may_misread(tmp_path: Path, name: str) -> None:
    """What it then did, or failed to do, would be nobody's procedure."""
    job, odd = script(tmp_path, "touch ran"), tmp_path / name
    odd.mkdir()
    at = drill(odd)
    with pytest.raises(Unavailable, match=r"^no script can be relied on in ") as refused:
        run_script(job, at, replaced={"/backups": str(at)}, environment={})
    assert refused.value.message.isprintable()
    assert [] == [*at.iterdir()]


def test_a_script_need_not_be_utf_8(tmp_path: Path) -> None:
    """Its bytes stay as they are."""
    job = script(tmp_path, "")
    job.write_bytes(b"#!/bin/sh\necho 'caf\xe9' | wc -c\n")
    (tmp_path / "ü").mkdir()
    ended = run_script(job, drill(tmp_path / "ü"), replaced={"no": "thing"}, environment={})
    assert "5" == ended.stdout.strip()


@pytest.mark.parametrize("arguments", ["ps", "run --rm alpine true", "compose down"])
def test_without_containers_docker_is_refused(tmp_path: Path, arguments: str) -> None:
    """No script seems to have done what it has not: docker's own status for a failure, and why."""
    program = no_docker.install(tmp_path / "no-docker") / no_docker.NAME
    ended = subprocess.run(
        [program, *arguments.split()], capture_output=True, text=True, check=False
    )
    said = "docker: this drill has no containers\n"
    assert (125, "", said) == (ended.returncode, ended.stdout, ended.stderr)
