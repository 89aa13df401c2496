"""What the processes of a container have consumed, as its engine tells it, and who is halted."""

import signal
from typing import Any, cast

from docker.errors import DockerException, NotFound
from docker.models.containers import Container

from harness.core.patience import Work

_KILLED = 128 + signal.SIGKILL


def of(container: Container) -> Work:
    """Return what a container has consumed; of one that does not run, nothing.

    Raises: Unresponsive: its engine does not answer.
    """
    try:
        container.reload()
        if halted := halted_in(container):
            return Work(halted=halted)
        said = cast(dict[str, Any], container.stats(stream=False, one_shot=True))
    except DockerException:
        return Work()
    disk = said.get("blkio_stats", {}).get("io_service_bytes_recursive") or ()
    wire = (said.get("networks") or {}).values()
    return Work(
        said.get("cpu_stats", {}).get("cpu_usage", {}).get("total_usage", 0) / 1e9,
        sum(entry["value"] for entry in disk) + sum(n["rx_bytes"] + n["tx_bytes"] for n in wire),
    )


def halted_in(container: Container) -> str:
    """Name what somebody has paused or stopped in a container, as it was last asked for."""
    state = container.attrs["State"]
    if state.get("Paused"):
        return f"{container.name} (paused)"
    if not state.get("Running"):
        return ""
    try:
        listed = container.top(ps_args="-eo pid,stat,comm")
    except DockerException:
        return ""  # It has ended meanwhile.
    for _, status, name in listed["Processes"] or ():
        if status[:1] in {"T", "t"}:
            return f"{name} in {container.name}"
    return ""


def lost(container: Container | None, *, is_endless: bool = False) -> str:
    """Name a container that somebody else has killed or removed; one that `is_endless` never ends
    by itself.
    """
    if container is None:
        return ""
    try:
        container.reload()
    except NotFound:
        return f"{container.name} (removed)"
    state = container.attrs["State"]
    has_ended = state.get("Status") in {"exited", "dead"}
    was_killed = has_ended and (is_endless or state.get("ExitCode") == _KILLED)
    return f"{container.name} (killed)" if was_killed else ""
