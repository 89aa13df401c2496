"""What a backup left is damaged in its largest file, and in nothing else."""

from pathlib import Path

import pytest

from harness.core.errors import DrillError
from harness.drill.artefacts import damage, weigh


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
