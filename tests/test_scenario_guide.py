"""Each figure in docs/findings.md is held by a drill: what the guide loses has a size."""

from pathlib import Path

import pytest

from harness.scenario.load import load

GUIDE = sorted((Path(__file__).parents[1] / "scenarios" / "guide").glob("*.yaml"))
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
