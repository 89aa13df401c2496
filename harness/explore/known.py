"""What was found before: scenarios that say which checks fail, each the shortest of its kind.

A failed check of a timeline is explained by a scenario that expects it to fail and whose steps
all happen in the timeline, in their order. How a store was backed up matters to that store's own
checks and to those of the procedure; of another store's the cause lies elsewhere. Which table's
rows went does not matter, nor which objects of a schema.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.checks import CHECKS
from harness.core.check import Check
from harness.scenario.model import Scenario
from harness.scenario.steps import (
    Backup,
    Damage,
    Disaster,
    MethodChoice,
    Migrate,
    Restore,
    Start,
    Step,
    Stop,
    Write,
)

_BETWEEN_STORES = "stores_agree"

Names = Mapping[str, str]
"""Which backup of the timeline is which of the scenario."""


@dataclass(frozen=True, slots=True)
class Known:
    """The scenarios that explain failures, with the checks by id."""

    scenarios: Sequence[Scenario]
    checks: Mapping[str, Check]

    def explained(self, timeline: Sequence[Step], failed: Iterable[str]) -> dict[str, Scenario]:
        """Return, of the checks that failed, those that are explained, each with its scenario."""
        found: dict[str, Scenario] = {}
        for check in failed:
            kind = self._kind(check)
            for scenario in self.scenarios:
                expected = map(self._kind, scenario.terms.expectation.fail)
                if kind in expected and self._happens(scenario.timeline, timeline, check):
                    found[check] = scenario
                    break
        return found

    def _kind(self, check: str) -> str:
        """Return what a check looks after: rows of whatever table and objects of whatever kind go
        for the same reasons.
        """
        known = self.checks.get(check) or CHECKS.get(check)
        if known is None or (known.claims and known.store == "postgres"):
            return "rows"
        return "schema" if check.startswith("schema_") else check

    def _happens(self, pattern: Sequence[Step], timeline: Sequence[Step], check: str) -> bool:
        judge = self.checks.get(check)
        store = judge.store if judge else "platform"
        of = "*" if store == "platform" else store
        return _embeds(pattern, timeline, {}, "" if check == _BETWEEN_STORES else of)


def _embeds(pattern: Sequence[Step], timeline: Sequence[Step], names: Names, of: str) -> bool:
    """Tell whether the steps of a pattern happen in a timeline. Methods matter of one store, `of`
    all with `*`, of none where it is empty.
    """
    if not pattern:
        return True
    for at, step in enumerate(timeline):
        now = _same(pattern[0], step, names, of)
        if now is None:
            continue
        # What is written while a backup is taken comes after its moment.
        is_both = isinstance(pattern[0], Backup) and isinstance(step, Backup) and step.during
        if _embeds(pattern[1:], timeline[at if is_both else at + 1 :], now, of):
            return True
    return False


def _same(wanted: Step, step: Step, names: Names, of: str) -> Names | None:
    """Return the names that are known when a step is what a pattern wants, or None."""
    match wanted, step:
        case Backup(), Backup():
            return _same_backup(wanted, step, names, of)
        case Write(), Write():
            return names if wanted.counts.keys() <= step.counts.keys() else None
        case Write(), Backup():
            return names if wanted.counts.keys() <= step.during.keys() else None
        case Restore(), Restore():
            order = [store for store in step.order if store in wanted.order]
            is_same = names.get(wanted.backup) == step.backup and order == list(wanted.order)
            to = wanted.to is None or (step.to is not None and step.to.by == wanted.to.by)
            return names if is_same and to else None
        case Damage(), Damage():
            is_same = (wanted.store, wanted.how) == (step.store, step.how)
            return names if is_same and names.get(wanted.backup) == step.backup else None
    return names if _alike(wanted, step) else None


def _alike(wanted: Step, step: Step) -> bool:
    match wanted, step:
        case Disaster(), Disaster():
            return wanted.takes is step.takes and {*wanted.stores} <= {*step.stores}
        case Start(), Start():
            return {*wanted.services} <= {*step.services}
        case Stop(), Stop():
            is_same = wanted.delete_volumes == step.delete_volumes
            return is_same and {*wanted.services} <= {*step.services}
        case Migrate(), Migrate():
            return wanted.migration == step.migration
    return type(wanted) is type(step) and not isinstance(wanted, _OTHERWISE)


_OTHERWISE = (Backup, Write, Restore, Damage, Disaster, Start, Stop, Migrate)
"""Steps whose contents matter."""


def _same_backup(wanted: Backup, step: Backup, names: Names, of: str) -> Names | None:
    taken = {choice.store: choice for choice in step.methods}
    for choice in wanted.methods:
        there = taken.get(choice.store)
        if there is None:
            return None
        if of in ("*", choice.store) and not _is_method(choice, there):
            return None
    if wanted.keep is not None and wanted.keep != step.keep:
        return None
    if not wanted.during.keys() <= step.during.keys():
        return None
    return {**names, wanted.name: step.name}


def _is_method(wanted: MethodChoice, there: MethodChoice) -> bool:
    given: dict[str, Any] = wanted.options.model_dump(exclude_defaults=True)
    used = there.options.model_dump()
    return wanted.method == there.method and all(used[name] == given[name] for name in given)
