"""Archives of volumes: whole, faithful, and refused when they are damaged or dangerous."""

import io
import os
import subprocess
import tarfile
from hashlib import shake_128
from pathlib import Path

import hostile_archives
import pytest

from harness.core.errors import DrillError
from harness.runtime import archives
from harness.runtime.archives.tar import shown

WITH_AND_WITHOUT_TAR = pytest.mark.parametrize("tar", [True, False], ids=["tar", "python"])


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """Give the parent of a small data directory with a bit of everything."""
    data = tmp_path / "volume" / archives.ROOT
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
    for path in (parent / archives.ROOT).rglob("*"):
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
    archives.pack(volume, tmp_path / "volume.tar.gz")
    restored = tmp_path / "restored"
    (restored / archives.ROOT).mkdir(parents=True)
    archives.unpack(tmp_path / "volume.tar.gz", restored)
    assert before == _tree(restored)


@WITH_AND_WITHOUT_TAR
def test_members_lie_below_data(
    volume: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tar: bool
) -> None:
    """The layout is that of `tar czf /backup/x.tar.gz /data`."""
    _hide_tar(monkeypatch, tar)
    archives.pack(volume, tmp_path / "volume.tar.gz")
    with tarfile.open(tmp_path / "volume.tar.gz") as packed:
        assert {"data"} == {name.split("/")[0] for name in packed.getnames()}


@WITH_AND_WITHOUT_TAR
@pytest.mark.parametrize("kept_bytes", [0, 20, -20, -4])
def test_a_truncated_archive_is_refused_before_anything_is_unpacked(
    volume: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tar: bool, kept_bytes: int
) -> None:
    """An archive cut anywhere, even in its trailer, leaves the volume as it was."""
    whole, cut = tmp_path / "whole.tar.gz", tmp_path / "cut.tar.gz"
    archives.pack(volume, whole)
    cut.write_bytes(whole.read_bytes()[:kept_bytes])
    _hide_tar(monkeypatch, tar)
    with pytest.raises(DrillError) as refused:
        archives.unpack(cut, tmp_path / "nowhere")
    assert refused.value.message.startswith("cut.tar.gz is not a whole tar.gz archive: ")
    assert "It was cut short or damaged; nothing was unpacked." == refused.value.hint
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    """Something else under an archive's name is not taken for one."""
    fake = tmp_path / "fake.tar.gz"
    fake.write_text("not an archive")
    with pytest.raises(DrillError) as refused:
        archives.check(fake)
    assert (
        "fake.tar.gz is not a whole tar.gz archive: not a gzipped file (b'no')"
        == refused.value.message
    )


def test_a_flipped_byte_is_noticed(volume: Path, tmp_path: Path) -> None:
    """A damaged archive fails its checksum or its structure."""
    # Without redundancy: in a run of zeros another byte may decode to the same contents.
    (volume / archives.ROOT / "noise").write_bytes(shake_128(b"noise").digest(4096))
    whole = tmp_path / "whole.tar.gz"
    archives.pack(volume, whole)
    damaged = bytearray(whole.read_bytes())
    damaged[len(damaged) // 2] ^= 0x40
    whole.write_bytes(damaged)
    with pytest.raises(DrillError, match=r"whole\.tar\.gz is not a whole tar\.gz archive: "):
        archives.check(whole)


HOSTILE = [
    *(
        pytest.param(
            hostile_archives.packed(parts, hostile_archives.END),
            f"x.tar.gz: member {shown(name)} {why}",
            id=case,
        )
        for case, (parts, name, why) in hostile_archives.UNSAFE.items()
    ),
    *(
        pytest.param(
            hostile_archives.packed(parts),
            f"x.tar.gz is not a whole tar.gz archive: {why}",
            id=case,
        )
        for case, (parts, why) in hostile_archives.BROKEN.items()
    ),
    *(
        pytest.param(content, f"x.tar.gz is not a whole tar.gz archive: {why}", id=case)
        for case, content, why in hostile_archives.gzipped()
    ),
]


@WITH_AND_WITHOUT_TAR
@pytest.mark.parametrize(("content", "said"), HOSTILE)
def test_a_hostile_archive_is_refused_before_anything_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tar: bool, content: bytes, said: str
) -> None:
    """Nothing comes to be anywhere, and the message names the archive and what is wrong with it."""
    _hide_tar(monkeypatch, tar)
    source, parent = tmp_path / "x.tar.gz", tmp_path / "deep" / "volume"
    source.write_bytes(content)
    (parent / archives.ROOT).mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DrillError) as refused:
        archives.unpack(source, parent)
    assert refused.value.message.startswith(said)
    assert refused.value.message.isprintable()
    assert before == sorted(tmp_path.rglob("*"))
    with pytest.raises(DrillError) as refused_elsewhere:
        b"".join(archives.cleaned(source))
    assert refused.value.message == refused_elsewhere.value.message


