"""What streams and consumers are compared with: the backup, or else the platform's declaration."""

from typing import Any

from harness.core.case import Case
from harness.core.check import Check
from harness.core.finding import Finding, named
from harness.observations.streams import StreamRows, normalised


def seen_at_backup(case: Case) -> StreamRows | None:
    """Return what was seen at the backup, or None when nats was never backed up.

    Raises: Unread: it was backed up, but could not be read then.
    """
    if any(artefact.store == "nats" for artefact in case.history.artefacts):
        return case.before[StreamRows]
    return case.before.get(StreamRows)


def judge_settings(
    check: Check,
    what: str,
    wanted: dict[str, dict[str, Any]],
    seen: dict[str, dict[str, Any]],
    *,
    declared: bool,
    cause: str,
    next_step: str,
) -> Finding:
    """Return whether everything wanted is there with its settings; `what` names it, plural.

    With `declared` only the settings that the declaration names are compared: the server chose
    the others.
    """
    absent = sorted(name for name in wanted if name not in seen)
    changed = _changed(wanted, seen, declared=declared)
    if not absent and not changed:
        return check.passed(f"{what}: all {len(wanted)} are there, configured as before")
    parts = []
    if absent:
        parts.append(f"{len(absent)} of {len(wanted)} absent" + named("namely", absent))
    if changed:
        settings = [change.partition(":")[0] for change in changed]
        parts.append(f"{len(changed)} settings changed" + named("namely", settings))
    return check.failed(
        f"{what}: " + ", ".join(parts),
        expected=f"all {len(wanted)} {what} with the configuration they had",
        actual="; ".join([*(f"{name} is absent" for name in absent), *changed]),
        examples=tuple([*absent, *changed][:10]),
        cause=cause,
        next_step=next_step,
    )


def _changed(
    wanted: dict[str, dict[str, Any]], seen: dict[str, dict[str, Any]], *, declared: bool
) -> list[str]:
    """Return each changed setting as `NAME.setting: old is now new`, of the names in both."""
    changed: list[str] = []
    for name in sorted(wanted.keys() & seen.keys()):
        old = normalised(wanted[name])
        keys = wanted[name].keys() if declared else old.keys() | seen[name].keys()
        changed += [
            f"{name}.{key}: {old.get(key)!r} is now {seen[name].get(key)!r}"
            for key in sorted(keys)
            if old.get(key) != seen[name].get(key)
        ]
    return changed
