"""docs/explored.md has a row of everything that can meet, and what each method promises."""

from pathlib import Path

from harness.explore.ground import grounds_of
from harness.explore.losses import Losses
from harness.scenario.kinds import Kinds

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explored.md"


def test_the_page_is_what_would_be_written(tmp_path: Path) -> None:
    """Promises are the methods' own; whoever adds a kind has the page written again."""
    (ground,) = grounds_of([], Kinds.installed())
    Losses(ground, PAGE).write(tmp_path / "explored.md")
    assert PAGE.read_text(encoding="utf-8") == (tmp_path / "explored.md").read_text(
        encoding="utf-8"
    )
