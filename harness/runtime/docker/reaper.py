"""What a drill made on an engine is found by its label and removed, in the order that works."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from harness.core.errors import UsageError
from harness.core.patience import KILLED_WITHIN_SECONDS, Unresponsive
from harness.core.ports import Cleanup
from harness.runtime import marker
from harness.runtime.docker import lease
from harness.runtime.docker.engine import Engine, explain
from harness.runtime.docker.lease import LEASE_LABEL
from harness.runtime.docker.marks import BOOT_LABEL, DRILL_LABEL, MARKER_LABEL
from harness.runtime.marker import MARKER_SUFFIX, Doubtful

REMOVED_AT_ONCE = 4
# A volume or a network that a container uses cannot be removed; what is left without a lease
# could not be told from what another machine's drill has only begun to make.
_IN_ORDER = (("container",), ("network", "volume"), ("lease",))
_BY_HAND = {"container": "rm --force", "network": "network rm", "volume": "volume rm"}
_RETRIED_AFTER_SECONDS = 0.1

_Filters = dict[str, str | list[str] | bool]


def remove_drill(engine: Engine, drill_id: str) -> Cleanup:
    """Remove all containers, volumes and networks of one drill."""
    return _remove(engine, {"label": f"{DRILL_LABEL}={drill_id}"}, lambda _: True)


def remove_abandoned(engine: Engine) -> Cleanup:
    """Remove everything of drills whose owner is proven dead; name what nothing is known of."""
    standing = _Standing(engine)
    cleaned = _remove(engine, {"label": DRILL_LABEL}, standing.is_abandoned)
    return Cleanup(cleaned.removed, (*cleaned.left, *standing.unknown()))


def clean() -> Cleanup | None:
    """Remove everything of drills whose owner is proven dead; None: no engine answers, or that
    stopped answering.
    """
    try:
        with Engine() as engine:
            return remove_abandoned(engine)
    except (UsageError, Unresponsive):
        return None


def find_abandoned() -> list[str]:
    """Return what `clean` would remove, each as `container NAME`."""
    try:
        with Engine() as engine:
            standing = _Standing(engine)
            return [
                f"{kind} {thing.name}"
                for kinds in _IN_ORDER
                for kind in kinds
                for thing in _things(engine, kind, {"label": DRILL_LABEL})
                if standing.is_abandoned(_labels(thing))
            ]
    except (UsageError, Unresponsive):
        return []


class _Standing:
    """How the drills stand that have anything on an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._renewed = lease.renewed(_things(engine, "lease", {"label": DRILL_LABEL}))
        self._now_seconds = lease.now(engine)
        self._is_dead: dict[tuple[str, ...], bool | None] = {}

    def is_abandoned(self, labels: dict[str, str]) -> bool:
        """Tell whether the drill of these labels is proven dead."""
        # By all that it says: what only bears a living drill's id must not decide on that.
        key = _identity(labels)
        if key not in self._is_dead:
            self._is_dead[key] = self._decide(labels[DRILL_LABEL], labels)
        return self._is_dead[key] is True

    def unknown(self) -> list[str]:
        """Return what is of drills that have no lease, each with how to remove it."""
        # Another machine's drill may have begun meanwhile.
        known = lease.renewed(_things(self._engine, "lease", {"label": DRILL_LABEL}))
        lost = {key for key, dead in self._is_dead.items() if dead is None and key[0] not in known}
        return [
            f"{kind} {thing.name}: whether its drill is alive cannot be told;"
            f" docker {_BY_HAND[kind]} {thing.name} removes it"
            for kind in _BY_HAND
            for thing in _things(self._engine, kind, {"label": DRILL_LABEL})
            if _identity(_labels(thing)) in lost
        ]

    def _decide(self, drill_id: str, labels: dict[str, str]) -> bool | None:
        """Return whether a drill is dead, None where that cannot be told."""
        path = Path(labels.get(MARKER_LABEL, ""))
        if labels.get(BOOT_LABEL) == marker.boot() and path.name == drill_id + MARKER_SUFFIX:
            try:
                seized = marker.seize(path)
                if seized is not None:
                    seized.release()
                    return True
                if path.exists():
                    return False
            except (Doubtful, OSError):
                pass  # Another user's, or in another container: the lease tells.
        renewed_seconds = self._renewed.get(drill_id)
        if renewed_seconds is None:
            return None
        return self._now_seconds - renewed_seconds > lease.EXPIRES_AFTER_SECONDS


def _remove(
    engine: Engine, filters: _Filters, concerns: Callable[[dict[str, str]], bool]
) -> Cleanup:
    removed: list[str] = []
    left: list[str] = []
    for kinds in _IN_ORDER:
        if kinds == ("lease",) and left:
            break
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
    if kind == "volume":
        return client.volumes.list(filters=filters)
    if kind == "network":
        return client.networks.list(filters=filters)
    found = client.containers.list(all=True, filters=filters, ignore_removed=True)
    return [thing for thing in found if (LEASE_LABEL in thing.labels) == (kind == "lease")]


def _labels(thing: Any) -> dict[str, str]:
    attributes = thing.attrs.get("Config", thing.attrs)
    return attributes.get("Labels") or {}


def _identity(labels: dict[str, str]) -> tuple[str, ...]:
    return tuple(labels.get(label, "") for label in (DRILL_LABEL, BOOT_LABEL, MARKER_LABEL))


def _remove_one(thing: Any) -> str | None:
    """Remove a thing; return why it could not be, or None."""
    given_up_seconds = time.monotonic() + KILLED_WITHIN_SECONDS
    while True:
        try:
            if isinstance(thing, Container):
                thing.remove(force=True, v=True)
            else:
                thing.remove()
        except NotFound:
            return None
        except APIError as error:
            # Another clean-up may be removing it at this moment, or what uses it: a container is
            # off the engine's list before it lets its volumes and networks go.
            if time.monotonic() > given_up_seconds:
                return explain(error)
            time.sleep(_RETRIED_AFTER_SECONDS)
        else:
            return None
