"""Every row that a check names, however many: the evidence holds them as ranges of numbers, or by
their keys; where these are many, a file beside it does, and the evidence its digest.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

from harness.core.errors import DrillError, UsageError
from harness.core.finding import EXAMPLES_AT_MOST, Finding, rows_file
from harness.core.judgement import Judgement


def named_rows(judgement: Judgement, check: str, folder: Path) -> Iterator[str]:
    """Yield a line for each range of rows, as `lost 17` and `lost 4711..4720`, and for each row of
    another key, as `lost public.parts: abc`. `folder` is the one that the evidence lies in.

    Raises: UsageError: no check of this name found anything. DrillError: the file is not there, or
    is not the one that the drill left.
    """
    findings = {f.check: f for f in (*judgement.findings, *judgement.waived)}
    if check not in findings:
        close = get_close_matches(check, findings, n=1)
        meant = f" Did you mean '{close[0]}'?" if close else ""
        raise UsageError(
            f"--rows: no check '{check}' was made in this drill.{meant}",
            f"Valid: {', '.join(sorted(findings))}.",
        )
    finding = findings[check]
    if wrong := _wrong(finding, folder):
        raise DrillError(wrong, "Take it from where the drill was run.")
    return _lines(finding, folder)


def altered_files(judgement: Judgement, folder: Path) -> Iterator[str]:
    """Yield what is wrong with each file of named rows beside the evidence."""
    for finding in (*judgement.findings, *judgement.waived):
        if wrong := _wrong(finding, folder):
            yield wrong


def has_more(finding: Finding) -> bool:
    """Tell whether a finding names more rows than its examples show."""
    named = sum(last - first + 1 for kind in finding.rows.values() for first, last in kind)
    shown = min(len(finding.examples), EXAMPLES_AT_MOST) if finding.rows else 0
    return named + finding.keys.count > shown


def _lines(finding: Finding, folder: Path) -> Iterator[str]:
    for kind, ranges in finding.rows.items():
        for first, last in ranges:
            yield f"{kind} {first}" if first == last else f"{kind} {first}..{last}"
    yield from finding.keys.lines
    if finding.keys.sha256:
        with (folder / rows_file(finding.check)).open(encoding="utf-8") as file:
            for line in file:
                yield line.removesuffix("\n")


def _wrong(finding: Finding, folder: Path) -> str:
    if not finding.keys.sha256:
        return ""
    path = folder / rows_file(finding.check)
    digest, count = sha256(), 0
    try:
        with path.open("rb") as file:
            for line in file:
                digest.update(line)
                count += 1
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return f"{path}: {finding.keys.count} rows are named here: {reason}"
    if (digest.hexdigest(), count) != (finding.keys.sha256, finding.keys.count):
        return f"{path}: not the file that the drill left: its SHA-256 is another"
    return ""
