"""A torment of each kind on one runtime; `nox -s torture` plays as many as asked, on both."""

import random
import tempfile
from pathlib import Path

import pytest
from torture import TORMENTS
from torture.arena import Arena
from torture.bystanders import standing_by

SEED = 7


@pytest.mark.parametrize("kind", TORMENTS)
def test_a_tormented_drill_ends_lies_not_and_leaves_nothing(kind: str) -> None:
    """No wrong PASS or FAIL, nothing left, no bystander harmed, and every drill ends."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        # Another user's drill is there, too.
        Path(folder).chmod(0o755)
        arena = Arena(Path(folder), "embedded")
        chance = random.Random(SEED)  # noqa: S311 - chance from a seed guards nothing
        with standing_by(arena.command.home, arena.runtime) as harmed:
            try:
                outcome = arena.torment(kind, TORMENTS[kind], chance, 4.0)
            except PermissionError as error:
                pytest.skip(str(error))
            assert [] == outcome.faults, outcome
            assert [] == harmed()
