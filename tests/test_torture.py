"""A few torments of each kind on one runtime; `nox -s torture` plays as many as asked, on both."""

import random
import tempfile
from pathlib import Path

from torture import TORMENTS
from torture.arena import Arena
from torture.bystanders import standing_by

SEED = 7


def test_a_tormented_drill_ends_lies_not_and_leaves_nothing() -> None:
    """No wrong PASS, nothing left, no bystander harmed, and every drill ends."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        # Another user's drill is there, too.
        Path(folder).chmod(0o755)
        arena = Arena(Path(folder), "embedded")
        with standing_by(arena.command.home, arena.runtime) as harmed:
            for kind, torment in TORMENTS.items():
                chance = random.Random(SEED)  # noqa: S311 - chance from a seed guards nothing
                outcome = arena.torment(kind, torment, chance, 4.0)
                assert [] == outcome.faults, outcome
            assert [] == harmed()
