"""A suite is played as it was asked for, and all who listen hear the same of it."""

import pickle
import shlex
from pathlib import Path

import pytest
from drill_process import SMALL

from harness.core.errors import UsageError
from harness.scenario.load import load
from harness.scenario.model import Scenario
from harness.settings import Settings
from harness.suite import Asked, Ended, Listener, Suite


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    """Give a small scenario."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return load(path)


class Heard(Listener):
    """Keeps what it hears, and what it then finds of the run's pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[object] = []

    def begun(self, name: str) -> None:
        """Keep it."""
        self.events.append(name)

    def phase(self, title: str) -> None:
        """Keep it."""
        self.events.append(title)

    def ended(self, ended: Ended) -> None:
        """Keep it."""
        self.events.append(ended)

    def closed(self) -> None:
        """Keep whether the run has its page."""
        self.events.append((self.folder / "index.html").is_file())


def test_all_hear_the_same_and_the_pages_are_written_first(
    tmp_path: Path, scenario: Scenario
) -> None:
    """A drill that left nothing is on the run's page, with the reason and the way to play it."""
    heard = Heard(tmp_path / "reports" / "run"), Heard(tmp_path / "reports" / "run")
    suite = Suite(Asked(pull="never"), "run", tmp_path)
    for listener in heard:
        suite.listen(listener)
    suite.open()
    suite.plan([scenario])
    gone = Ended(scenario.slug, "small.yaml::small", None, "the engine is gone")
    suite.begun("small.yaml")
    suite.phase("seed")
    suite.ended(gone)
    suite.closed()
    assert ["small.yaml", "seed", gone, True] == heard[0].events == heard[1].events
    page = (suite.folder / "index.html").read_text(encoding="utf-8")
    assert "the engine is gone" in page
    assert "--pull never" in page


def test_what_is_asked_for_outranks_the_settings(scenario: Scenario, tmp_path: Path) -> None:
    """And is asked for again by the command that plays a drill again."""
    settings = Settings(accept_unverified={"redis": "none here", "nats": "old"})
    asked = Asked(settings, "docker", accepted=("nats=it's new",), reports=Path("out"))
    assert {"redis": "none here", "nats": "it's new"} == asked.reasons()
    assert tmp_path / "out" == asked.folder(tmp_path)
    words = shlex.split(asked.command(scenario))
    assert ["drill", "run", str(scenario.path)] == words[:3]
    assert ["--runtime", "docker", "--accept-unverified", "nats=it's new"] == words[5:-2]
    # As it is handed to a worker of pytest-xdist.
    assert asked == pickle.loads(pickle.dumps(asked))  # noqa: S301 - made here


def test_a_gap_is_accepted_for_a_reason(tmp_path: Path) -> None:
    """A store without one is refused before anything is started."""
    with pytest.raises(UsageError, match="nats"):
        Asked(accepted=("nats",)).reasons()
    assert not [*tmp_path.iterdir()]
