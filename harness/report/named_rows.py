"""Every row that a check names, however many: the evidence holds them as ranges of numbers."""

from collections.abc import Iterator
from difflib import get_close_matches

from harness.core.errors import UsageError
from harness.core.finding import EXAMPLES_AT_MOST, Finding
from harness.report.rejudge import Rejudged


def named_rows(judged: Rejudged, check: str) -> Iterator[str]:
    """Yield a line for each range of rows, as `lost 17` and `lost 4711..4720`.

    Raises: UsageError: no check of this name found anything.
    """
    judgement = judged.evidence.judgement
    findings = {f.check: f for f in (*judgement.findings, *judgement.waived)}
    if check not in findings:
        close = get_close_matches(check, findings, n=1)
        meant = f" Did you mean '{close[0]}'?" if close else ""
        raise UsageError(
            f"--rows: no check '{check}' was made in this drill.{meant}",
            f"Valid: {', '.join(sorted(findings))}.",
        )
    return _lines(findings[check])


def has_more(finding: Finding) -> bool:
    """Tell whether a finding names more rows than its examples show."""
    named = sum(last - first + 1 for kind in finding.rows.values() for first, last in kind)
    return named > min(len(finding.examples), EXAMPLES_AT_MOST)


def _lines(finding: Finding) -> Iterator[str]:
    for kind, ranges in finding.rows.items():
        for first, last in ranges:
            yield f"{kind} {first}" if first == last else f"{kind} {first}..{last}"
