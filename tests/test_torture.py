"""A few torments of each kind; `nox -s torture` plays as many as asked."""

import random
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
    runtime: str, kinds: tuple[str, ...], tmp_path: Path
) -> None:
    """No wrong PASS, nothing left, no bystander harmed, and every drill ends."""
    if runtime == "docker":
        require_docker()
    arena = Arena(tmp_path, runtime)
    with standing_by(arena.command.home, runtime) as harmed:
        for kind in kinds:
            chance = random.Random(SEED)  # noqa: S311 - chance from a seed guards nothing
            outcome = arena.torment(kind, TORMENTS[kind], chance, 4.0)
            assert [] == outcome.faults, outcome
        assert [] == harmed()
