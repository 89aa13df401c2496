"""The life of one server of a drill in containers: a new one at each start, on the same volume."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import requests
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from docker.types import Mount
from testcontainers.core.network import Network

from harness.core.errors import DrillError
from harness.core.patience import KILLED_WITHIN_SECONDS, Unresponsive, Work
from harness.core.ports import Completed, Endpoint, ServerIdentity
from harness.core.redact import Redactor
from harness.runtime.docker import consumption, marks, streams, transfer
from harness.runtime.docker.engine import Engine, EngineSilent, explain, silence
from harness.runtime.docker.images import Image
from harness.runtime.docker.launch import Launch
from harness.runtime.docker.sidecar import Sidecar
from harness.runtime.docker.starting import Berth, PortTaken, Starter
from harness.runtime.docker.volume import NamedVolume
from harness.runtime.drill_stack import KILLED_BELOW, DrillServer
from harness.runtime.embedded.process import free_port

_LOG_LINES = 1_000
_LAST_LINES = 15

SCRATCH = "/tmp/drill-scratch"  # noqa: S108 - a volume of its own, in a container


@dataclass(frozen=True, slots=True)
class Ground:
    """What the services of one drill share. `labels` are on all that is made for them, `helper` is
    the image that works on volumes, and `secrets` holds the stores' passwords; `redactor` masks
    those that can be told from words.
    """

    engine: Engine
    network: Network
    helper: Image
    drill_id: str
    labels: dict[str, str]
    secrets: Mapping[str, str]
    redactor: Redactor
    logs: Path


class ContainerService(DrillServer):
    """A server as a container, its data in a named volume, its log kept over all of its starts.

    `excused` are containers that the scenario itself has stopped or killed.
    """

    def __init__(self, ground: Ground, image: Image, launch: Launch, starter: Starter) -> None:
        self.store = image.role
        self._engine = engine = ground.engine
        self._network = ground.network
        self._image = image
        self._launch = launch
        self._starter = starter
        self._secret = ground.secrets.get(image.role, "")
        self._redactor = ground.redactor
        self._log = ground.logs / f"{image.role}.log"
        self._log.touch()
        self._name = marks.name(ground.drill_id, image.role)
        self._labels = ground.labels
        self.excused: Collection[str] = ()
        self._container: Container | None = None
        self._is_ending = False
        self._port: int | None = None
        self._scratch_is_open = False
        self._volume = NamedVolume(
            engine,
            ground.helper.reference,
            self._name,
            self._labels,
            note=self._note,
            is_in_use=lambda: self.is_running,
        )
        # Where client programs work while the server does not run.
        self._bench = Sidecar(
            engine, image.reference, f"{self._name}-clients", self._labels, [self._scratch_mount()]
        )

    @property
    def volume(self) -> NamedVolume:
        """Its durable data."""
        return self._volume

    @property
    def identity(self) -> ServerIdentity:
        """Which image it is, and which server in there."""
        return self._image.identity

    @property
    def scratch(self) -> str:
        """A volume of its own for what client programs read and write."""
        return SCRATCH

    @property
    def log(self) -> Path:
        """What it printed, over all of its starts; of a server that died, up to its end."""
        if not self.is_running:
            self._discard()
        return self._log

    @property
    def said(self) -> str:
        """The last lines that it printed since it was started."""
        container = self._container
        if container is None:
            return ""
        with suppress(NotFound):
            printed = container.logs(tail=_LAST_LINES).decode(errors="replace")
            return self._redactor.text(printed)
        return ""

    @property
    def is_running(self) -> bool:
        """Whether its container runs."""
        container = self._container
        if container is None:
            return False
        try:
            container.reload()
        except NotFound:
            return False
        return bool(container.attrs["State"]["Running"])

    @property
    def is_wanted(self) -> bool:
        """Whether the drill has started it and not begun to end it."""
        return self._container is not None and not self._is_ending

    @property
    def address(self) -> Endpoint:
        """Where it answers, or will answer once it is started unless that port gets taken."""
        if self._port is None:
            self._port = free_port()
        launch = self._launch
        return Endpoint(self._engine.host, self._port, launch.user, self._secret, launch.database)

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it, published on its former port if that is still free.

        Raises: DrillError: the engine cannot start it.
        """
        if self.is_running:
            return
        self._discard()
        self._bench.remove()
        self._is_ending = False
        try:
            try:
                self._start(self._port, environment or {})
            except PortTaken:
                self._discard()
                self._start(None, environment or {})
        except (requests.RequestException, OSError) as error:
            if isinstance(error, EngineSilent):
                raise
            raise silence(f"start {self._name}: {self._redactor.text(str(error))}") from error
        except DockerException as error:
            self._discard()
            raise DrillError(
                f"{self.store}: the engine cannot start {self._image.reference}: "
                f"{self._redactor.text(explain(error))}"
            ) from None

    def stop(self) -> None:
        """Stop it in order; one that does not obey in time is killed.

        Raises: Unresponsive: somebody had halted it, so that it could not obey; it is killed.
        """
        halted = self.killed()
        if self._container is not None and self._container.id not in self.excused:
            halted = halted or consumption.halted_in(self._container)
        if halted:
            self.kill()
            raise Unresponsive(f"{self.store} could not be stopped in order: {halted} does nothing")
        self._is_ending = True
        if self.is_running:
            within_seconds = self._launch.stops_within_seconds
            self._running().stop(timeout=within_seconds)
        self._discard()

    def kill(self) -> None:
        """Kill all of its processes and wait until they are gone."""
        self._is_ending = True
        if self.is_running:
            try:
                self._running().kill()
                self._running().wait(timeout=KILLED_WITHIN_SECONDS)
            except APIError as error:
                if self.is_running:
                    raise DrillError(f"{self.store}: cannot be killed: {explain(error)}") from None
        self._discard()

    def work(self) -> Work:
        """Return what its container has consumed so far."""
        return consumption.of(self._container) if self._container is not None else Work()

    def killed(self) -> str:
        """Name what somebody else has killed or removed of it and of what works beside it."""
        beside = self._bench.killed() or self._volume.sidecar.killed()
        container = self._container
        if container is None or self._is_ending or container.id in self.excused:
            return beside
        if lost := consumption.lost(container):
            return lost
        is_maimed = KILLED_BELOW.encode() in container.logs(tail=_LOG_LINES)
        return f"a process of {self._name} (killed)" if is_maimed else beside

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: Path | None = None,
        stdout: Path | None = None,
        check: bool = True,
        is_endless: bool = False,
    ) -> Completed:
        """Run a client program in the server's container. Raises: CommandFailed, DrillError."""
        beside, was_wanted = self._beside(), self.is_wanted
        try:
            completed = streams.execute(
                beside,
                argv,
                environment=self._launch.client_environment,
                directory=SCRATCH,
                user=self._launch.client_user,
                stdin=stdin,
                stdout=stdout,
                is_endless=is_endless,
            )
        except Unresponsive:
            if was_wanted and not self.is_wanted:
                raise DrillError(f"{self.store}: {argv[0]} ended with its server") from None
            raise
        return self._masked(completed, check=check)

    def fetch(self, name: str, target: Path) -> None:
        """Move `name` out of the scratch volume."""
        path = f"{SCRATCH}/{name}"
        beside = self._beside()
        transfer.fetch(beside, path, target)
        streams.execute(beside, ["rm", "-rf", path], user="root")

    def send(self, source: Path, name: str) -> None:
        """Copy a file or directory into the scratch volume."""
        beside, user = self._beside(), self._launch.client_user
        transfer.send(beside, source, SCRATCH, name)
        streams.execute(beside, ["chown", "-R", user, f"{SCRATCH}/{name}"], user="root")

    def keep_log(self) -> None:
        """Append to its log what its container has printed; closing the stack removes it."""
        if self._container is None:
            return
        try:
            with self._log.open("ab") as log:
                log.writelines(self._container.logs(stream=True, follow=False))
        except NotFound:
            self._note("its container was removed by somebody else")
        except requests.RequestException as error:
            raise silence(f"the log of {self._name}: {error}") from error

    def _start(self, published: int | None, environment: Mapping[str, str]) -> None:
        launch = self._launch
        berth = Berth(
            name=self._name,
            store=self.store,
            labels=self._labels,
            network=self._network,
            mounts=(self._volume.mounted_at(launch.data), self._scratch_mount()),
            bind_address=self._engine.bind_address,
            port=launch.port,
        )
        try:
            self._starter.start(berth, published, environment)
        finally:
            # One that could not be started is there nevertheless.
            with suppress(NotFound):
                self._container = self._engine.client.containers.get(self._name)
        found = self._engine.testcontainers.port(str(self._running().id), launch.port)
        self._port = int(found)

    def _scratch_mount(self) -> Mount:
        return Mount(SCRATCH, f"{self._name}-scratch", type="volume", labels=self._labels)

    def _running(self) -> Container:
        assert self._container is not None
        return self._container

    def _beside(self) -> Container:
        """Return a container that has the scratch volume, open to the server and its programs."""
        beside = self._running() if self.is_running else self._bench.container
        if not self._scratch_is_open:
            streams.execute(beside, ["chmod", "0777", SCRATCH], user="root")
            self._scratch_is_open = True
        return beside

    def _discard(self) -> None:
        """Keep the log of its container, if there is one, and remove it."""
        if self._container is None:
            return
        self.keep_log()
        # Whoever looks meanwhile does not take it for one that somebody else has removed.
        container, self._container = self._container, None
        with suppress(NotFound):
            container.remove(force=True, v=True)

    def _note(self, text: str) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"drill: {text.strip()}\n")
