"""A drill's lease on an engine: a container that never runs, renamed as long as the drill lives.

Of a drill of this machine its marker's lock tells whether it is alive. Where that does not reach,
on an engine that machines or containers share, the lease does: its name, which is all that can be
changed of what is there, ends in the engine's own time. It is made first and removed last.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import requests
from docker.errors import DockerException
from docker.models.containers import Container

from harness.core.errors import DrillError
from harness.runtime.docker import marks
from harness.runtime.docker.engine import Engine, explain

LEASE_LABEL = "restore-drills.lease"
RENEWED_EVERY_SECONDS = 20.0
EXPIRES_AFTER_SECONDS = 300


class Lease:
    """Renewed by a thread of its own from the moment it is made until it is given up."""

    def __init__(
        self, engine: Engine, image: str, drill_id: str, labels: Mapping[str, str]
    ) -> None:
        """Take it. Raises: DrillError: the engine refuses."""
        self._engine = engine
        self._name = marks.name(drill_id, "lease")
        self._ended = threading.Event()
        try:
            self._container: Container = engine.client.containers.create(
                image,
                name=f"{self._name}-{now(engine)}",
                labels={**labels, LEASE_LABEL: ""},
                network_mode="none",
            )
        except (DockerException, requests.RequestException) as error:
            raise DrillError(f"cannot take a lease on the engine: {explain(error)}") from None
        threading.Thread(target=self._renew, name=self._name, daemon=True).start()

    def end(self) -> None:
        """Renew it no more; its container is removed with everything else of the drill."""
        self._ended.set()

    def _renew(self) -> None:
        while not self._ended.wait(RENEWED_EVERY_SECONDS):
            # An engine that does not answer does not remove anything either.
            with suppress(DockerException, requests.RequestException, OSError, ValueError):
                self._container.rename(f"{self._name}-{now(self._engine)}")


def now(engine: Engine) -> int:
    """Return the engine's time in whole seconds."""
    return int(moment(engine))


def moment(engine: Engine) -> float:
    """Return the engine's time in seconds."""
    return datetime.fromisoformat(engine.client.info()["SystemTime"]).timestamp()


def renewed(containers: list[Any]) -> dict[str, int]:
    """Return when the lease of each drill was last renewed, of those that have one."""
    moments: dict[str, int] = {}
    for container in containers:
        moment = str(container.name).rpartition("-")[2]
        if LEASE_LABEL in container.labels and moment.isdecimal():
            drill_id = container.labels[marks.DRILL_LABEL]
            moments[drill_id] = max(moments.get(drill_id, 0), int(moment))
    return moments
