"""The platform's services for one drill: containers on a private network, volumes of their own."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from docker.errors import DockerException
from requests import RequestException

from harness.core.errors import Unavailable
from harness.core.ports import Cleanup, Service
from harness.runtime import processes
from harness.runtime.docker import consumption, lease, reaper
from harness.runtime.docker.engine import ENGINE, Engine, explain
from harness.runtime.docker.lease import Lease
from harness.runtime.docker.marks import DRILL_LABEL
from harness.runtime.docker.service import ContainerService
from harness.runtime.drill_stack import DrillServer, DrillStack
from harness.runtime.embedded.binaries import BinaryMissing, resolve
from harness.runtime.embedded.hub import HubService
from harness.runtime.workdir import DrillDirectory


class DockerStack(DrillStack[Service]):
    """Services in containers; `hub` is the one that runs as a process beside them, if it does."""

    def __init__(
        self,
        engine: Engine,
        drill: DrillDirectory,
        containers: Mapping[str, ContainerService],
        hub: HubService | None,
        missing: Mapping[str, str],
        *,
        lease: Lease,
        secrets: Sequence[str],
        helper_image: str,
    ) -> None:
        process = {"hub": hub} if hub is not None else {}
        super().__init__(drill, {**containers, **process}, missing, secrets)
        self._engine = engine
        self._lease = lease
        self.containers = containers
        self._hub = hub
        self._helper_image = helper_image
        self._label = f"{DRILL_LABEL}={drill.drill_id}"
        self._is_scripted = False
        self._excused: set[str] = set()
        for service in containers.values():
            service.excused = self._excused

    @property
    def helper_image(self) -> str:
        """The image that works on volumes."""
        return self._helper_image

    @property
    def script_path(self) -> tuple[Path, ...]:
        """Where this machine has pg_dump and docker; scripts run on it, not in a container."""
        return script_path(self.containers["postgres"].identity.version)

    def stopped(self) -> list[str]:
        """Name the drill's processes and containers that somebody has stopped or paused."""
        found = processes.halted(self._processes())
        try:
            inside = [
                consumption.halted_in(container)
                for container in self._engine.client.containers.list(
                    filters={"label": self._label}, ignore_removed=True
                )
                if container.id not in self._excused
            ]
        except RequestException:
            return [*found, ENGINE]
        except DockerException:
            return found
        # What a script pauses goes on when it has ended, or is found then.
        return found + [name for name in inside if name and not self._is_scripted]

    def _servers(self) -> Iterable[DrillServer]:
        return [*self.containers.values(), *([self._hub] if self._hub is not None else [])]

    @contextmanager
    def scripted(self) -> Iterator[None]:
        """Run a script meanwhile: the engine tells what it was asked to kill or pause, and a volume
        that the script names is the drill's own, though nothing was in it.
        """
        for service in self.containers.values():
            service.volume.make()
        since_seconds = lease.moment(self._engine)
        self._is_scripted = True
        try:
            yield
        finally:
            with suppress(DockerException, RequestException):
                # Its types know no moment within a second.
                client: Any = self._engine.client
                asked = client.events(
                    since=f"{since_seconds:.6f}",
                    until=f"{lease.moment(self._engine):.6f}",
                    filters={"label": self._label, "event": ["kill", "pause"]},
                    decode=True,
                )
                self._excused |= {event["Actor"]["ID"] for event in asked}
            self._is_scripted = False

    def close(self) -> Cleanup:
        """Remove everything of the drill, and close the connection; safe to call twice."""
        cleanup = super().close()
        self._engine.close()
        return cleanup

    def _end(self) -> Cleanup:
        """Remove containers, volumes and the network, and keep what the servers said."""
        removed: tuple[str, ...] = ()
        left = [] if self._hub is None or self._hub.reap() else ["hub"]
        self._lease.end()
        try:
            for service in self.containers.values():
                with suppress(OSError):
                    service.keep_log()
            reaped = reaper.remove_drill(self._engine, self._drill.drill_id)
            removed = reaped.removed
            left += reaped.left
        except (DockerException, RequestException) as error:
            left.append(f"containers of {self._drill.drill_id}: {explain(error)}")
        return Cleanup(removed, tuple(left))


def script_path(version: str) -> tuple[Path, ...]:
    """Return where this machine has pg_dump, for a server of that version, and docker.

    Raises: Unavailable: it has not.
    """
    docker = shutil.which("docker")
    if docker is None:
        raise Unavailable("scripts run on this machine, which has no program docker")
    try:
        local = resolve("postgres", {})
    except BinaryMissing:
        local = None
    # pg_dump refuses servers of a newer major version than its own.
    if local is None or _major(local.identity.version) < _major(version):
        raise Unavailable(
            f"scripts run on this machine, which has no pg_dump for PostgreSQL {version}",
            f"Install the programs of PostgreSQL {_major(version)}.",
        )
    return (local.program.parent, Path(docker).parent)


def _major(version: str) -> int:
    return int(version.partition(".")[0])
