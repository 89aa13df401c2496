"""Check that the platform was back in time, and that no more was lost than the objectives allow."""

from dataclasses import dataclass
from typing import TypeGuard

from harness.checks._accounts import accounts_of
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import Restoration
from harness.core.judgement import NOT_JUDGED, Measured
from harness.core.ledger import Outcome
from harness.core.verdict import Verdict

RPO_STORES = ("postgres", "nats")
"""The stores that hold acknowledged writes; the others are rebuilt from them."""


def measure(case: Case) -> tuple[Measured, ...]:
    """Return every objective against what was measured; nothing for stores that kept their data."""
    measured = []
    if _lost_at_seconds(case) is not None:
        rto = case.objectives.rto_seconds
        measured.append(Measured("RTO", "platform", rto, recovery_seconds(case)))
        measured += [
            _loss_of(case, store)
            for store in RPO_STORES
            if case.history.last_strike(store) is not None
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


def _lost_at_seconds(case: Case) -> float | None:
    """Return since when there was something to recover; None where nothing was struck."""
    strikes = [strike.ended_seconds for strike in case.history.strikes()]
    if case.platform.is_adopted and not strikes:
        return min((r.begun_seconds for r in case.history.restorations), default=None)
    return max(strikes, default=None)


def recovery_seconds(case: Case) -> float | None:
    """Return the RTA: from the end of the last disaster or deletion (of an adopted backup, from the
    beginning of its restore) until every restored store answered and the hub reported healthy; None
    when that never came.
    """
    ended_seconds = _lost_at_seconds(case)
    assert ended_seconds is not None
    awaited = {restoration.store for restoration in case.history.restorations}
    awaited |= {"hub"} & {*case.platform.stores}
    ready = [case.history.ready_seconds.get(store) for store in awaited]
    moments = [at for at in ready if at is not None and at >= ended_seconds]
    if not awaited or len(moments) < len(awaited):
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
    struck = case.history.last_strike(store)
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
    behind, else the time between two backups and how long one takes; a restore that passes over
    newer backups loses theirs too. None without a schedule.
    """
    taken = [a for a in case.history.artefacts if a.store == store]
    if not taken:
        return None
    restored = case.history.restored(store)
    used = taken[-1]
    if restored is not None:
        used = next((a for a in taken if a.backup == restored.backup), used)
    if used.lag_seconds is not None:
        # Whoever recovers to an earlier moment gives up what came after it.
        given_up = restored.begun_seconds - restored.cut_seconds if _is_chosen(restored) else 0.0
        return used.lag_seconds + given_up
    every_seconds = case.objectives.every_seconds.get(used.backup)
    if every_seconds is None:
        return None
    passed_over = sum(artefact.begun_seconds > used.begun_seconds for artefact in taken)
    return every_seconds * (1 + passed_over) + used.ended_seconds - used.begun_seconds


def _is_chosen(restored: Restoration | None) -> TypeGuard[Restoration]:
    return restored is not None and bool(restored.target)


def _rto(check: Check, case: Case) -> Finding:
    objective = case.objectives.rto_seconds
    if objective is None:
        raise NotApplicable("the scenario sets no RTO")
    if _lost_at_seconds(case) is None:
        raise Unread("RTO: not judged, for nothing was struck and no time to recover began")
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
        if case.objectives.rpo_seconds:
            stores = " and ".join(case.objectives.rpo_seconds)
            raise Unread(f"RPO: not judged for {stores}, for none of it was struck")
        raise NotApplicable("the scenario sets no RPO")
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
    for measured in demanded:
        if measured.seconds is None:
            loss(case, measured.store)  # which says why it is not known
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
