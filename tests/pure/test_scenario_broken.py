"""Every broken scenario or platform is refused with its whole message, and with nothing else."""

from pathlib import Path

import pytest
from literal_kinds import KINDS

from harness.core.errors import UsageError
from harness.scenario.load import load
from harness.scenario.platform_file import platform_at

HERE = Path(__file__).parents[1]
BROKEN = sorted(HERE.glob("broken_*/*.yaml"))


def read(path: Path) -> object:
    """Read a scenario or a platform."""
    is_platform = path.parent.name == "broken_platforms"
    return platform_at(path) if is_platform else load(path, KINDS)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_file_is_refused_with_all_of_its_errors(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each error has the file, the line, the place, the value and what would be right."""
    monkeypatch.chdir(HERE)
    with pytest.raises(UsageError) as refused:
        read(path)
    assert path.with_suffix(".txt").read_text(encoding="utf-8") == f"{refused.value}\n"


def test_every_message_belongs_to_a_file() -> None:
    """No expectation is left behind without the file that it is about."""
    expected = {path.with_suffix("") for path in HERE.glob("broken_*/*.txt")}
    assert expected == {path.with_suffix("") for path in BROKEN}
    assert len(BROKEN) >= 90


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_message_is_lines_that_a_reader_can_take_in(path: Path) -> None:
    """Whatever stands in the file, each error is one printable line of bounded length."""
    for line in path.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        assert line.isprintable()
        assert len(line) < 250


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file is named as it was given, relative to the current directory."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as refused:
        load(Path("scenarios/nightly.yaml"), KINDS)
    assert str(refused.value) == "scenarios/nightly.yaml: there is no such file"


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    """A folder is no scenario; outside the current directory the path is shown whole."""
    with pytest.raises(UsageError) as refused:
        load(tmp_path, KINDS)
    assert str(refused.value) == f"{tmp_path}: this is a folder. Name a file in it"


def test_a_device_in_place_of_a_file() -> None:
    """What never ends is not read."""
    with pytest.raises(UsageError) as refused:
        load(Path("/dev/zero"), KINDS)
    assert str(refused.value) == "/dev/zero: this is not a regular file"


def test_a_file_too_large_to_be_a_scenario(tmp_path: Path) -> None:
    """A file of a quarter megabyte is not parsed."""
    path = tmp_path / "large.yaml"
    path.write_bytes(b"# filler\n" * 32_000)
    with pytest.raises(UsageError) as refused:
        load(path, KINDS)
    assert str(refused.value) == f"{path}: larger than 128 KiB"


def test_a_name_that_gives_no_id(tmp_path: Path) -> None:
    """The id of a drill is ASCII, so the name of its file has something to make it from."""
    path = tmp_path / "日本.yaml"
    with pytest.raises(UsageError) as refused:
        load(path, KINDS)
    assert str(refused.value) == f"{path}: the file's name has no ASCII letter or digit. Rename it"


def test_a_path_that_no_file_can_have() -> None:
    """A path with a NUL byte is refused, not a crash."""
    with pytest.raises(UsageError) as refused:
        load(Path("scenarios/a\0b.yaml"), KINDS)
    assert str(refused.value) == r"'scenarios/a\x00b.yaml': it cannot be read: embedded null byte"
