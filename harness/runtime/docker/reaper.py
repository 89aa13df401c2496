"""What a drill made on an engine is found by its label and removed, in the order that works."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from harness.core.errors import UsageError
from harness.core.ports import Cleanup
from harness.runtime.docker.engine import Engine, explain
from harness.runtime.docker.marks import DRILL_LABEL, OWNER_LABEL, is_abandoned

REMOVED_AT_ONCE = 4
# A volume or a network that a container uses cannot be removed.
_IN_ORDER = (("container",), ("network", "volume"))
_CONFLICT = 409

_Filters = dict[str, str | list[str] | bool]


def remove_drill(engine: Engine, drill_id: str) -> Cleanup:
    """Remove all containers, volumes and networks of one drill."""
    return _remove(engine, {"label": f"{DRILL_LABEL}={drill_id}"}, lambda _: True)


def remove_abandoned(engine: Engine) -> Cleanup:
    """Remove everything of drills of this machine whose owner is dead."""
    return _remove(engine, {"label": DRILL_LABEL}, _are_abandoned)


def clean() -> Cleanup:
    """Remove everything of drills of this machine whose owner is dead, where an engine answers."""
    try:
        with Engine() as engine:
            return remove_abandoned(engine)
    except UsageError:
        return Cleanup((), ())


def find_abandoned() -> list[str]:
    """Return what `clean` would remove, each as `container NAME`."""
    try:
        with Engine() as engine:
            return [
                f"{kind} {thing.name}"
                for kinds in _IN_ORDER
                for kind in kinds
                for thing in _things(engine, kind, {"label": DRILL_LABEL})
                if _are_abandoned(_labels(thing))
            ]
    except UsageError:
        return []


def _remove(
    engine: Engine, filters: _Filters, concerns: Callable[[dict[str, str]], bool]
) -> Cleanup:
    removed: list[str] = []
    left: list[str] = []
    for kinds in _IN_ORDER:
        ours = [
            (kind, thing)
            for kind in kinds
            for thing in _things(engine, kind, filters)
            if concerns(_labels(thing))
        ]
        with ThreadPoolExecutor(REMOVED_AT_ONCE) as removers:
            reasons = removers.map(_remove_one, (thing for _, thing in ours))
            for (kind, thing), reason in zip(ours, reasons, strict=True):
                if reason is None:
                    removed.append(f"{kind} {thing.name}")
                else:
                    left.append(f"{kind} {thing.name}: {reason}")
    return Cleanup(tuple(removed), tuple(left))


def _things(engine: Engine, kind: str, filters: _Filters) -> list[Any]:
    client = engine.client
    if kind == "container":
        return client.containers.list(all=True, filters=filters, ignore_removed=True)
    if kind == "volume":
        return client.volumes.list(filters=filters)
    return client.networks.list(filters=filters)


def _are_abandoned(labels: dict[str, str]) -> bool:
    return is_abandoned(labels.get(OWNER_LABEL, ""))


def _labels(thing: Any) -> dict[str, str]:
    attributes = thing.attrs.get("Config", thing.attrs)
    return attributes.get("Labels") or {}


def _remove_one(thing: Any) -> str | None:
    """Remove a thing; return why it could not be, or None."""
    try:
        if isinstance(thing, Container):
            thing.remove(force=True, v=True)
        else:
            thing.remove()
    except NotFound:
        return None
    except APIError as error:
        # Another clean-up is removing it at this moment.
        if error.status_code == _CONFLICT and "already in progress" in explain(error):
            return None
        return explain(error)
    return None
