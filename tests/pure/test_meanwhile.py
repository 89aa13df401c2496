"""What happens in the middle of a step is proven to, or the drill has shown nothing."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.backups import METHODS
from harness.backups._flow import flowing
from harness.core.errors import DrillError, UsageError
from harness.core.history import History, StepFailure
from harness.core.points import FIRST_BYTE, HALF, POINTS, BrokenOff, Points
from harness.drill.meanwhile import in_the_middle
from harness.faults import FAULTS
from harness.kinds import Pointed
from harness.scenario.load import load
from harness.scenario.steps import Backup, Disaster, Meanwhile, Step

HEAD = """
title: A drill
seed: {random: 1, contacts: 5, audit_log: 5, events: 5}
timeline:
  - backup: nightly
    postgres: pg_dump
    nats: volume
"""
TAIL = """
  - restore: nightly
    order: [postgres]
"""
BACKUP = Backup(1, "nightly", ())


@dataclass
class PlatformStandIn:
    """The two things of a site that are asked for."""

    points: Points = field(default_factory=Points)
    history: History = field(default_factory=History)
    on_a_full_disk: set[str] = field(default_factory=set)


def a_site(points: Points, *full: str) -> Any:
    """Return a site whose points are these, and on whose disks there is no room for some."""
    return PlatformStandIn(points, on_a_full_disk={*full})


def struck(meanwhile: Meanwhile, play: Callable[[Any], None]) -> str:
    """Play a step that does something, and whose disaster strikes one store."""
    site = PlatformStandIn()

    def played(step: Step) -> str:
        if isinstance(step, Disaster):
            return "1 stores struck"
        play(site)
        return "taken"

    told = in_the_middle(site, BACKUP, meanwhile, played)  # type: ignore[arg-type] # a stand-in
    assert [] == site.history.failures
    return told


def a_strike(at: str = "", after_seconds: float = 0.0) -> Meanwhile:
    """Return a server's kill at a moment."""
    options = FAULTS["kill_server"].options()
    return Meanwhile(Disaster(1, "kill_server", ("postgres",), options), at, after_seconds)


def test_what_a_struck_step_could_not_do_is_told_and_no_failure() -> None:
    """It is the disaster's doing, and the timeline goes on."""

    def play(site: PlatformStandIn) -> None:
        site.points.reached(HALF)
        site.history.failures.append(StepFailure("backup nightly", "postgres", "it is gone"))

    told = struck(a_strike(HALF), play)
    assert "at half: 1 stores struck\ntaken\npostgres broke off: it is gone" == told


def test_a_point_that_is_not_reached_shows_nothing() -> None:
    """The drill ends, and is UNVERIFIED with the reason."""
    with pytest.raises(DrillError, match="backup nightly never came to half: half of the"):
        struck(a_strike(HALF), lambda site: site.points.reached(FIRST_BYTE))


def test_a_step_that_is_over_too_early_shows_nothing() -> None:
    """Neither where nothing happened any more, nor where that ended later than the step."""
    with pytest.raises(DrillError, match="backup nightly was over after 60 s"):
        struck(a_strike(after_seconds=60.0), lambda _: None)


def test_a_step_is_broken_off_where_it_stands() -> None:
    """Whatever carries it out hears of it, and what it had not begun is not done."""
    done: list[str] = []

    def play(site: PlatformStandIn) -> None:
        with pytest.raises(BrokenOff):
            site.points.reached(HALF)
        done.append("told")

    assert "at half: broken off\ntaken" == struck(Meanwhile(None, HALF), play)
    assert ["told"] == done


def test_a_writer_waits_at_the_half_of_what_it_writes(tmp_path: Path) -> None:
    """What has come through by then lies in the file, and all of it in the end."""
    points, target = Points(whole_bytes=300_000), tmp_path / "dump.sql"
    seen: list[int] = []
    points.wait_for(HALF, lambda: seen.append(target.stat().st_size))
    with flowing(a_site(points), "postgres", target) as path, path.open("wb") as writer:
        writer.write(b"x" * 300_000)
    assert 300_000 == target.stat().st_size
    assert 150_000 <= seen[0] < 300_000
    assert [target] == list(tmp_path.iterdir())


