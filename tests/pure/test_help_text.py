"""What `--help` prints is told in whole lines, at any width."""

from itertools import pairwise

import pytest
from typer.testing import CliRunner

from harness.cli import app


@pytest.mark.parametrize("width", [40, 80, 132])
@pytest.mark.parametrize("command", [["history"], ["report", "judge"], ["explore"], ["manifest"]])
def test_a_description_is_broken_only_where_the_next_word_has_no_room(
    command: list[str], width: int
) -> None:
    """A line end of a docstring is none of the terminal's."""
    printed = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": str(width)}).output
    described = printed.split("Usage:")[1].split("╭")[0].splitlines()[2:]
    assert any(line.strip() for line in described)
    for line, following in pairwise(line.strip() for line in described):
        if line and following:
            assert len(f" {line} {following.split()[0]} ") > width
