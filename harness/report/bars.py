"""Each objective against what was measured, as the lengths of a bar."""

from dataclasses import dataclass

from harness.core.evidence import Evidence
from harness.core.judgement import Measured
from harness.report.wording import count, duration, objective

CLOCKS = {
    "RTO": (
        "Recovery time (RTA): from the end of the disaster (of an adopted backup, from the"
        " beginning of its restore) until every restored store answers its readiness probe and the"
        " hub reports healthy. Noticing the disaster, deciding what to do and fetching people,"
        " machines and backups are not in it."
    ),
    "RPO": (
        "Data loss (RPA): from the earliest acknowledged write that is missing until the disaster;"
        " 0 when none is missing. A drill lasts seconds, so an RPO of hours is judged by the"
        " schedule: the time between two backups and how long one takes."
    ),
}
"""What each clock measures, for the reader."""

_NAMES = {"RTO": "Recovery time", "RPO": "Data loss"}


@dataclass(frozen=True, slots=True)
class Bar:
    """One objective. `filled`, the recovery or the longest loss, and `limit` are percentages of the
    bar's length; `limit` is None without an objective, and `filled` None without a measurement.
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
        if measured.owed_rows:
            said += f", {measured.owed_rows:,} of them owed"
    said += f" of {objective(allowed)} allowed" if allowed is not None else ", no objective set"
    if measured.name == "RPO" and allowed is not None:
        bound = measured.bound_seconds
        said += (
            "; the scenario states no schedule (every)"
            if bound is None
            else f"; the schedule allows {duration(bound)}"
        )
    if seconds is None:
        return Bar(title, said, measured.standing, None, None)
    if allowed is None:
        return Bar(title, said, "", 100.0 if seconds else 0.0, None)
    reach = max(seconds, measured.bound_seconds or 0.0)
    longest = max(reach, allowed) or 1.0
    return Bar(title, said, measured.standing, 100 * reach / longest, 100 * allowed / longest)