def test_a_writer_that_is_broken_off_is_told_by_its_pipe(tmp_path: Path) -> None:
    """What had come through stays, as on a disk."""
    points, target = Points(), tmp_path / "dump.sql"

    def broken() -> None:
        raise BrokenOff("broken off at first_byte")

    points.wait_for(FIRST_BYTE, broken)
    with (
        pytest.raises(BrokenOff),
        flowing(a_site(points), "postgres", target) as path,
        path.open("wb") as writer,
    ):
        writer.write(b"x" * 300_000)
    assert b"x" == target.read_bytes()
    assert [target] == list(tmp_path.iterdir())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("flow of")]


def test_what_finds_no_room_is_told_by_the_kernel(tmp_path: Path) -> None:
    """Once: the next backup finds room again. Nothing but a link is ever removed."""
    site, target = a_site(Points(), "nats"), tmp_path / "data.tar.gz"
    with (
        pytest.raises(DrillError, match=r"nats: data\.tar\.gz: No space left on device"),
        flowing(site, "nats", target) as path,
    ):
        path.write_bytes(b"x")
    assert target.is_symlink()
    with flowing(site, "nats", tmp_path / "next") as path:
        path.write_bytes(b"x")
    assert b"x" == (tmp_path / "next").read_bytes()


def test_every_point_is_one_of_some_method_or_step() -> None:
    """A point that nothing comes to is not offered, and none is invented."""
    told = {
        point
        for method in METHODS.values()
        if isinstance(method, Pointed)
        for verb in ("backup", "restore")
        for point in method.points(verb, method.options.model_construct())
    }
    assert {*POINTS} - {"half_uploaded", "last_table"} <= told <= {*POINTS}


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            (
                "  - backup: b\n    postgres: {method: pg_dump, format: directory}\n"
                "    breaks_off: half\n"
            ),
            "never comes to 'half'. It has no points",
        ),
        (
            "  - restore: nightly\n    order: [nats]\n    breaks_off: last_table\n",
            "never comes to 'last_table'. Valid: emptied",
        ),
        (
            "  - write: {audit_log: 9}\n    meanwhile: {wait: 1s, at: half}\n",
            "only a disaster or a write happens in the middle of a step",
        ),
        (
            (
                "  - write: {audit_log: 9}\n"
                "    meanwhile: {disaster: kill_server, stores: [postgres]}\n"
            ),
            "write either at or after. For example: {at: half}",
        ),
        (
            "  - write: {audit_log: 9}\n    meanwhile: {disaster: kill_server, at: half}\n",
            "key 'stores' is missing",
        ),
        (
            "  - write: {audit_log: 9}\n    breaks_off: half\n",
            "this step never comes to 'half'. It has no points",
        ),
        (
            (
                "  - write: {audit_log: 9}\n    meanwhile: {disaster: kill_server,"
                " stores: [postgres], at: haif}\n"
            ),
            "'haif' is unknown. Did you mean 'half'?",
        ),
        (
            (
                "  - write: {audit_log: 9}\n    meanwhile: {disaster: kill_server,"
                " stores: [postgres], at: half}\n  - write: {audit_log: 9}\n"
            ),
            "postgres was stopped in line 9. Start it first",
        ),
    ],
)
def test_what_cannot_happen_is_refused_before_anything_starts(
    tmp_path: Path, step: str, said: str
) -> None:
    """With the points that the step does come to."""
    path = tmp_path / "s.yaml"
    path.write_text(HEAD + step + TAIL)
    with pytest.raises(UsageError) as refused:
        load(path)
    assert said in str(refused.value)
