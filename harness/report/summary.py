"""A drill's outcome in a few plain lines."""

from harness.core.finding import Finding
from harness.report.causes import Cause
from harness.report.overview import Gap, Overview, overview
from harness.report.rejudge import Rejudged
from harness.report.wording import ACCEPTED, count, sentence

_FINDINGS_AT_MOST = 20
_FOLLOWING_AT_MOST = 5


def lines(judged: Rejudged) -> list[str]:
    """Return plain lines: how many acknowledged rows are gone, the conclusion, then what failed,
    what could not be verified, what was waived and what a person accepted.
    """
    return told(overview(judged))


def told(seen: Overview) -> list[str]:
    """Return the same of evidence that was sorted already."""
    return [
        f"{seen.evidence.scenario.slug}: {sentence(seen.headline)}",
        sentence(seen.judgement.sentence),
        *(f"NOTE {told}" for told in (*seen.contradictions, *seen.remarks)),
        *(f"FAIL {check}: had to fail, but held" for check in seen.uncaught),
        *(line for cause in seen.causes for line in _cause(cause)),
        *_shortened([_finding(finding) for finding in seen.unexplained]),
        *(f"NEXT {_one_line(f.next_step)}" for f in seen.unexplained[:1] if f.next_step),
        *(_gap("UNVERIFIED", gap) for gap in seen.unverified),
        *(_waived(finding) for finding in seen.judgement.waived),
        *(_gap(ACCEPTED, gap) for gap in seen.accepted),
    ]


def _cause(cause: Cause) -> list[str]:
    """Return a line for the cause, and one for each of the first findings that follow from it."""
    failures = count(len(cause.findings), "check")
    told = [_finding(finding) for finding in cause.findings[:_FOLLOWING_AT_MOST]]
    more = len(cause.findings) - len(told)
    rest = [f"FAIL and {count(more, 'more check')} for the same cause"] if more > 0 else []
    said = f"CAUSE {_one_line(cause.said)}; {failures} failed for it"
    return [said, f"NEXT {_one_line(cause.next_step)}", *told, *rest]


def _finding(finding: Finding) -> str:
    return f"FAIL {finding.check}: {_one_line(finding.summary)}"


def _waived(finding: Finding) -> str:
    return f"WAIVED {finding.check}, which says {finding.verdict}: {_one_line(finding.summary)}"


def _gap(standing: str, gap: Gap) -> str:
    checks = count(len(gap.checks), "check")
    said = f"{standing} {gap.store}, {checks} not made: {_one_line(gap.reason)}"
    return f"{said}; not part of this run: {_one_line(gap.accepted)}" if gap.accepted else said


def _shortened(found: list[str]) -> list[str]:
    more = len(found) - _FINDINGS_AT_MOST
    return found if more <= 0 else [*found[:_FINDINGS_AT_MOST], f"and {more} more failures"]


def _one_line(text: str) -> str:
    return " ".join(text.split())
