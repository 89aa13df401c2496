"""Each figure in docs/findings.md is held by a drill: what the guide loses has a size."""

import re
from pathlib import Path

import pytest

from harness.scenario.load import load

ROOT = Path(__file__).parents[2]
GUIDE = sorted((ROOT / "scenarios" / "guide").glob("*.yaml"))
FINDINGS = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
COVERAGE = (ROOT / "docs" / "guide-coverage.md").read_text(encoding="utf-8")
LOSES = {
    "audit_log_complete",
    "cache_entries",
    "consumers_present",
    "contacts_rows",
    "credentials_decrypt",
    "credentials_rows",
    "search_documents",
    "stream_messages",
    "table_rows",
    "unlogged_table_rows",
}
"""Checks whose failure is a loss that a person would count."""


@pytest.mark.parametrize("path", GUIDE, ids=lambda path: path.stem)
def test_an_expected_loss_has_a_size(path: Path) -> None:
    """A scenario of the guide that loses more, or less, than it says fails."""
    expectation = load(path).terms.expectation
    assert set() == LOSES & set(expectation.fail) - set(expectation.sizes)


def test_every_scenario_is_in_the_coverage_with_its_mark() -> None:
    """A ✗ stands beside those that expect a failure, and beside no other."""
    marked = {name: bool(mark) for name, mark in re.findall(r"`([a-z0-9-]+)`( ✗)?", COVERAGE)}
    expected = {path.stem: bool(load(path).terms.expectation.fail) for path in GUIDE}
    rows = [line for line in COVERAGE.splitlines() if line.startswith("|")]
    for name, mark in re.findall(r"`([a-z]+-[a-z0-9-]+)`( ✗)?", "\n".join(rows)):
        assert expected[name] == bool(mark), name
    assert set() == expected.keys() - marked.keys()


def test_every_scenario_that_a_finding_names_is_there() -> None:
    """Each finding names the drill that shows it, and most the one of the remedy."""
    stems = {path.stem for path in GUIDE}
    named = set(re.findall(r"scenarios/guide/([a-z0-9-]+)\.yaml", FINDINGS))
    lines = [line for line in FINDINGS.splitlines() if line.startswith(("- Shown", "- Remedy"))]
    prefixes = "|".join(sorted({stem.partition("-")[0] for stem in stems}))
    named |= set(re.findall(rf"`((?:{prefixes})-[a-z0-9-]+)`", "\n".join(lines)))
    assert named <= stems | {"redis-server", "nats-server"}
    shown = FINDINGS.count("- Shown by: `drill run scenarios/guide/")
    assert FINDINGS.count("- The guide:") == shown
    assert FINDINGS.count("- Shown by: `drill run scenarios/") == FINDINGS.count("- Measured:")
    disasters = set(re.findall(r"scenarios/disasters/([a-z0-9-]+)\.yaml", FINDINGS))
    there = {path.stem for path in (ROOT / "scenarios" / "disasters").glob("*.yaml")}
    assert disasters <= there
