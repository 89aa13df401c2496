"""Timelines are played on real servers; what is found is shortened, written and known."""

import signal
from pathlib import Path

import pytest
from drill_process import Command

from harness.explore.draft import Draft
from harness.explore.exploring import Explorer
from harness.explore.ground import grounds_of
from harness.explore.judging import Standing
from harness.explore.playing import Players, Settings
from harness.explore.telling import written
from harness.scenario.kinds import Kinds
from harness.scenario.load import load

RUNS = "2"


@pytest.mark.timeout(600)
def test_a_trap_is_found_shortened_and_known_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of the running database has no rows of unlogged tables, whatever else happens."""
    monkeypatch.setenv("DRILL_HOME", str(tmp_path / "home"))
    grounds = grounds_of([], Kinds.installed())
    copied = {"method": "volume", "while": "running"}
    steps = (
        {"backup": "one", "postgres": copied},
        {"disaster": "lose_volume", "stores": ["postgres"]},
        {"restore": "one", "order": ["postgres"]},
        {"start": "hub"},
    )
    draft = Draft(5, dict.fromkeys(grounds[0].tables, 20), steps)
    (tmp_path / "work").mkdir()
    with Players(2, Settings({}, 600.0)) as players:
        explorer = Explorer(grounds, players, [], tmp_path / "work")
        (timeline,) = explorer.explore([draft])
        assert timeline.judged.standing is Standing.FOUND
        assert "unlogged_table_rows" in timeline.unexplained
        explained, findings = explorer.explained(timeline)
        assert explained.unexplained == []
        (found,) = [f for f in findings if f.check == "unlogged_table_rows"]
        assert ["backup", "restore", "start"] == [next(iter(step)) for step in found.draft.steps]
        assert {"postgres": copied} == {
            store: found.draft.steps[0][store] for store in found.draft.steps[0].keys() - {"backup"}
        }
        again, none = explorer.explained(timeline)
        assert ([], []) == (again.unexplained, none)
    scenario = load(written(found, grounds[0], tmp_path / "scenarios", 5))
    assert scenario.why
    assert set(scenario.terms.expectation.fail) == set(found.draft.expected)
    assert [] == list((tmp_path / "home").glob("*/*"))


@pytest.mark.timeout(600)
def test_the_command_tells_what_met_and_ends_with_what_it_found(tmp_path: Path) -> None:
    """Nothing is left of its servers, whether it ends by itself or is interrupted."""
    command = Command(tmp_path)
    status, said, errors = command.run("explore", "--runs", RUNS, "--random", "4", "-n", "2")
    assert (status, errors) in {(0, ""), (1, "")}, said + errors
    assert f"{RUNS} timelines in " in said
    assert "between steps" in said
    assert (status == 1) == (tmp_path / "scenarios" / "explored").is_dir()
    assert [] == command.left()
    process = command.start("explore", "--for", "10m")
    assert process.stdout
    process.stdout.readline()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "interrupted; what was started is removed" in errors
    assert [] == command.left()


def test_bad_input_starts_nothing(tmp_path: Path) -> None:
    """It is told in a line, with what would do."""
    command = Command(tmp_path)
    status, said, errors = command.run("explore", "--for", "soon")
    assert (2, "") == (status, said)
    assert "--for: 'soon' is not a duration" in errors
    status, _, errors = command.run("explore", "scenarios/none.yaml")
    assert 2 == status
    assert "there is no such file" in errors
    assert not command.home.exists()
