"""Each objective against what was measured, as the lengths of a bar."""

from dataclasses import dataclass

from harness.core.evidence import Evidence
from harness.core.judgement import Measured
from harness.core.verdict import Verdict
from harness.report.wording import count, duration, objective

CLOCKS = {
    "RTO": (
        "Recovery time (RTA): from the end of the disaster until every restored store answers its"
        " readiness probe and the hub reports healthy."
    ),
    "RPO": (
        "Data loss (RPA): from the earliest acknowledged write that is missing until the disaster;"
        " 0 when none is missing."
    ),
}
"""What each clock measures, for the reader."""

_NAMES = {"RTO": "Recovery time", "RPO": "Data loss"}


@dataclass(frozen=True, slots=True)
class Bar:
    """One objective. `filled` and `limit` are percentages of the bar's length; `limit` is None
    without an objective, and `filled` None without a measurement.
    """

    title: str
    said: str
    standing: str
    filled: float | None
    limit: float | None


def bars(evidence: Evidence) -> tuple[Bar, ...]:
    """Return a bar for each objective or measurement, in the judgement's order."""
    return tuple(_bar(measured) for measured in evidence.judgement.measured)


def _bar(measured: Measured) -> Bar:
    allowed, seconds = measured.objective_seconds, measured.seconds
    title = f"{_NAMES.get(measured.name, measured.name)}, {measured.store}"
    said = duration(seconds)
    if measured.name == "RPO" and seconds is not None:
        said += f" and {count(measured.rows, 'row')}"
    said += f" of {objective(allowed)} allowed" if allowed is not None else ", no objective set"
    if seconds is None:
        return Bar(title, said, Verdict.UNVERIFIED.value, None, None)
    if allowed is None:
        return Bar(title, said, "", 100.0 if seconds else 0.0, None)
    longest = max(seconds, allowed) or 1.0
    standing = Verdict.PASS if seconds <= allowed else Verdict.FAIL
    return Bar(title, said, standing.value, 100 * seconds / longest, 100 * allowed / longest)
