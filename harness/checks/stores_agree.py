"""Check that the stores came back to one moment: no event outlives a row older than itself."""

from harness.checks._accounts import accounts_of
from harness.core.case import Case
from harness.core.check import Check
from harness.core.finding import Finding
from harness.core.ledger import Attempt, Outcome
from harness.platform.accounting import Account


def _judge(check: Check, case: Case) -> Finding:
    rows = accounts_of(case, "postgres")
    events = accounts_of(case, "nats")
    lost_at = min((m for a in rows for m in _moments(case, a, missing=True)), default=None)
    present = [m for a in events for m in _moments(case, a, missing=False)]
    if lost_at is None:
        return check.passed("stores: PostgreSQL misses no row that an event could tell of")
    ahead = [moment for moment in present if moment > lost_at]
    if not ahead:
        return check.passed("stores: no surviving event is newer than a row that was lost")
    return check.failed(
        f"stores: events are up to {max(ahead) - lost_at:.1f} s newer than rows that are gone",
        expected="PostgreSQL and the event history end at the same moment",
        actual=f"{len(ahead)} batches of events are newer than the oldest lost row",
        counts={"batches_ahead": len(ahead)},
        cause="the backups were taken at different moments while the platform was written to",
        next_step="stop writes for the backup, or restore the stores to one point in time",
    )


def _moments(case: Case, account: Account, *, missing: bool) -> list[float]:
    """Return when the attempts with any missing (or any present) row were acknowledged."""
    absent = {*account.lost, *account.gone}
    return [
        attempt.ended_seconds
        for attempt in case.ledger.of(account.table)
        if attempt.outcome is Outcome.ACKNOWLEDGED and _has(attempt, absent, missing=missing)
    ]


def _has(attempt: Attempt, absent: set[int], *, missing: bool) -> bool:
    numbers = range(attempt.first, attempt.last + 1)
    return any((number in absent) is missing for number in numbers)


CHECKS = (Check("stores_agree", "platform", "stores restored to different moments", _judge),)
