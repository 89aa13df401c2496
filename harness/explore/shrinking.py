"""The shortest timeline that still shows a finding, by leaving out one thing after the other.

Each try is a drill of seconds, so they are few: whole steps first, then stores, then whatever else
may be left out or given its plainest form. What remains cannot lose any one of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from harness.explore.draft import Draft, Step
from harness.explore.ground import Ground
from harness.explore.stand import is_whole

Shows = Callable[[Sequence[Draft]], Iterable[bool]]
"""Tells of drafts, in their order, whether each is legal and still shows the finding."""

_AT_ONCE = 2
_FEWEST_ROWS = 5


def shrunk(draft: Draft, ground: Ground, shows: Shows) -> Draft:
    """Return the shortest draft that was found, the one given if none shorter shows it."""
    tried = {draft.key}
    while True:
        shorter = _first(_fresh(_shorter(draft, ground), ground, tried), shows)
        if shorter is None:
            return draft
        draft = shorter


def _fresh(drafts: Iterable[Draft], ground: Ground, tried: set[str]) -> Iterator[Draft]:
    for draft in drafts:
        if draft.key not in tried and is_whole(ground, draft.steps):
            tried.add(draft.key)
            yield draft


def _first(drafts: Iterator[Draft], shows: Shows) -> Draft | None:
    """Return the first that shows it; as many are tried at once as there are players."""
    while batch := [draft for draft, _ in zip(drafts, range(_AT_ONCE), strict=False)]:
        for draft, is_shown in zip(batch, shows(batch), strict=True):
            if is_shown:
                return draft
    return None


def _shorter(draft: Draft, ground: Ground) -> Iterator[Draft]:
    """Yield drafts that lack one thing, those that lack most first."""
    steps = draft.steps
    for at in range(len(steps)):
        gone = {at, *_on(steps, at)}
        yield _with(draft, [step for i, step in enumerate(steps) if i not in gone])
    for at, step in enumerate(steps):
        for plainer in _plainer(step, ground):
            yield _with(draft, [*steps[:at], plainer, *steps[at + 1 :]])


def _with(draft: Draft, steps: Sequence[Step]) -> Draft:
    return replace(draft, steps=tuple(_consistent(steps)))


def _on(steps: Sequence[Step], at: int) -> Iterator[int]:
    """Yield the steps that make no sense without one: restores of a backup or to a mark."""
    name = steps[at].get("backup") or steps[at].get("mark")
    for i, step in enumerate(steps):
        if (
            name is not None
            and i != at
            and (
                name in (step.get("restore"), step.get("damage"), step.get("with"), step.get("to"))
                or step.get("to") == {"time": name}
            )
        ):
            yield i


def _consistent(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield steps in which nothing is restored that was not backed up."""
    taken: dict[str, Step] = {}
    for step in steps:
        if "backup" in step:
            taken[step["backup"]] = step
        if "restore" in step and step["restore"] in taken:
            there = [store for store in step["order"] if store in taken[step["restore"]]]
            if there:
                yield {**step, "order": there}
        elif "damage" not in step or step["store"] in taken.get(step["damage"], {}):
            yield step


def _plainer(step: Step, ground: Ground) -> Iterator[Step]:
    """Yield forms of a step that say less."""
    for key in ("order", "stores"):
        values = list(step.get(key, ()))
        for value in values[: len(values) if len(values) > 1 else 0]:
            yield {**step, key: [other for other in values if other != value]}
    if "backup" in step:
        yield from _backups(step, ground)
    for key in ("to", "meanwhile", "breaks_off"):
        if key in step:
            yield _without(step, key)
    if "disaster" in step:
        yield ground.strike(step["disaster"], tuple(step["stores"]), None)
    for key in ("write", "during"):
        yield from ({**step, key: counts} for counts in _counts(step.get(key, {})))


def _backups(step: Step, ground: Ground) -> Iterator[Step]:
    stores = [store for store in ground.platform.stores if store in step]
    yield from (_without(step, store) for store in stores if len(stores) > 1)
    yield from (_without(step, key) for key in ("during", "keep") if key in step)
    for store in stores:
        yield from ({**step, store: choice} for choice in _choices(step[store]))


def _without(step: Step, key: str) -> Step:
    return {other: value for other, value in step.items() if other != key}


def _choices(choice: Step) -> Iterator[Step]:
    """Yield a method without one of its options."""
    yield from (_without(choice, option) for option in choice if option != "method")


def _counts(counts: dict[str, Any]) -> Iterator[dict[str, int]]:
    if len(counts) > 1:
        for table in counts:
            yield {other: rows for other, rows in counts.items() if other != table}
    if any(rows != _FEWEST_ROWS for rows in counts.values()):
        yield dict.fromkeys(counts, _FEWEST_ROWS)
