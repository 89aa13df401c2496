"""Archives of volumes: whole, faithful, and refused when they are damaged or dangerous."""

import io
import os
import tarfile
from hashlib import shake_128
from pathlib import Path

import pytest

from harness.core.errors import DrillError
from harness.runtime.embedded import archive

WITH_AND_WITHOUT_TAR = pytest.mark.parametrize("tar", [True, False], ids=["tar", "python"])


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """Give the parent of a small data directory with a bit of everything."""
    data = tmp_path / "volume" / archive.ROOT
    (data / "sub").mkdir(parents=True)
    (data / "sub" / "file").write_text("content")
    (data / ".dotfile").write_text("hidden")
    (data / "empty").mkdir(mode=0o700)
    (data / "link").symlink_to("sub/file")
    (data / "sub" / "back").symlink_to("../.dotfile")
    os.link(data / "sub" / "file", data / "hard")
    (data / "secret").touch(mode=0o600)
    return data.parent


def _hide_tar(monkeypatch: pytest.MonkeyPatch, tar: bool) -> None:
    if not tar:
        monkeypatch.setenv("PATH", "")


def _tree(parent: Path) -> dict[str, tuple[int, bytes | str]]:
    found: dict[str, tuple[int, bytes | str]] = {}
    for path in (parent / archive.ROOT).rglob("*"):
        content: bytes | str = b""
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = path.read_bytes()
        found[str(path.relative_to(parent))] = (path.lstat().st_mode, content)
    return found


def _made_of(path: Path, *members: tuple[str, str, bytes]) -> Path:
    """Write a tar.gz whose members are (name, link target, type)."""
    with tarfile.open(path, "w:gz") as made:
        for name, target, kind in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            member.size = 1 if kind == tarfile.REGTYPE else 0
            made.addfile(member, io.BytesIO(b"x") if member.size else None)
    return path


@WITH_AND_WITHOUT_TAR
def test_what_was_packed_comes_back(
    volume: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tar: bool
) -> None:
    """Contents, modes, dotfiles, empty directories and links survive a round trip."""
    _hide_tar(monkeypatch, tar)
    before = _tree(volume)
    archive.pack(volume, tmp_path / "volume.tar.gz")
    restored = tmp_path / "restored"
    (restored / archive.ROOT).mkdir(parents=True)
    archive.unpack(tmp_path / "volume.tar.gz", restored)
    assert before == _tree(restored)


@WITH_AND_WITHOUT_TAR
def test_members_lie_below_data(
    volume: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tar: bool
) -> None:
    """The layout is that of `tar czf /backup/x.tar.gz /data`."""
    _hide_tar(monkeypatch, tar)
    archive.pack(volume, tmp_path / "volume.tar.gz")
    with tarfile.open(tmp_path / "volume.tar.gz") as packed:
        assert {"data"} == {name.split("/")[0] for name in packed.getnames()}


@WITH_AND_WITHOUT_TAR
@pytest.mark.parametrize("kept_bytes", [0, 20, -20, -4])
def test_a_truncated_archive_is_refused_before_anything_is_unpacked(
    volume: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tar: bool, kept_bytes: int
) -> None:
    """An archive cut anywhere, even in its trailer, leaves the volume as it was."""
    whole, cut = tmp_path / "whole.tar.gz", tmp_path / "cut.tar.gz"
    archive.pack(volume, whole)
    cut.write_bytes(whole.read_bytes()[:kept_bytes])
    _hide_tar(monkeypatch, tar)
    with pytest.raises(DrillError) as refused:
        archive.unpack(cut, tmp_path / "nowhere")
    assert refused.value.message.startswith("cut.tar.gz is not a whole tar.gz archive: ")
    assert "It was cut short or damaged; nothing was unpacked." == refused.value.hint
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    """Something else under an archive's name is not taken for one."""
    fake = tmp_path / "fake.tar.gz"
    fake.write_text("not an archive")
    with pytest.raises(DrillError) as refused:
        archive.check(fake)
    assert (
        "fake.tar.gz is not a whole tar.gz archive: not a gzipped file (b'no')"
        == refused.value.message
    )


def test_a_flipped_byte_is_noticed(volume: Path, tmp_path: Path) -> None:
    """A damaged archive fails its checksum or its structure."""
    # Without redundancy: in a run of zeros another byte may decode to the same contents.
    (volume / archive.ROOT / "noise").write_bytes(shake_128(b"noise").digest(4096))
    whole = tmp_path / "whole.tar.gz"
    archive.pack(volume, whole)
    damaged = bytearray(whole.read_bytes())
    damaged[len(damaged) // 2] ^= 0x40
    whole.write_bytes(damaged)
    with pytest.raises(DrillError, match=r"whole\.tar\.gz is not a whole tar\.gz archive: "):
        archive.check(whole)


REFUSED = {
    "absolute": ([("/etc/passwd", "", tarfile.REGTYPE)], "lies outside of data/"),
    "climbing": ([("data/../../x", "", tarfile.REGTYPE)], "lies outside of data/"),
    "beside": ([("other/x", "", tarfile.REGTYPE)], "lies outside of data/"),
    "absolute link": (
        [("data/l", "/etc", tarfile.SYMTYPE)],
        "is a link that leads out of data/",
    ),
    "climbing link": (
        [("data/l", "../../etc", tarfile.SYMTYPE)],
        "is a link that leads out of data/",
    ),
    "link that climbs after a descent": (
        [("data/l", "x/../../../etc", tarfile.SYMTYPE)],
        "is a link that leads out of data/",
    ),
    "root as a link": (
        [("data", "elsewhere", tarfile.SYMTYPE)],
        "is a link that leads out of data/",
    ),
    "hard link": (
        [("data/h", "/etc/passwd", tarfile.LNKTYPE)],
        "is a link that leads out of data/",
    ),
    "behind a link": (
        [("data/l", "sub", tarfile.SYMTYPE), ("data/l/x", "", tarfile.REGTYPE)],
        "lies behind a link",
    ),
    "device": ([("data/null", "", tarfile.CHRTYPE)], "is a device or of an unknown kind"),
}


@pytest.mark.parametrize(("members", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_an_unsafe_member_is_refused_before_anything_is_unpacked(
    tmp_path: Path, members: list[tuple[str, str, bytes]], why: str
) -> None:
    """No archive can write outside of the volume it is unpacked into."""
    parent = tmp_path / "volume"
    parent.mkdir()
    source = _made_of(tmp_path / "x.tar.gz", ("data/first", "", tarfile.REGTYPE), *members)
    with pytest.raises(DrillError) as refused:
        archive.unpack(source, parent)
    assert f"x.tar.gz: member '{members[-1][0]}' {why}" == refused.value.message
    assert [] == list(parent.iterdir())


@WITH_AND_WITHOUT_TAR
def test_an_archive_that_cannot_be_written_leaves_nothing(
    volume: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tar: bool
) -> None:
    """A failed backup does not look like one."""
    _hide_tar(monkeypatch, tar)
    target = tmp_path / "absent" / "volume.tar.gz"
    with pytest.raises(DrillError, match=r"volume\.tar\.gz"):
        archive.pack(volume, target)
    assert not target.exists()
