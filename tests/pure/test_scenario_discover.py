"""Scenario files are found in a fixed order, once each, and chosen by tag."""

from pathlib import Path

import pytest
from literal_kinds import KINDS

from harness.scenario.discover import find, gather
from harness.scenario.problem import ScenarioErrors

DRILL = (
    "title: A drill\nseed: {random: 1}\n"
    "timeline: [{disaster: lose_volume, stores: [redis]}, {start: redis}]\n"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with three scenarios, two of them tagged."""
    files = {
        "scenarios/b.yaml": DRILL + "tags: [nightly]\n",
        "scenarios/a.yml": DRILL,
        "scenarios/guide/a.yaml": DRILL + "tags: [nightly, release]\n",
        "scenarios/schema.json": "{}",
        "scenarios/README.md": "",
        "scenarios/.hidden/c.yaml": "",
        "scenarios/.d.yaml": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
def test_the_folder_of_scenarios_is_the_default() -> None:
    """Without paths, every YAML file below scenarios/ is one; hidden files are none."""
    expected = ["scenarios/a.yml", "scenarios/b.yaml", "scenarios/guide/a.yaml"]
    assert expected == [path.as_posix() for path in find()]


def test_a_file_is_found_once(here: Path) -> None:
    """Naming a file and its folder, in whichever way, plays a drill once."""
    paths = [Path("scenarios/b.yaml"), here / "scenarios", Path("scenarios")]
    assert ["a", "b", "guide-a"] == [scenario.slug for scenario in gather(paths, kinds=KINDS)]


@pytest.mark.usefixtures("here")
def test_tags_choose() -> None:
    """A scenario is chosen when it carries one of the tags."""
    assert ["b", "guide-a"] == [s.slug for s in gather(tags=["nightly"], kinds=KINDS)]
    assert ["guide-a"] == [s.slug for s in gather(tags=["release"], kinds=KINDS)]


@pytest.mark.usefixtures("here")
def test_a_tag_that_nothing_carries() -> None:
    """A misspelt tag is refused: a run of no drills would look like a good one."""
    with pytest.raises(ScenarioErrors) as refused:
        gather(tags=["nightyl"], kinds=KINDS)
    assert (
        str(refused.value) == "no scenario is tagged 'nightyl'."
        " Did you mean 'nightly'? Valid: nightly, release"
    )


def test_two_files_of_one_id(here: Path) -> None:
    """Two drills never share an id, under which their evidence is kept."""
    (here / "scenarios/guide-a.yaml").write_text(DRILL, encoding="utf-8")
    with pytest.raises(ScenarioErrors) as refused:
        gather(kinds=KINDS)
    assert (
        str(refused.value) == "scenarios/guide-a.yaml: its name gives the id 'guide-a',"
        " which scenarios/guide/a.yaml has already. Rename one"
    )


def test_all_errors_of_all_files(here: Path) -> None:
    """Every broken file is reported in one go."""
    (here / "scenarios/a.yml").write_text("", encoding="utf-8")
    (here / "scenarios/b.yaml").write_text(DRILL + "why: 5\n", encoding="utf-8")
    with pytest.raises(ScenarioErrors) as refused:
        gather(kinds=KINDS)
    assert refused.value.problems == (
        "scenarios/a.yml:1: the file is empty. Write the keys title, seed and timeline",
        "scenarios/b.yaml:4: why: 5 is not text. Put it in quotes: '5'",
    )


@pytest.mark.usefixtures("here")
def test_paths_without_scenarios() -> None:
    """What is not there, and a folder without a scenario, are refused by name; what may be an id
    is told which one comes close.
    """
    no_id = "there is no such file or folder, and no scenario in scenarios/ has that id."
    with pytest.raises(ScenarioErrors) as refused:
        find([Path("scenarios"), Path("nowhere"), Path("no/where.yaml"), Path("guide-b")])
    assert refused.value.problems == (
        f"nowhere: {no_id}",
        "no/where.yaml: there is no such file or folder",
        f"guide-b: {no_id} Did you mean 'guide-a'?",
    )
    Path("empty").mkdir()
    with pytest.raises(ScenarioErrors) as refused:
        find([Path("empty")])
    assert str(refused.value) == "empty: no scenario here. Scenarios end in .yaml or .yml"
