"""Check that a backup that was taken elsewhere is as fresh as is demanded.

A backup that failed for weeks leaves its last good file where the newest one is looked for.
"""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import Finding, named

_HOUR_SECONDS = 3600


def _judge(check: Check, case: Case) -> Finding:
    allowed = case.objectives.age_seconds
    if allowed is None:
        raise NotApplicable("the scenario sets no age")
    ages = {
        f"{artefact.backup}/{artefact.store}": artefact.age_seconds
        for artefact in case.history.artefacts
        if artefact.age_seconds is not None
    }
    if not ages:
        raise Unread("age: not judged, for no backup was adopted")
    old = sorted(name for name, seconds in ages.items() if seconds > allowed)
    counts = {"backups": len(ages), "old": len(old)}
    oldest = f"the oldest is {_hours(max(ages.values()))} old, of {_hours(allowed)}"
    if not old:
        return check.passed(f"age: {oldest}", counts=counts)
    return check.failed(
        f"age: {len(old)} of {len(ages)} backups are too old" + named("namely", old),
        expected=f"at most {_hours(allowed)}",
        actual=oldest,
        examples=tuple(old),
        counts=counts,
        cause="no newer backup was taken, or it was put elsewhere",
        next_step="see why the last backup did not run, before anything else",
    )


def _hours(seconds: float) -> str:
    return f"{seconds / _HOUR_SECONDS:,.1f} h"


CHECKS = (
    Check("backup_age", "platform", "a backup older than is demanded", _judge, since="0.2.0"),
)
