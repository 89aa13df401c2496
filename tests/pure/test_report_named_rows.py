"""Every row that a check names can be listed, and a misspelt check is told."""

from dataclasses import replace
from pathlib import Path

import evidence_samples
import pytest
from evidence_samples import judged

from harness.core.errors import UsageError
from harness.report import page
from harness.report.named_rows import has_more, named_rows
from harness.report.rejudge import Rejudged

LIST = "drill report --rows audit_log_complete"


def with_rows(**rows: tuple[tuple[int, int], ...]) -> Rejudged:
    """Return a drill whose finding names these rows."""
    evidence = evidence_samples.failing()
    findings = tuple(
        replace(f, rows=rows) if f.check == "audit_log_complete" else f
        for f in evidence.judgement.findings
    )
    return judged(replace(evidence, judgement=replace(evidence.judgement, findings=findings)))


def test_rows_are_listed_as_ranges() -> None:
    """One line a range, by kind."""
    drill = with_rows(lost=((17, 17), (4711, 4720)), gone=((10_001, 10_200),))
    assert ["lost 17", "lost 4711..4720", "gone 10001..10200"] == list(
        named_rows(drill.evidence.judgement, "audit_log_complete", Path())
    )


def test_a_misspelt_check_is_told() -> None:
    """With what it may have been."""
    with pytest.raises(UsageError) as refused:
        named_rows(with_rows().evidence.judgement, "audit_log_complet", Path())
    assert (
        "--rows: no check 'audit_log_complet' was made in this drill."
        " Did you mean 'audit_log_complete'?"
    ) == refused.value.message


def test_a_page_says_how_to_list_the_rest() -> None:
    """Where a finding names more rows than it shows."""
    assert LIST in page.render(with_rows(lost=((1, 4),)))
    assert LIST not in page.render(with_rows(lost=((17, 17), (4711, 4711), (9999, 9999))))
    failing = evidence_samples.failing().judgement.findings
    assert not any(map(has_more, failing))
