"""docs/track-record.md names scenarios that there are, and says of each entry what it must."""

import re
from pathlib import Path

import pytest

from harness.scenario.discover import find
from harness.scenario.load import slug_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "track-record.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^### (.+)\n\n((?:- .+\n)+)", TEXT, re.MULTILINE))
FIELDS = ["Seen with", "Documentation", "What happened", "Scenario", "Upstream"]


@pytest.mark.parametrize("title", ENTRIES)
def test_an_entry_says_what_it_must_and_can_be_reproduced(title: str) -> None:
    """Its scenarios are there, by their ids."""
    said = dict(re.findall(r"^- ([^:]+): (.+)$", ENTRIES[title], re.MULTILINE))
    assert FIELDS == list(said)
    there = {slug_of(path) for path in find([ROOT / "scenarios"])}
    named = set(re.findall(r"`([a-z0-9_-]+)`", said["Scenario"]))
    assert named
    assert named <= there


def test_no_entry_is_passed_over() -> None:
    """Each heading is one."""
    assert len(re.findall(r"^### ", TEXT, re.MULTILINE)) == len(ENTRIES) > 10
