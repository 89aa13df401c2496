"""A drill's outcome in a few lines: for a terminal, and for a continuous integration's summary."""

from harness.core.finding import Finding
from harness.report.causes import Cause
from harness.report.overview import Gap, Overview, overview
from harness.report.rejudge import Rejudged
from harness.report.wording import ACCEPTED, ICONS, count, sentence

_FINDINGS_AT_MOST = 20
_FOLLOWING_AT_MOST = 5


def lines(judged: Rejudged) -> list[str]:
    """Return plain lines: how many acknowledged rows are gone, the conclusion, then what failed,
    what could not be verified, what was waived and what a person accepted.
    """
    seen = overview(judged)
    return [
        f"{seen.evidence.scenario.slug}: {sentence(seen.headline)}",
        sentence(seen.judgement.sentence),
        *(f"NOTE {told}" for told in (*seen.contradictions, *seen.remarks)),
        *(f"FAIL {check}: had to fail, but held" for check in seen.uncaught),
        *(line for cause in seen.causes for line in _cause(cause)),
        *_shortened([_finding(finding) for finding in seen.unexplained]),
        *(_gap("UNVERIFIED", gap) for gap in seen.unverified),
        *(_waived(finding) for finding in seen.judgement.waived),
        *(_gap(ACCEPTED, gap) for gap in seen.accepted),
    ]


def markdown(judged: Rejudged) -> str:
    """Return the same for a step summary that reads Markdown, such as GITHUB_STEP_SUMMARY."""
    seen = overview(judged)
    verdict = seen.judgement.verdict.value
    word = _literal(seen.judgement.word)
    head = f"### {ICONS[verdict]} {word}: {_literal(seen.evidence.scenario.title)}"
    body = f"{_literal(sentence(seen.headline))} {_literal(sentence(seen.judgement.sentence))}"
    points = _points(seen)
    return "\n\n".join([head, body, *(["\n".join(points)] if points else [])]) + "\n"


def _points(seen: Overview) -> list[str]:
    return [
        *(f"- **FAIL** {_literal(check)}: had to fail, but held" for check in seen.uncaught),
        *(f"- {_marked(line)}" for cause in seen.causes for line in _cause(cause)),
        *(f"- {line}" for line in _shortened([_marked(_finding(f)) for f in seen.unexplained])),
        *(f"- {_marked(_gap('UNVERIFIED', gap))}" for gap in seen.unverified),
        *(f"- {_marked(_waived(finding))}" for finding in seen.judgement.waived),
        *(f"- {_marked(_gap(ACCEPTED, gap))}" for gap in seen.accepted),
    ]


def _cause(cause: Cause) -> list[str]:
    """Return a line for the cause, and one for each of the first findings that follow from it."""
    failures = count(len(cause.findings), "check")
    told = [_finding(finding) for finding in cause.findings[:_FOLLOWING_AT_MOST]]
    more = len(cause.findings) - len(told)
    rest = [f"FAIL and {count(more, 'more check')} for the same cause"] if more > 0 else []
    return [f"CAUSE {_one_line(cause.said)}; {failures} failed for it", *told, *rest]


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


def _marked(line: str) -> str:
    word, _, rest = line.partition(" ")
    return f"**{word}** {_literal(rest)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _literal(text: str) -> str:
    """Return text that Markdown shows as it is: no markup, no HTML, no mention of anybody."""
    escaped = "".join(f"\\{letter}" if letter in r"\`*_[]|#~" else letter for letter in text)
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _one_line(escaped.replace("@", "&#64;"))