def test_there_are_many_kinds_of_hostile_archives() -> None:
    """Each is a trick of its own."""
    assert len({param.values[0] for param in HOSTILE}) >= 100


@WITH_AND_WITHOUT_TAR
def test_an_archive_that_cannot_be_written_leaves_nothing(
    volume: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tar: bool
) -> None:
    """A failed backup does not look like one."""
    _hide_tar(monkeypatch, tar)
    target = tmp_path / "absent" / "volume.tar.gz"
    with pytest.raises(DrillError, match=r"volume\.tar\.gz"):
        archives.pack(volume, target)
    assert not target.exists()


HONEST = {
    "v7": ["--format=v7"],
    "ustar": ["--format=ustar"],
    "gnu": ["--format=gnu"],
    "posix": ["--format=posix"],
    "sparse": ["--format=gnu", "--sparse"],
    "sparse 0.0": ["--format=posix", "--sparse-version=0.0"],
    "sparse 0.1": ["--format=posix", "--sparse-version=0.1"],
    "sparse 1.0": ["--format=posix", "--sparse-version=1.0"],
    "the same twice": ["data/sub"],
}


@pytest.mark.parametrize("options", HONEST.values(), ids=HONEST.keys())
def test_what_any_tar_makes_is_understood(volume: Path, tmp_path: Path, options: list[str]) -> None:
    """Old and new formats, long names, links, holes and repeated members come back as they were."""
    data = volume / archives.ROOT
    with (data / "holes").open("wb") as holes:
        for at in range(40):
            holes.seek(at * 100_000)
            holes.write(b"island %d" % at)
        holes.truncate(5_000_000)
    with (data / "one hole").open("wb") as hole:
        hole.truncate(2_000_000)
    if "v7" not in options[0]:
        long = data / ("a" * 60) / ("b" * 70)
        long.mkdir(parents=True)
        (long / "ümlaut").write_text("x" * 3000)
    os.link(data / "link", data / "linked link")
    made, restored = tmp_path / "x.tar.gz", tmp_path / "restored"
    subprocess.run(
        ["tar", "-czf", made, "-C", volume, *options[:-1], "data", options[-1]], check=True
    )
    restored.mkdir()
    archives.unpack(made, restored)
    assert _tree(volume) == _tree(restored)
    plain = tmp_path / "plain.tar"
    plain.write_bytes(b"".join(archives.cleaned(made)))
    (tmp_path / "again").mkdir()
    subprocess.run(["tar", "-xpf", plain, "-C", tmp_path / "again"], check=True)
    assert _tree(volume) == _tree(tmp_path / "again")


def test_the_later_of_two_files_of_a_name_counts(tmp_path: Path) -> None:
    """As with every tar; a hard link made before keeps the earlier one."""
    parts = (
        hostile_archives.hard(b"data/h", b"data/first"),
        hostile_archives.file(b"data/first", b"later"),
        hostile_archives.END,
    )
    (tmp_path / "x.tar.gz").write_bytes(hostile_archives.packed(*parts))
    archives.unpack(tmp_path / "x.tar.gz", tmp_path / "volume")
    assert "later" == (tmp_path / "volume/data/first").read_text()
    assert "x" == (tmp_path / "volume/data/h").read_text()


def test_more_than_there_is_room_for_is_not_unpacked(volume: Path, tmp_path: Path) -> None:
    """Before its first file, and before its last is read."""
    archives.pack(volume, tmp_path / "x.tar.gz")
    with pytest.raises(DrillError) as refused:
        archives.check(tmp_path / "x.tar.gz", 8)
    assert refused.value.message == (
        "x.tar.gz holds more than the 8 bytes that are free: no space left, and nothing was"
        " unpacked"
    )


def test_a_volume_has_no_end_of_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read of each is remembered, so that there is a greatest number."""
    monkeypatch.setattr("harness.runtime.archives.layout._MEMBERS_AT_MOST", 20)
    parts = [hostile_archives.folder(b"data/%d" % number) for number in range(30)]
    (tmp_path / "x.tar.gz").write_bytes(hostile_archives.packed(*parts, hostile_archives.END))
    with pytest.raises(DrillError, match=r"member 'data/18' comes after 20 others, more than any"):
        archives.check(tmp_path / "x.tar.gz")


def test_nothing_is_unpacked_over_what_is_there(volume: Path, tmp_path: Path) -> None:
    """A link that somebody left in a volume would lead the archive's files elsewhere."""
    archives.pack(volume, tmp_path / "x.tar.gz")
    there = tmp_path / "there"
    (there / archives.ROOT).mkdir(parents=True)
    (there / archives.ROOT / "sub").symlink_to(tmp_path)
    with pytest.raises(DrillError) as refused:
        archives.unpack(tmp_path / "x.tar.gz", there)
    assert refused.value.message == (
        f"x.tar.gz: {there / archives.ROOT} is not empty, so that nothing was unpacked"
    )
