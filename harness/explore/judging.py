"""What came of a timeline: it kept what the methods promise, or something exceeds that.

The judge of every drill has judged it. A check that does not hold is a finding, unless the timeline
itself damaged what was to be restored from and the restore said so. How many rows went is counted
here again, by the steps and not by the clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.checks import checks_of
from harness.core.history import Takes, store_of
from harness.core.verdict import Verdict
from harness.explore.draft import Draft
from harness.explore.played import Played
from harness.faults import FAULTS
from harness.kinds import Options
from harness.scenario.kinds import Kinds

_UNEARNED = "a PASS is not earned"
"""How a judge says that a timeline proves nothing: a cache that was flushed and never backed up."""
_PROCEDURE = "procedure_completed"
_BROKE = ", during: "
"""How a drill says that it broke, and not the platform."""


class Standing(StrEnum):
    """What a timeline shows: it is `HELD`, something was `FOUND`, a damaged backup was `REFUSED`
    as it should be, it could not be played (`UNPLAYED`), or not be judged, which is an `ALARM`.
    """

    HELD = "held"
    FOUND = "found"
    REFUSED = "refused"
    UNPLAYED = "not played"
    ALARM = "not judged"


@dataclass(frozen=True, slots=True)
class Judged:
    """How a timeline stands, why, and the checks that a finding rests on."""

    standing: Standing
    why: str = ""
    checks: tuple[str, ...] = ()


def judged(draft: Draft, played: Played, kinds: Kinds) -> Judged:
    """Return how a timeline stands that was played; `kinds` are those of its platform."""
    if played.failure:
        # What a step could not do at all, such as a strike that the server refuses.
        standing = Standing.ALARM if _BROKE in played.failure else Standing.UNPLAYED
        return Judged(standing, played.failure.partition("\n")[0])
    if played.failed:
        checks = tuple(failed.check for failed in played.failed)
        if checks == (_PROCEDURE,) and (store := _without_room(draft, played)):
            return Judged(Standing.REFUSED, played.refused[store], checks)
        if store := _refused(draft, played):
            return Judged(Standing.REFUSED, played.refused[store], checks)
        return Judged(Standing.FOUND, played.failed[0].summary, checks)
    if exceeding := list(_beyond_the_bound(draft, played, kinds)):
        return Judged(Standing.FOUND, exceeding[0], tuple(e.partition(":")[0] for e in exceeding))
    standing = Standing.HELD
    if _UNEARNED in played.sentence:
        standing = Standing.UNPLAYED
    elif played.unread or (played.verdict is not Verdict.PASS and not played.missing):
        standing = Standing.ALARM
    elif played.verdict is not Verdict.PASS:
        standing = Standing.UNPLAYED
    return Judged(standing, next(iter(played.unread), played.sentence))


def _refused(draft: Draft, played: Played) -> str:
    """Return a store whose damaged backup was refused when it was to be restored, if any."""
    damaged = {(step["damage"], step["store"]) for step in draft.steps if "damage" in step}
    for step in draft.steps:
        if "restore" in step:
            for store in step["order"]:
                hurt = any(store == other for _, other in damaged)
                if hurt and store in played.refused and "restore" in played.refused[store]:
                    return str(store)
    return ""


def _without_room(draft: Draft, played: Played) -> str:
    """Return a store whose backup failed for want of room, if that is all that failed."""
    full = {
        store
        for step in draft.steps
        if "disaster" in step and FAULTS[step["disaster"]].takes is Takes.ROOM
        for store in step["stores"]
    }
    failed = [store for store, said in played.refused.items() if said.startswith("backup ")]
    return failed[0] if failed and set(played.refused) == set(failed) <= full else ""


def _beyond_the_bound(draft: Draft, played: Played, kinds: Kinds) -> Iterator[str]:
    """Yield each check that let more rows go than were written since the backup."""
    checks = checks_of(kinds.platform)
    if not kinds.platform.is_ours:
        # Triggers may write rows that no step names.
        return
    for check, gone in played.gone.items():
        tables = checks[check].claims if check in checks else ()
        allowed = sum(_since_the_backup(draft, table, kinds) for table in tables)
        if tables and gone > allowed:
            yield f"{check}: {gone} rows went, and {allowed} were written since the backup"


def _since_the_backup(draft: Draft, table: str, kinds: Kinds) -> int:
    """Return how many rows of a table its last restore may cost: those written after the cut."""
    store = store_of(table)
    allowed = 0
    for at, step in enumerate(draft.steps):
        if "restore" not in step or store not in step["order"]:
            continue
        taken = next(i for i, s in enumerate(draft.steps) if s.get("backup") == step["restore"])
        choice = draft.steps[taken][store]
        if "to" not in step and _keeps_all(choice, kinds):
            continue
        allowed += sum(_written(s, table) for s in draft.steps[taken:at])
    return allowed


def _keeps_all(choice: Mapping[str, Any], kinds: Kinds) -> bool:
    method = kinds.methods[choice["method"]]
    given = {key: value for key, value in choice.items() if key != "method"}
    options: Options = method.options.model_validate(given)
    return method.promise(options).lag_seconds == 0


def _written(step: Mapping[str, Any], table: str) -> int:
    return int({**step.get("write", {}), **step.get("during", {})}.get(table, 0))
