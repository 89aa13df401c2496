"""What streams and consumers are compared with: the backup, or else the platform's declaration."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from harness.core.case import Case
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.stream_fields import normalised
from harness.observations.streams import ConsumerState, StreamRows, StreamState


def seen_at_backup(case: Case) -> StreamRows | None:
    """Return what was seen at the backup, or None when nats was never backed up.

    Raises: Unread: it was backed up, but could not be read then.
    """
    if any(artefact.store == "nats" for artefact in case.history.artefacts):
        return case.before[StreamRows]
    return case.before.get(StreamRows)


@dataclass(frozen=True, slots=True)
class Settings:
    """What streams or consumers are to be and what they are: each one's settings by its name.

    `what` names them, plural. `allowed` may be there though they were not before: services create
    them. With `declared` only the settings that the declaration names are compared: the server
    chose the others.
    """

    what: str
    wanted: dict[str, dict[str, Any]]
    seen: dict[str, dict[str, Any]]
    allowed: Collection[str]
    declared: bool


def judge_settings(check: Check, settings: Settings, *, cause: str, next_step: str) -> Finding:
    """Return whether all that is wanted, and nothing else, is there with its settings."""
    what, wanted, seen = settings.what, settings.wanted, settings.seen
    absent = sorted(name for name in wanted if name not in seen)
    added = sorted(name for name in seen if name not in wanted and name not in settings.allowed)
    changed = _changed(settings)
    counts = {
        what: len(wanted),
        "missing": len(absent),
        "unexpected": len(added),
        "changed": len(changed),
    }
    if not absent and not added and not changed:
        return check.passed(
            f"{what}: all {len(wanted)} are there, configured as before", counts=counts
        )
    parts = []
    if absent:
        parts.append(f"{len(absent)} of {len(wanted)} absent" + named("namely", absent))
    if added:
        parts.append(f"{len(added)} that were not there before" + named("namely", added))
    if changed:
        names = [change.partition(":")[0] for change in changed]
        parts.append(f"{len(changed)} settings changed" + named("namely", names))
    told = [*(f"{n} is absent" for n in absent), *(f"{n} was not there" for n in added), *changed]
    return check.failed(
        f"{what}: " + ", ".join(parts),
        expected=f"all {len(wanted)} {what} with the configuration they had, and no other",
        actual="; ".join(told),
        examples=tuple([*absent, *added, *changed][:EXAMPLES_AT_MOST]),
        counts=counts,
        cause=cause,
        next_step=next_step,
    )


def likely(cause: str, seen: StreamRows) -> str:
    """Return the cause that the server's log names, or else the likely one."""
    if not seen.complaints:
        return cause
    return f"the server could not read all that was restored; it says: {'; '.join(seen.complaints)}"


def told(state: StreamState | ConsumerState) -> dict[str, Any]:
    """Return the settings and whatever else the server says of it.

    Raises: Unread: it was not looked at.
    """
    if state.further is None:
        raise Unread(
            "an earlier version of the harness observed only a part of what the server says"
        )
    return state.config | state.further


def _changed(settings: Settings) -> list[str]:
    """Return each changed setting as `NAME.setting: old is now new`, of the names in both."""
    wanted, seen = settings.wanted, settings.seen
    changed: list[str] = []
    for name in sorted(wanted.keys() & seen.keys()):
        old = normalised(wanted[name])
        keys = wanted[name].keys() if settings.declared else old.keys() | seen[name].keys()
        changed += [
            f"{name}.{key}: {old.get(key)!r} is now {seen[name].get(key)!r}"
            for key in sorted(keys)
            if old.get(key) != seen[name].get(key)
        ]
    return changed
