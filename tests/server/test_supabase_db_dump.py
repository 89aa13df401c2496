"""`supabase db dump` is what the real CLI prints, or else the drill has shown nothing."""

from pathlib import Path

import pytest
from ours import our_runtime

from harness.backups.supabase_db_dump import CLI_VARIABLE, cli, version
from harness.core.errors import Unavailable
from harness.core.verdict import Verdict
from harness.drill.play import DrillSettings, play
from harness.scenario.load import load

SCENARIO = """\
title: A dump by a program that is not here
seed: {random: 7, audit_log: 10}
timeline:
  - backup: nightly
    postgres: supabase_db_dump
  - disaster: lose_volume
    stores: [postgres]
  - restore: nightly
    order: [postgres]
  - start: hub
expect: {fail: [audit_log_complete]}
"""


@pytest.fixture
def without_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the CLI out of reach, wherever this machine may have it."""
    monkeypatch.delenv(CLI_VARIABLE, raising=False)
    monkeypatch.setattr("harness.backups.supabase_db_dump.CLI", "no-supabase-cli-of-this-name")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("without_cli")
def test_without_the_cli_the_drill_is_unverified(tmp_path: Path) -> None:
    """What could not be taken has neither passed nor failed, whatever the scenario expects."""
    path = tmp_path / "drill.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    evidence = play(load(path), our_runtime("embedded"), tmp_path / "report", DrillSettings("run"))
    assert Verdict.UNVERIFIED is evidence.judgement.verdict
    assert (
        "the drill was not played to its end: the Supabase CLI is not on this machine"
        == evidence.judgement.sentence
    )


def test_the_cli_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting outranks what is found."""
    monkeypatch.setenv(CLI_VARIABLE, "/opt/supabase/bin/supabase")
    assert "/opt/supabase/bin/supabase" == cli()


def test_a_cli_that_cannot_be_run_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is there and does not work is a gap, not a failed backup."""
    monkeypatch.setenv(CLI_VARIABLE, str(tmp_path / "absent"))
    with pytest.raises(Unavailable, match=r"^the Supabase CLI cannot be run: "):
        version()
