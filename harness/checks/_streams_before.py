"""What streams and consumers are compared with: the backup, or else the platform's declaration."""

from typing import Any

from harness.core.case import Case
from harness.observations.streams import StreamRows, normalised


def seen_at_backup(case: Case) -> StreamRows | None:
    """Return what was seen at the backup, or None when nats was never backed up.

    Raises: Unread: it was backed up, but could not be read then.
    """
    if any(artefact.store == "nats" for artefact in case.history.artefacts):
        return case.before[StreamRows]
    return case.before.get(StreamRows)


def changed_settings(
    wanted: dict[str, dict[str, Any]], seen: dict[str, dict[str, Any]], *, declared: bool
) -> list[str]:
    """Return each changed setting as `NAME.setting: old is now new`, of the names in both.

    With `declared` only the settings that the declaration names are compared: the server chose
    the others.
    """
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
