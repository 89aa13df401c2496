"""Check that the platform was back in time, and that no more was lost than the objectives allow."""

from dataclasses import dataclass

from harness.checks._accounts import accounts_of
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.judgement import NOT_JUDGED, Measured
from harness.core.ledger import Outcome
from harness.core.verdict import Verdict

RPO_STORES = ("postgres", "nats")
"""The stores that hold acknowledged writes; the others are rebuilt from them."""


def measure(case: Case) -> tuple[Measured, ...]:
    """Return every objective against what was measured; nothing for stores no disaster struck."""
    measured = []
    if case.history.disasters:
        rto = case.objectives.rto_seconds
        measured.append(Measured("RTO", "platform", rto, recovery_seconds(case)))
        measured += [
            _loss_of(case, store) for store in RPO_STORES if case.history.struck(store) is not None
        ]
    return tuple(measured)


def _loss_of(case: Case, store: str) -> Measured:
    objective = case.objectives.rpo_seconds.get(store)
    bound_seconds = longest_loss_seconds(case, store)
    try:
        found = loss(case, store)
    except Unread:
        return Measured("RPO", store, objective, None, bound_seconds=bound_seconds)
    return Measured("RPO", store, objective, found.seconds, found.rows, found.owed, bound_seconds)


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


@dataclass(frozen=True, slots=True)
class Loss:
    """The RPA: `seconds` from the earliest acknowledged write that is missing until the disaster,
    0 when none is; `rows` that are missing, and the `owed` ones among them.
    """

    seconds: float
    rows: int
    owed: int


def loss(case: Case, store: str) -> Loss:
    """Return what a struck store lost. Raises: Unread: the store was not read."""
    struck = case.history.struck(store)
    assert struck is not None
    earliest_seconds = struck.begun_seconds
    rows = owed = 0
    for account in accounts_of(case, store):
        owed += len(account.lost)
        rows += len(account.lost) + len(account.gone)
        for attempt in case.ledger.of(account.table):
            if attempt.outcome is Outcome.ACKNOWLEDGED and (
                account.lost.count_within(attempt.first, attempt.last)
                or account.gone.count_within(attempt.first, attempt.last)
            ):
                earliest_seconds = min(earliest_seconds, attempt.ended_seconds)
    return Loss(struck.begun_seconds - earliest_seconds, rows, owed)


def longest_loss_seconds(case: Case, store: str) -> float | None:
    """Return how much the schedule allows to be lost: what a method that keeps every write lags
    behind, else the time between two backups and how long one takes. None without a schedule.
    """
    restored = case.history.restored(store)
    taken = [a for a in case.history.artefacts if a.store == store]
    if restored is not None:
        taken = [a for a in taken if a.backup == restored.backup]
    if not taken:
        return None
    artefact = taken[-1]
    if artefact.lag_seconds is not None:
        return artefact.lag_seconds
    every_seconds = case.objectives.every_seconds.get(artefact.backup)
    if every_seconds is None:
        return None
    return every_seconds + artefact.ended_seconds - artefact.begun_seconds


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
    demanded = [
        measured
        for measured in measure(case)
        if measured.name == "RPO" and measured.objective_seconds is not None
    ]
    if not demanded:
        raise NotApplicable("the scenario sets no RPO for a store that was struck")
    said = "; ".join(map(_said, demanded))
    counts = {
        "lost": sum(measured.owed_rows for measured in demanded),
        "gone": sum(measured.rows - measured.owed_rows for measured in demanded),
    }
    blown = [measured for measured in demanded if measured.standing == Verdict.FAIL]
    if blown:
        return check.failed(
            f"RPO: {said}",
            expected="; ".join(
                f"{m.store} at most {m.objective_seconds:g} s, and no owed row lost" for m in blown
            ),
            actual="; ".join(map(_said, blown)),
            examples=tuple(measured.store for measured in blown),
            counts=counts,
            cause="the backup lost owed rows, was older than the objective allows, or its schedule"
            " allows a longer loss",
            next_step="back up more often, or archive the write-ahead log continuously",
        )
    if unread := [measured.store for measured in demanded if measured.seconds is None]:
        raise Unread(f"RPO: {' and '.join(unread)} could not be read")
    if unjudged := [m.store for m in demanded if m.standing == NOT_JUDGED]:
        raise Unread(
            f"RPO: not judged for {' and '.join(unjudged)}: the scenario does not say how often it"
            " is backed up (every: 24h)"
        )
    return check.passed(f"RPO: {said}", counts=counts)


def _said(measured: Measured) -> str:
    if measured.seconds is None:
        return f"{measured.store} not read"
    bound = measured.bound_seconds
    schedule = "no schedule" if bound is None else f"at most {bound:,.1f} s by schedule"
    return (
        f"{measured.store} {measured.seconds:.1f} s and {measured.rows} rows"
        f" ({measured.owed_rows} owed), {schedule}, of {measured.objective_seconds:g} s"
    )


CHECKS = (
    Check("rto", "platform", "a platform that is back too late", _rto),
    Check("rpo", "platform", "more loss than the objective allows", _rpo),
)
