"""What the harness writes and prints: kept or told to be lost, and no verdict changed by it."""

import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import evidence_samples
import pytest
from drill_process import GAP, Command

from harness import printing
from harness.core import writing
from harness.core.errors import DrillError, UsageError
from harness.report import page
from harness.report.rejudge import rejudge
from harness.report.telling import attach, tell, told_by

RUN = ("run", "scenarios/small.yaml", GAP, "--runtime=embedded")


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """Give a command, and remove whatever a failed test left."""
    made = Command(tmp_path)
    yield made
    made.run("clean")


@pytest.mark.parametrize(
    ("reports", "status", "why"),
    [
        ("a-file", 2, "not a directory"),
        ("a-link-to-nowhere", 2, "file exists"),
        ("x" * 300, 2, "file name too long"),
        ("/proc/nowhere", 3, "no such file or directory"),
    ],
)
def test_reports_that_can_go_nowhere_start_nothing(
    command: Command, reports: str, status: int, why: str
) -> None:
    """A wrong path is bad usage, a machine that refuses is not; one message, and a hint."""
    (command.folder / "a-file").touch()
    (command.folder / "a-link-to-nowhere").symlink_to("nowhere")
    ended, output, errors = command.run(*RUN, f"--reports={reports}")
    first, hint = errors.splitlines()
    assert status == ended
    assert first.endswith(f": {why}")
    assert hint.startswith("HINT: Name a")
    assert "prepare" not in output
    assert [] == command.left()


def test_a_drill_whose_evidence_is_lost_is_unverified(command: Command) -> None:
    """The folder goes during the drill: no PASS, no traceback, and everything is removed."""
    process = command.start(*RUN)
    assert process.stdout is not None
    while "start hub" not in process.stdout.readline():
        assert process.poll() is None
    shutil.rmtree(command.folder / "reports")
    output, errors = process.communicate(timeout=120)
    assert (3, "") == (process.returncode, errors)
    assert "its evidence could not be written: no such file or directory" in output
    assert "? UNVERIFIED 1 drill: 1 UNVERIFIED" in output
    assert "PASS" not in output
    assert [] == command.left()


def test_a_page_that_breaks_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be rendered is said; the verdict is the evidence's."""
    judged = rejudge(evidence_samples.clean())

    def broken(*_: object) -> str:
        raise KeyError("ghost")

    monkeypatch.setattr(page, "render", broken)
    folder = tmp_path / "run" / "drill"
    folder.mkdir(parents=True)
    told = tell(judged, folder)
    assert judged.evidence.judgement.verdict is told.verdict
    assert ("the page could not be made: key error: 'ghost'",) == told.notes
    assert "" == told.page


@pytest.mark.parametrize("kind", ["fifo", "folder", "full", "nowhere"])
def test_a_step_summary_is_never_waited_for(tmp_path: Path, kind: str) -> None:
    """A pipe that nobody reads, a folder, a full device: an error at once."""
    path = tmp_path / "summary"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path = Path("/dev/full") if kind == "full" else tmp_path / "no" / "summary"
    with pytest.raises(OSError, match=r".+"):
        writing.append(path, "### a drill")


def test_what_is_told_survives_another_process() -> None:
    """A report carries plain data only, whatever carries it."""
    judged = rejudge(evidence_samples.failing())

    class Report:
        pass

    report = Report()
    assert told_by(report) is None
    with_folder = tell(judged, Path("/nowhere/run/drill"))
    attach(report, with_folder)
    assert with_folder == told_by(report)
    assert {str, list} == {type(value) for value in vars(report)["drill"].values()}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_text_can_be_printed_in_any_encoding(encoding: str) -> None:
    """No sign is lost for another one's meaning: `?` would say UNVERIFIED."""
    raw = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", raw)
        stream = printing.standard("stdout", 1)
    printing.console(stream).print("✓ PASS a.yaml:100: [red]é[/red] \udcff")
    stream.flush()
    printed = raw.buffer.getvalue().decode(encoding)
    assert "PASS a.yaml:100: [red]" in printed
    assert printed.startswith("✓" if encoding == "utf-8" else "+")
    assert r"\udcff" in printed
    assert "?" not in printed


@pytest.mark.parametrize(
    ("arguments", "out", "status", "told"),
    [
        (["list"], "/dev/full", 3, "the output could not be written: no space left on device\n"),
        (
            ["validate"],
            "/dev/full",
            0,
            "the output could not be written: no space left on device\n",
        ),
        (["list"], "&-", 0, ""),
        (["list"], "&- 2>&-", 0, ""),
        (["list"], "&1 | true", 0, ""),
    ],
    ids=str,
)
def test_an_output_that_ends_leaves_the_status(
    command: Command, arguments: list[str], out: str, status: int, told: str
) -> None:
    """Closed, ended or full: no traceback, and only a command that just tells something fails."""
    shell = f'set -o pipefail; "$0" -m harness "$@" >{out}'
    ended = subprocess.run(
        ["bash", "-c", shell, sys.executable, *arguments],
        cwd=command.folder,
        env={**command.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (status, told) == (ended.returncode, ended.stderr)


def test_a_file_is_whole_or_what_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where writing fails in the middle, what stood there before still does, and nothing beside."""
    path = tmp_path / "evidence.json"
    path.write_text("before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        writing.whole(path, "after")
    assert ["evidence.json"] == [found.name for found in tmp_path.iterdir()]
    assert "before" == path.read_text()


def test_a_folder_is_tried_before_it_is_needed(tmp_path: Path) -> None:
    """What stands in the way is said by its path; who is to blame decides the kind of error."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file/reports cannot be written: not a directory"):
        writing.folder(tmp_path / "file" / "reports", "Name another.")
    with pytest.raises(DrillError, match="no such file") as refused:
        writing.folder(Path("/proc/nowhere"), "Name another.")
    assert not isinstance(refused.value, UsageError)
    writing.folder(tmp_path / "new" / "reports", "Name another.")
    assert [] == list((tmp_path / "new" / "reports").iterdir())


def test_a_pipe_is_not_waited_for(command: Command) -> None:
    """A FIFO in place of settings, a scenario or evidence is refused at once, with its name."""
    for name in ("pyproject.toml", "p.yaml", "evidence.json"):
        os.mkfifo(command.folder / name)
    begun_seconds = time.monotonic()
    for arguments in (["doctor"], ["validate", "p.yaml"], ["report", "evidence.json"]):
        status, _, errors = command.run(*arguments)
        assert 2 == status
        assert "not a regular file" in errors.splitlines()[0]
    assert time.monotonic() - begun_seconds < 60
