"""A step that refers to a mark or a backup that is not there by then is refused."""

from pathlib import Path

import pytest

from harness.scenario.load import load
from harness.scenario.problem import ScenarioErrors
from harness.scenario.steps import Backup, MarkMoment, Moment, Restore

HEAD = "title: A drill\nseed: {random: 7, audit_log: 10}\ntimeline:\n"
BASE = "  - backup: nightly\n    postgres: base_backup\n"
TO = "  - restore: nightly\n    order: [postgres]\n    to: "


def refused(directory: Path, timeline: str) -> list[str]:
    """Return the problems of a timeline, without the file's name."""
    path = directory / "drill.yaml"
    path.write_text(HEAD + timeline, encoding="utf-8")
    with pytest.raises(ScenarioErrors) as errors:
        load(path)
    return [problem.partition("drill.yaml:")[2] for problem in errors.value.problems]


def test_a_recovery_goes_to_a_mark_by_name_by_time_or_to_the_end(tmp_path: Path) -> None:
    """What stands after `to` is a mark's name, its time, or the latest there is."""
    path = tmp_path / "drill.yaml"
    targets = ["before", "{name: before}", "{time: before}", "latest"]
    steps = BASE + "  - mark: before\n" + "".join(f"{TO}{target}\n" for target in targets)
    path.write_text(HEAD + steps, encoding="utf-8")
    backup, mark, *restores = load(path).timeline
    assert isinstance(backup, Backup)
    assert MarkMoment(6, "before") == mark
    by_name, by_time = Moment("before", "name"), Moment("before", "time")
    assert [by_name, by_name, by_time, None] == [
        step.to for step in restores if isinstance(step, Restore)
    ]


def test_a_mark_that_is_set_too_late_or_never(tmp_path: Path) -> None:
    """A recovery needs its target behind it."""
    assert [
        "8: timeline[1].to: mark 'befor' is not set by then. Valid: none",
    ] == refused(tmp_path, f"{BASE}{TO}befor\n  - mark: before\n")
    assert [
        "9: timeline[2].to: mark 'befor' is not set by then. Did you mean 'before'? Valid: before",
    ] == refused(tmp_path, f"{BASE}  - mark: before\n{TO}befor\n")


def test_a_mark_that_is_older_than_the_backup(tmp_path: Path) -> None:
    """No base backup recovers to a moment before itself."""
    assert [
        (
            "9: timeline[2].to: mark 'before' is older than backup 'nightly'. A recovery only goes"
            " forward from its backup"
        )
    ] == refused(tmp_path, f"  - mark: before\n{BASE}{TO}before\n")


def test_a_method_that_cannot_choose_its_moment(tmp_path: Path) -> None:
    """The message names the methods that can."""
    dump = "  - backup: nightly\n    postgres: pg_dump\n  - mark: before\n"
    assert [
        (
            "9: timeline[2].to: backup 'nightly' cannot be restored to a moment. Methods that can:"
            " base_backup"
        )
    ] == refused(tmp_path, f"{dump}{TO}before\n")


def test_an_incremental_backup_of_nothing(tmp_path: Path) -> None:
    """It builds on an earlier base backup of the same store."""
    on = "postgres: {method: base_backup, incremental_to: nightly}\n"
    dump = "  - backup: nightly\n    postgres: pg_dump\n"
    assert [
        (
            "7: timeline[1].postgres: no earlier base_backup of postgres is named 'nightly'."
            " Valid: none"
        )
    ] == refused(tmp_path, f"{dump}  - backup: second\n    {on}")


def test_a_backup_that_another_builds_on_stays_at_hand(tmp_path: Path) -> None:
    """An incremental backup and the one it builds on are read together, as files on the machine."""
    builds_on = "    postgres: {method: base_backup, incremental_to: nightly}\n"
    kept = "    keep: {offsite: directory}\n"
    needs = "is put away, and base_backup needs both at hand. Remove keep"
    assert [
        f"8: timeline[1].postgres: backup 'nightly' {needs}",
    ] == refused(tmp_path, f"{BASE}{kept}  - backup: later\n{builds_on}")
    assert [
        f"8: timeline[1].postgres: backup 'later' {needs}",
    ] == refused(tmp_path, f"{BASE}  - backup: later\n{kept}{builds_on}")
