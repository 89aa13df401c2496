"""A disk that the machine fills is never the platform's fault, and never a PASS."""

import random
import subprocess
from dataclasses import replace
from pathlib import Path

import evidence_samples
import pytest
from drill_process import GAP, Command, read_phases
from torture import full_disks
from torture.arena import Arena, Outcome

from harness.core.check import Check
from harness.core.errors import Unavailable
from harness.core.finding import Finding
from harness.core.judgement import Expectation
from harness.core.terms import Terms
from harness.core.verdict import Verdict
from harness.drill.room import SERVERS_BYTES, Room, needed_bytes
from harness.judge import judge
from harness.judge.conclusion import Found, conclude
from harness.report.rejudge import case_of, rejudge
from harness.report.summary import lines
from harness.scenario.load import load

FULL = "no space left in /x while the drill was played"
FAILED = Finding("a", "postgres", Verdict.FAIL, "said")
HELD = Finding("b", "postgres", Verdict.PASS, "said")


@pytest.mark.parametrize("expectation", [Expectation(), Expectation(("a",)), Expectation(("b",))])
def test_what_went_wrong_on_a_full_disk_is_unverified(expectation: Expectation) -> None:
    """Neither a failure nor one that was expected shows anything there."""
    conclusion = conclude(Found((FAILED, HELD), spoiled=FULL, failure="it broke"), expectation)
    assert Verdict.UNVERIFIED is conclusion.verdict
    assert conclusion.sentence.startswith(FULL)


def test_no_failure_is_blamed_on_the_platform() -> None:
    """The first line says what the machine did, and no line says FAIL."""
    judged = rejudge(replace(evidence_samples.failing(), spoiled=FULL))
    judgement = judged.evidence.judgement
    assert Verdict.UNVERIFIED is judgement.verdict
    assert not [f for f in judgement.findings if f.verdict is Verdict.FAIL]
    first, *rest = lines(judged)
    assert first.startswith(f"full-platform-restore: {FULL[0].upper()}{FULL[1:]}; ")
    assert not [line for line in rest if line.startswith("FAIL")]


def test_where_every_check_holds_a_full_disk_harmed_nothing() -> None:
    """What was read is right, whatever had no room meanwhile."""
    case = replace(case_of(evidence_samples.clean()), spoiled=FULL)
    holds = Check("b", "postgres", "anything", lambda check, _: check.passed("said"))
    fails = Check(
        "a", "postgres", "anything", lambda check, _: check.failed("said", expected="1", actual="2")
    )
    whole = judge(case, Terms(), {}, {"b": holds})
    assert [Verdict.PASS] == [finding.verdict for finding in whole.findings]
    assert FULL not in whole.sentence
    harmed = judge(case, Terms(), {}, {"b": holds, "a": fails})
    assert [Verdict.PASS, Verdict.UNVERIFIED] == [finding.verdict for finding in harmed.findings]
    assert harmed.sentence.startswith(FULL)


@pytest.mark.parametrize(
    "said",
    [
        "tar: data.tar.gz: Wrote only 4096 of 10240 bytes\ntar: No space left on device",
        "OSError: [Errno 28] No space left on device: 'x'",
        "OSError: [Errno 122] Disk quota exceeded",
        'could not extend file "base/5/1": No space left on device',
        "PANIC:  could not write to file: No space left on device",
        "nats: insufficient storage resources available",
        "No space left on device (os error 28)",
        "No usable temporary directory found in ['/tmp']",
        "gzip: stdout: No space left on device",
        "MDB_MAP_FULL: Environment mapsize limit reached",
    ],
)
def test_whoever_says_that_a_disk_is_full_is_heard(tmp_path: Path, said: str) -> None:
    """In a message or in a server's log."""
    room = Room([tmp_path], tmp_path)
    assert room.lack(["", "before\n" + said]).startswith("no space left on this machine: ")
    assert room.lack(["syntax error"]) == ""
    (tmp_path / "postgres.log").write_text(f"LOG: started\n{said}\nLOG: ended\n")
    assert room.lack([]).startswith("no space left on this machine: ")


def test_a_drill_that_would_not_fit_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it needs grows with its rows; the message says how much, where, and what is free."""
    command = Command(tmp_path)
    small = load(command.scenario)
    large = replace(small, seed=replace(small.seed, counts={**small.seed.counts, "events": 10**6}))
    assert SERVERS_BYTES < needed_bytes(small) < needed_bytes(large) - 250_000_000
    monkeypatch.setattr("harness.drill.room._free", lambda _: (100_000_000, 5_000.0))
    room = Room([tmp_path / "not" / "there"], tmp_path)
    room.require(small)
    with pytest.raises(Unavailable) as lacking:
        room.require(large)
    assert lacking.value.message == (
        f"no space left for this drill: it needs about 318 MB in {tmp_path}, where 100 MB are free"
    )
    monkeypatch.setattr("harness.drill.room._free", lambda _: (10**12, 900.0))
    with pytest.raises(Unavailable, match=r"needs about 1,000 files in .*no more than 900\n"):
        room.require(small)


def test_nothing_is_started_where_there_is_no_room(tmp_path: Path) -> None:
    """One line, exit code 3, and no file is left."""
    try:
        with full_disks.small_disk(tmp_path / "disk", "size=30m") as disk:
            command = Command(tmp_path, home=disk / "home")
            status, output, errors = command.run("run", str(command.scenario), GAP)
            assert 3 == status, output + errors
            (said,) = [line for line in output.splitlines() if line.startswith("? UNVERIFIED s")]
            assert "no space left for this drill: it needs about " in said
            assert "start the servers" not in output
            assert [] == command.left()
    except PermissionError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("what", "options", "phase"), [("bytes", "size=90m", 3), ("files", "nr_inodes=3000", 6)]
)
def test_a_disk_that_fills_up_is_named_in_the_first_line(
    tmp_path: Path, what: str, options: str, phase: int
) -> None:
    """Whatever it strikes, the drill ends, is UNVERIFIED and leaves nothing."""

    def strike(arena: Arena, drill: subprocess.Popen[str], _: random.Random) -> str:
        read_phases(drill, phase)
        full_disks.keep_full(arena.command.home.parent, what, drill)
        return what

    try:
        with full_disks.small_disk(tmp_path / "disk", options) as disk:
            arena = Arena(tmp_path, "embedded", home=disk / "home")
            outcome = Outcome("full disk", "embedded", "sound-volumes", 0, names=full_disks.NAMES)
            arena.play(outcome, strike, random.Random(phase))  # noqa: S311 - it is not asked
            assert [] == outcome.faults, outcome
            assert 3 == outcome.status, outcome
    except PermissionError as error:
        pytest.skip(str(error))
