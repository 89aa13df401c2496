"""Findings are grouped under the event that explains them: one cause, and what follows from it.

Grouping is for readers: every finding stands for itself in the judgement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.core.contents import hidden
from harness.core.evidence import Evidence
from harness.core.finding import Finding
from harness.core.history import Restoration, store_of
from harness.core.last_words import errors_in
from harness.core.ledger import Outcome
from harness.core.ports import REBUILT
from harness.platform.accounting import Account
from harness.report import places
from harness.report.wording import count, moment

_SUFFERS = {
    "postgres": ("postgres", "hub", "meilisearch", "redis", "platform"),
    "nats": ("nats", "hub", "platform"),
    "meilisearch": ("meilisearch", "hub", "platform"),
    "redis": ("redis", "hub", "platform"),
    "hub": ("hub", "postgres", "redis", "meilisearch", "platform"),
}
"""Whose findings a fault of a store explains: index, cache and hub live on PostgreSQL's rows."""

_STEPS, _ERRORS = "procedure_completed", "restore_without_errors"
"""The checks that fail when a step does, and when a restore went on after an error."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What happened, in one sentence, what to do about it, and the findings that it explains;
    `line` is where its scenario says the step, 1 where no step does.
    """

    said: str
    next_step: str
    findings: tuple[Finding, ...]
    line: int = 1


@dataclass(frozen=True, slots=True)
class _Event:
    store: str
    said: str
    next_step: str
    line: int
    check: str = ""
    spares: tuple[str, ...] = ()

    def shows_in(self, finding: Finding) -> bool:
        """Whether a finding shows it: one of its store, or of the check that tells such events."""
        return finding.store == self.store or finding.check == self.check


def causes(
    evidence: Evidence, accounts: Sequence[Account], failed: Sequence[Finding]
) -> tuple[tuple[Cause, ...], tuple[Finding, ...]]:
    """Return the causes that explain failed findings, the first event first, and the findings that
    none explains.
    """
    left = list(failed)
    found: list[Cause] = []
    for event in _events(evidence, accounts):
        suffers = _SUFFERS.get(event.store, ("platform",))
        explained = tuple(f for f in left if f.store in suffers and f.check not in event.spares)
        if any(map(event.shows_in, explained)):
            found.append(Cause(event.said, event.next_step, explained, event.line))
            left = [f for f in left if f not in explained]
    return tuple(found), tuple(left)


def _events(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[_Event]:
    yield from _bad_artefacts(evidence)
    yield from _never_restored(evidence)
    yield from _failed_steps(evidence)
    yield from _other_backups(evidence, accounts)
    yield from _passed_over(evidence)


def _bad_artefacts(evidence: Evidence) -> Iterator[_Event]:
    """Yield what was wrong with the files that a store was restored from."""
    history = evidence.history
    said: dict[tuple[str, str], list[str]] = {}
    for doubt in history.doubts:
        said.setdefault((doubt.backup, doubt.store), []).append(doubt.said)
    for step in history.steps:
        backup, colon, _ = step.title.removeprefix("damage ").partition(":")
        if step.verb == "damage" and colon and step.detail:
            for store in step.stores:
                said.setdefault((backup, store), []).insert(0, f"damaged on purpose: {step.detail}")
    for (backup, store), what in said.items():
        failed = [f.message for f in history.failures if f.store == store and backup in f.step]
        refused = f". Its restore failed: {_first_line(failed[0])}" if failed else ""
        yield _Event(
            store,
            f"the {store} backup {backup} is not sound: {'; '.join(what)}{refused}",
            "restore an older backup, and verify each one when it is taken and before it is used",
            places.of_artefact(history, backup, store),
        )


def _never_restored(evidence: Evidence) -> Iterator[_Event]:
    """Yield what was lost and nothing brought back, though nothing else can fill it again."""
    history = evidence.history
    failed = {f.store for f in history.failures if f.step.startswith("restore ")}
    for store in dict.fromkeys(strike.store for strike in history.strikes()):
        if store in REBUILT or store in failed or history.restored(store) is not None:
            continue
        taken = [a.backup for a in history.artefacts if a.store == store]
        kept = f"backup {taken[-1]} holds it" if taken else "no backup of it was taken"
        yield _Event(
            store,
            f"the volume of {store} was lost and nothing brought it back: {kept}",
            f"restore {store} too, before the hub starts" if taken else f"back {store} up too",
            places.of_strike(history, store),
        )


def _passed_over(evidence: Evidence) -> Iterator[_Event]:
    """Yield the first error that a restore printed and went on after."""
    for restoration in evidence.history.restorations:
        told = errors_in(restoration.said)
        if told:
            yield _Event(
                restoration.store,
                f"the restore of {restoration.store} went on after {count(len(told), 'error')},"
                f" the first: {hidden(told[0])}",
                "restore into what the backup needs, and have it stop at the first error",
                places.of_restore(evidence.history, restoration.store),
                check=_ERRORS,
                spares=("rto", "rpo"),
            )


def _failed_steps(evidence: Evidence) -> Iterator[_Event]:
    for failure in evidence.history.failures:
        yield _Event(
            failure.store,
            f"step '{failure.step}' failed for {failure.store}: {_first_line(failure.message)}",
            "run the failing command by hand; its whole output is in the timeline",
            places.of_title(evidence.history, failure.step),
            check=_STEPS,
        )


def _other_backups(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[_Event]:
    """Yield what the rows tell of a backup that is not the one it should be."""
    for store in dict.fromkeys(store_of(account.table) for account in accounts):
        restored = evidence.history.restored(store)
        of_store = [account for account in accounts if store_of(account.table) == store]
        if restored is None or not any(account.owed for account in of_store):
            continue
        if said := _of_rows(evidence, restored, of_store):
            yield _Event(
                store,
                f"what the restore of backup {restored.backup} brought back {said}",
                "find out which file was restored, and keep each one's SHA-256 apart from it",
                places.of_restore(evidence.history, store),
            )


def _of_rows(evidence: Evidence, restored: Restoration, accounts: Sequence[Account]) -> str:
    owed = sum(account.owed for account in accounts)
    lost = sum(len(account.lost) for account in accounts)
    altered = sum(len(account.altered) + len(account.reordered) for account in accounts)
    if lost == owed:
        return f"holds none of {count(owed, 'owed row')}: it is empty, or of another platform"
    if altered and altered >= owed - lost:
        return f"is of another platform: each of {count(altered, 'row')} has other contents"
    ended = _ends_at(evidence, accounts) if lost and not altered else None
    if ended is None:
        return ""
    return (
        f"is older than it should be: nothing that was acknowledged after {moment(ended)} is there,"
        f" and the backup promises all until {moment(restored.cut_seconds)}"
    )


def _ends_at(evidence: Evidence, accounts: Sequence[Account]) -> float | None:
    """Return when the last attempt that came back whole ended, if all later ones are gone."""
    whole: list[float] = []
    gone: list[float] = []
    for account in accounts:
        for attempt in evidence.ledger.of(account.table):
            if attempt.outcome is not Outcome.ACKNOWLEDGED:
                continue
            lost = account.lost.count_within(attempt.first, attempt.last)
            lost += account.gone.count_within(attempt.first, attempt.last)
            if lost not in (0, attempt.rows):
                return None
            (gone if lost else whole).append(attempt.ended_seconds)
    if not whole or not gone or max(whole) > min(gone):
        return None
    return max(whole)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
