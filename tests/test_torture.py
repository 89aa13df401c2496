"""A few torments of each kind; `nox -s torture` plays as many as asked."""

import random
import tempfile
from pathlib import Path

import pytest
from docker_engine import require_docker
from torture import TORMENTS
from torture.arena import Arena
from torture.bystanders import standing_by

SEED = 7


@pytest.mark.parametrize(
    ("runtime", "kinds"), [("embedded", tuple(TORMENTS)), ("docker", ("stops",))]
)
def test_a_tormented_drill_ends_lies_not_and_leaves_nothing(
    runtime: str, kinds: tuple[str, ...]
) -> None:
    """No wrong PASS, nothing left, no bystander harmed, and every drill ends."""
    if runtime == "docker":
        require_docker()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        # Another user's drill is there, too.
        Path(folder).chmod(0o755)
        arena = Arena(Path(folder), runtime)
        _torment(arena, kinds)


def _torment(arena: Arena, kinds: tuple[str, ...]) -> None:
    with standing_by(arena.command.home, arena.runtime) as harmed:
        for kind in kinds:
            chance = random.Random(SEED)  # noqa: S311 - chance from a seed guards nothing
            outcome = arena.torment(kind, TORMENTS[kind], chance, 4.0)
            assert [] == outcome.faults, outcome
        assert [] == harmed()
