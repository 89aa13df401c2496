"""What a backup left is damaged in its largest file, and in nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile_archives
import pytest
from ours import our_embedded

from harness.core.errors import DrillError
from harness.core.verdict import Verdict
from harness.drill import DrillSettings, play
from harness.drill.artefacts import damage, reading, weigh
from harness.runtime import workdir
from harness.scenario.load import load


@pytest.fixture
def artefact(tmp_path: Path) -> Path:
    """Return a directory of three files."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "large").write_bytes(b"\x00" * 101)
    (tmp_path / "base" / "small").write_bytes(b"\x00" * 10)
    (tmp_path / "empty").touch()
    return tmp_path


def test_the_second_half_goes(artefact: Path) -> None:
    """A truncated file ends in its middle."""
    assert "base/large cut from 101 to 50 bytes" == damage(artefact, "truncated", "*")
    assert b"\x00" * 50 == (artefact / "base" / "large").read_bytes()
    assert b"\x00" * 10 == (artefact / "base" / "small").read_bytes()


def test_one_bit_is_wrong(artefact: Path) -> None:
    """The size stays, and the digest does not."""
    before = weigh(artefact)
    said = damage(artefact, "bit_flipped", "base/s*")
    assert "base/small: one bit of byte 5 flipped" == said
    assert b"\x00" * 5 + b"\x01" + b"\x00" * 4 == (artefact / "base" / "small").read_bytes()
    after = weigh(artefact)
    assert before[:2] == after[:2]
    assert before[2] != after[2]


def test_what_is_not_there_cannot_be_damaged(artefact: Path) -> None:
    """A drill that would damage nothing proves nothing, so it says so."""
    with pytest.raises(DrillError, match=r"^the backup holds no file empty to damage$"):
        damage(artefact, "truncated", "empty")


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda d: (d / "globals.sql").read_text(), "the backup holds no file globals.sql"),
        (lambda d: (d / "base").read_bytes(), "the backup holds no file base"),
        (lambda d: list((d / "empty" / "x").iterdir()), "the backup holds no file empty/x"),
        (
            lambda d: (d / "base" / "large").read_bytes()[:0] + b"\xff".decode().encode(),
            "the backup holds what cannot be read: ",
        ),
    ],
)
def test_what_cannot_be_read_of_a_backup_fails_its_step(
    artefact: Path, read: Callable[[Path], object], said: str
) -> None:
    """Whichever method reads it: the step failed, and its message names the file."""
    with pytest.raises(DrillError) as failed, reading(artefact, "nats"):
        read(artefact)
    assert failed.value.message.startswith(f"nats: {said}")


def test_what_lies_elsewhere_is_not_the_backups(artefact: Path, tmp_path_factory: Any) -> None:
    """A file that the machine lacks says nothing of the backup."""
    with pytest.raises(FileNotFoundError), reading(artefact, "nats"):
        (tmp_path_factory.mktemp("elsewhere") / "x").read_bytes()


SCENARIO = """\
title: The archive of a volume is hostile
seed: {{random: 1, contacts: 2, credentials: 1, audit_log: 10, events: 10}}
timeline:
  - backup: nightly
    nats:
      method: script
      script: {script}
      leaves: nats.tar.gz
      replace: {{PLACE: "{{directory}}"}}
  - disaster: lose_volume
    stores: [nats]
  - restore: nightly
    order: [nats]
  - start: hub
"""


def test_a_hostile_archive_fails_the_restore_of_a_drill(tmp_path: Path) -> None:
    """The scenario judges it: the step that restores from it failed, and its message names it."""
    made = tmp_path / "hostile.tar.gz"
    bad = hostile_archives.header(checksum=b"000000\0 ")
    made.write_bytes(hostile_archives.packed(bad, hostile_archives.file(b"../../../escaped")))
    script = tmp_path / "backup.sh"
    script.write_text(f"#!/bin/sh\ncp {made} PLACE/nats.tar.gz\n")
    file = tmp_path / "hostile.yaml"
    file.write_text(SCENARIO.format(script=script))
    evidence = play(load(file), our_embedded("test"), tmp_path / "out", DrillSettings("test"))
    (failure,) = evidence.history.failures
    assert Verdict.FAIL is evidence.judgement.verdict
    assert failure.message == (
        "nats.tar.gz is not a whole tar.gz archive: a header's checksum is wrong"
    )
    assert not list(workdir.base_directory().parent.rglob("escaped"))
