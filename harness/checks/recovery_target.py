"""Check that a recovery to a moment stopped there: nothing that began later is there."""

from harness.checks._accounts import accounts_of
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.core.ledger import Outcome


def _judge(check: Check, case: Case) -> Finding:
    restoration = case.history.restored("postgres")
    if restoration is None or not restoration.target:
        raise NotApplicable("nothing was recovered to a moment of its choice")
    later = present = 0
    examples: list[str] = []
    for account in accounts_of(case, "postgres"):
        numbers = set(account.survived)
        for attempt in case.ledger.of(account.table):
            after_target = attempt.begun_seconds > restoration.cut_seconds
            before_restore = attempt.ended_seconds <= restoration.begun_seconds
            if attempt.outcome is Outcome.ACKNOWLEDGED and after_target and before_restore:
                later += attempt.rows
                there = [n for n in range(attempt.first, attempt.last + 1) if n in numbers]
                present += len(there)
                examples += [f"{account.table} {n}" for n in there]
    if not later:
        raise NotApplicable("nothing was written between the target and the restore")
    counts = {"later": later, "present": present}
    if not present:
        return check.passed(
            f"recovery to {restoration.target}: none of {later} later rows is there", counts=counts
        )
    return check.failed(
        f"recovery to {restoration.target}: {present} of {later} later rows are there"
        + named("", examples[:EXAMPLES_AT_MOST], present),
        expected=f"none of the {later} rows that were written after it",
        actual=f"{present} of them",
        examples=tuple(examples[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="the recovery went past its target, or the target was set too late",
        next_step="compare the recovery target in the server's log with the mark's time",
    )


CHECKS = (
    Check("recovery_target_exact", "postgres", "a recovery that goes past its target", _judge),
)
