"""The platform's services for one drill: containers on a private network, volumes of their own."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from docker.errors import DockerException
from requests import RequestException

from harness.core.errors import DrillError, Unavailable
from harness.core.ports import Cleanup, Service
from harness.runtime import processes
from harness.runtime.docker import consumption, lease, reaper
from harness.runtime.docker.engine import ENGINE, Engine, explain
from harness.runtime.docker.lease import Lease
from harness.runtime.docker.marks import DRILL_LABEL
from harness.runtime.docker.service import ContainerService
from harness.runtime.embedded.binaries import BinaryMissing, resolve
from harness.runtime.embedded.hub import HubService
from harness.runtime.workdir import DrillDirectory


class DockerStack:
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
        self._engine = engine
        self._drill = drill
        self._lease = lease
        self.containers = containers
        self._hub = hub
        self._missing = missing
        self._secrets = tuple(secrets)
        self._helper_image = helper_image
        self._label = f"{DRILL_LABEL}={drill.drill_id}"
        self._is_scripted = False
        self._excused: set[str] = set()
        for service in containers.values():
            service.excused = self._excused
        self._cleanup: Cleanup | None = None

    @property
    def services(self) -> Mapping[str, Service]:
        """Services by store, in the order the guide starts them."""
        process = {"hub": self._hub} if self._hub is not None else {}
        return MappingProxyType({**self.containers, **process})

    @property
    def missing(self) -> Mapping[str, str]:
        """Stores that cannot run here, each with its reason."""
        return MappingProxyType(self._missing)

    @property
    def secrets(self) -> Sequence[str]:
        """Every password of its servers, which no output may show."""
        return self._secrets

    @property
    def directory(self) -> Path:
        """The drill's private directory on this machine."""
        return self._drill.path

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
        found = processes.halted(processes.of_drill(self._drill.drill_id, self._drill.path))
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

    def halted(self) -> list[str]:
        """Name the drill's processes and containers that somebody has stopped, paused or killed."""
        killed = [service.killed() for service in self.containers.values()]
        killed += [self._hub.killed()] if self._hub is not None else []
        return self.stopped() + [name for name in killed if name]

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
        """Remove the drill's containers, volumes, network, processes and directory; safe twice."""
        if self._cleanup is None:
            self._cleanup = self._close()
        return self._cleanup

    def _close(self) -> Cleanup:
        search = processes.of_drill(self._drill.drill_id, self._drill.path)
        removed, left = processes.kill_all(search)
        if self._hub is not None and not self._hub.reap():
            left.append("hub")
        self._lease.end()
        try:
            for service in self.containers.values():
                with suppress(OSError):
                    service.keep_log()
            reaped = reaper.remove_drill(self._engine, self._drill.drill_id)
            removed += reaped.removed
            left += reaped.left
        except (DockerException, RequestException) as error:
            left.append(f"containers of {self._drill.drill_id}: {explain(error)}")
        try:
            self._drill.remove()
            removed.append(str(self._drill.path))
        except DrillError as error:
            left.append(f"{self._drill.path}: {error.message}")
        self._engine.close()
        return Cleanup(tuple(removed), tuple(left))


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
