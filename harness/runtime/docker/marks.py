"""Every container, volume and network of a drill bears its labels; nothing else is touched."""

import socket

from harness.runtime import processes

DRILL_LABEL = "restore-drills.drill"
OWNER_LABEL = "restore-drills.owner"


def labels(drill_id: str) -> dict[str, str]:
    """Return the labels of whatever this process makes for a drill."""
    return {DRILL_LABEL: drill_id, OWNER_LABEL: f"{socket.gethostname()}/{processes.owner_mark()}"}


def name(drill_id: str, *parts: str) -> str:
    """Return the name of something made for a drill; the labels, not the name, make it ours."""
    return "-".join(("drill", drill_id, *parts))


def is_abandoned(owner: str) -> bool:
    """Tell whether the owner of a label is dead; of another machine's owner that is not known."""
    host, _, process = owner.rpartition("/")
    return host == socket.gethostname() and not processes.is_alive(process)
