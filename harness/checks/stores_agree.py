"""Check that the stores came back to one moment: no event outlives a row its restore left out.

Rows that a backup promised and that are lost are for other checks: this one compares the moments
that the restores went back to.
"""

from harness.checks._accounts import accounts_of
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import Finding
from harness.core.ledger import Attempt, Outcome


def _judge(check: Check, case: Case) -> Finding:
    if not {"postgres", "nats"} <= {*case.platform.stores}:
        raise NotApplicable("the platform has no event history beside its database")
    left_out = [
        attempt.ended_seconds
        for account in accounts_of(case, "postgres")
        for attempt in _acknowledged(case, account.table)
        if account.gone.count_within(attempt.first, attempt.last)
    ]
    if not left_out:
        return check.passed("stores: the restore left out no row that an event could tell of")
    went_back_to = min(left_out)
    ahead = [
        attempt
        for account in accounts_of(case, "nats")
        for attempt in _acknowledged(case, account.table)
        if attempt.ended_seconds > went_back_to
        and not account.lost.count_within(attempt.first, attempt.last)
        and not account.gone.count_within(attempt.first, attempt.last)
    ]
    if not ahead:
        return check.passed("stores: no surviving event is newer than a row that was left out")
    newest = max(attempt.ended_seconds for attempt in ahead)
    events = sum(attempt.rows for attempt in ahead)
    return check.failed(
        f"stores: {events} events are up to {newest - went_back_to:.1f} s newer than rows that"
        " are gone",
        expected="PostgreSQL and the event history end at the same moment",
        actual=f"{events} events were acknowledged after the oldest row that is gone",
        counts={"events_ahead": events},
        cause="the backups were taken at different moments while the platform was written to",
        next_step="stop writes for the backup, or restore the stores to one point in time",
    )


def _acknowledged(case: Case, table: str) -> list[Attempt]:
    return [a for a in case.ledger.of(table) if a.outcome is Outcome.ACKNOWLEDGED]


CHECKS = (Check("stores_agree", "platform", "stores restored to different moments", _judge),)
