"""Check that the platform was back in time, and that no more was lost than the objectives allow."""

from harness.checks._accounts import accounts_of
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.judgement import Measured
from harness.core.ledger import Outcome

RPO_STORES = ("postgres", "nats")
"""The stores that hold acknowledged writes; the others are rebuilt from them."""


def measure(case: Case) -> tuple[Measured, ...]:
    """Return every objective against what was measured; nothing for stores no disaster struck."""
    measured = []
    if case.history.disasters:
        rto = case.objectives.rto_seconds
        measured.append(Measured("RTO", "platform", rto, recovery_seconds(case)))
        for store in RPO_STORES:
            if case.history.struck(store) is not None:
                objective = case.objectives.rpo_seconds.get(store)
                try:
                    seconds, rows = loss(case, store)
                except Unread:
                    measured.append(Measured("RPO", store, objective, None))
                else:
                    measured.append(Measured("RPO", store, objective, seconds, rows))
    return tuple(measured)


def recovery_seconds(case: Case) -> float | None:
    """Return the RTA: from the last disaster's end until every restored store answered and the
    hub reported healthy; None when that never came.
    """
    ended_seconds = max(disaster.ended_seconds for disaster in case.history.disasters)
    awaited = {restoration.store for restoration in case.history.restorations} | {"hub"}
    ready = [case.history.ready_seconds.get(store) for store in awaited]
    moments = [at for at in ready if at is not None and at >= ended_seconds]
    if len(moments) < len(awaited):
        return None
    return max(moments) - ended_seconds


def loss(case: Case, store: str) -> tuple[float, int]:
    """Return the RPA in seconds and in rows: from the earliest acknowledged write that is missing
    until the disaster; 0 when none is missing. Raises: Unread: the store was not read.
    """
    struck = case.history.struck(store)
    assert struck is not None
    earliest_seconds = struck.begun_seconds
    rows = 0
    for account in accounts_of(case, store):
        rows += len(account.lost) + len(account.gone)
        for attempt in case.ledger.of(account.table):
            if attempt.outcome is Outcome.ACKNOWLEDGED and (
                account.lost.count_within(attempt.first, attempt.last)
                or account.gone.count_within(attempt.first, attempt.last)
            ):
                earliest_seconds = min(earliest_seconds, attempt.ended_seconds)
    return struck.begun_seconds - earliest_seconds, rows


def _rto(check: Check, case: Case) -> Finding:
    objective = case.objectives.rto_seconds
    if objective is None or not case.history.disasters:
        raise NotApplicable("the scenario sets no RTO, or nothing was struck")
    seconds = recovery_seconds(case)
    if seconds is None:
        raise Unread("the hub was not started, or did not become healthy, after the disaster")
    if seconds <= objective:
        return check.passed(
            f"RTO: back in {seconds:.1f} s of {objective:g} s",
            expected=f"at most {objective:g} s",
            actual=f"{seconds:.3f} s",
        )
    return check.failed(
        f"RTO: back in {seconds:.1f} s, {seconds - objective:.1f} s over the objective",
        expected=f"at most {objective:g} s",
        actual=f"{seconds:.3f} s",
        cause="the restore itself, or what follows it, is slower than the objective allows",
        next_step="see which phase took longest in the timeline",
    )


def _rpo(check: Check, case: Case) -> Finding:
    objectives = {
        store: seconds
        for store, seconds in case.objectives.rpo_seconds.items()
        if store in RPO_STORES and case.history.struck(store) is not None
    }
    if not objectives:
        raise NotApplicable("the scenario sets no RPO for a store that was struck")
    measured = {store: loss(case, store) for store in objectives}
    said = "; ".join(
        f"{store} {seconds:.1f} s and {rows} rows of {objectives[store]:g} s"
        for store, (seconds, rows) in measured.items()
    )
    blown = [store for store, (seconds, _) in measured.items() if seconds > objectives[store]]
    if not blown:
        return check.passed(f"RPO: {said}", counts={s: rows for s, (_, rows) in measured.items()})
    return check.failed(
        f"RPO: {said}",
        expected="; ".join(f"{store} at most {objectives[store]:g} s" for store in blown),
        actual="; ".join(f"{store} {measured[store][0]:.3f} s" for store in blown),
        examples=tuple(blown),
        cause="the newest backup was older than the objective allows, or lost owed rows",
        next_step="back up more often, or archive the write-ahead log continuously",
    )


CHECKS = (
    Check("rto", "platform", "a platform that is back too late", _rto),
    Check("rpo", "platform", "more loss than the objective allows", _rpo),
)
