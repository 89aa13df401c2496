"""A directory volume is emptied only with its marker, counted whole, and never left."""

from pathlib import Path

import pytest

from harness.core.errors import DrillError
from harness.core.ports import Census
from harness.runtime.embedded.volume import MARKER, DirectoryVolume


@pytest.fixture
def notes() -> list[str]:
    """Collect what tar said."""
    return []


@pytest.fixture
def volume(tmp_path: Path, notes: list[str]) -> DirectoryVolume:
    """Give a volume with three entries, one of them a dotfile."""
    made = DirectoryVolume(tmp_path / "nats", drill_id="d1", store="nats", note=notes.append)
    made.write("sub/file", b"12345")
    made.write(".dotfile", b"678")
    return made


def test_a_new_volume_is_really_empty(tmp_path: Path) -> None:
    """The marker stands beside the volume, not in it."""
    made = DirectoryVolume(tmp_path / "nats", drill_id="d1", store="nats", note=print)
    assert Census(0, 0) == made.census()
    assert 0o700 == made.root.stat().st_mode & 0o777


def test_a_census_counts_everything(volume: DirectoryVolume) -> None:
    """Directories and dotfiles are entries; bytes are those of files."""
    assert Census(3, 8) == volume.census()


def test_wiping_leaves_no_dotfile(volume: DirectoryVolume) -> None:
    """Unlike `rm -rf /data/*`, wiping removes dotfiles, and links without what they name."""
    kept = volume.root.parent / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (volume.root / "link").symlink_to(kept)
    volume.wipe()
    assert Census(0, 0) == volume.census()
    assert volume.root.is_dir()
    assert [kept / "file"] == list(kept.iterdir())


@pytest.mark.parametrize("says", [None, "{}", '{"drill_id": "other", "store": "nats"}'])
def test_wiping_refuses_what_is_not_marked(volume: DirectoryVolume, says: str | None) -> None:
    """Without the marker of this very drill nothing is removed."""
    marker = volume.root.parent / MARKER
    marker.unlink()
    if says is not None:
        marker.write_text(says)
    with pytest.raises(DrillError) as refused:
        volume.wipe()
    assert f"nats: refusing to wipe {volume.name}: it bears no marker of this drill" == str(
        refused.value
    )
    assert Census(3, 8) == volume.census()


def test_a_volume_comes_back_from_its_archive(
    volume: DirectoryVolume, tmp_path: Path, notes: list[str]
) -> None:
    """Archive, wipe and extract give the same files, and the marker stays."""
    volume.archive(tmp_path / "nats.tar.gz")
    volume.wipe()
    volume.extract(tmp_path / "nats.tar.gz")
    assert b"12345" == volume.read("sub/file")
    assert b"678" == volume.read(".dotfile")
    assert [] == notes
    volume.wipe()


def test_a_small_file_is_private_and_replaced(volume: DirectoryVolume) -> None:
    """A file written into a volume is readable by its owner only, however often it is written."""
    volume.write("sub/file", b"other")
    assert b"other" == volume.read("sub/file")
    assert 0o600 == (volume.root / "sub/file").stat().st_mode & 0o777
    assert Census(3, 8) == volume.census()


def test_an_absent_file_is_not_found(volume: DirectoryVolume) -> None:
    """Reading what is not there is no drill error: the caller asks whether it is there."""
    with pytest.raises(FileNotFoundError):
        volume.read("absent")


@pytest.mark.parametrize("path", ["../kept", "/etc/passwd", "sub/../../kept", "link/x", "."])
def test_no_path_leads_out_of_the_volume(volume: DirectoryVolume, path: str) -> None:
    """Neither a path nor a link in the volume reaches anything else."""
    (volume.root / "link").symlink_to("/etc")
    for use in (volume.read, lambda at: volume.write(at, b"")):
        with pytest.raises(DrillError) as refused:
            use(path)
        assert f"nats: {path!r} leads out of the volume" == str(refused.value)
