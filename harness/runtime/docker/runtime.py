"""Makes stacks of containers on the engine that answers."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from docker.errors import APIError
from testcontainers.core.network import Network

from harness.core.errors import DrillError, UsageError
from harness.core.interruption import uninterrupted
from harness.core.platform import Platform
from harness.core.ports import STORES, ComposeFile, ServerIdentity
from harness.core.redact import Redactor
from harness.runtime import workdir
from harness.runtime.docker import images as known
from harness.runtime.docker import marks, reaper
from harness.runtime.docker.compose import source
from harness.runtime.docker.compose.bound import Machine
from harness.runtime.docker.compose.composition import Composition
from harness.runtime.docker.compose.program import resolve
from harness.runtime.docker.compose.project import ComposeProject
from harness.runtime.docker.engine import CLIENT_SETTINGS, LOOPBACK, Engine, explain
from harness.runtime.docker.images import HELPER, Image, ImageMissing
from harness.runtime.docker.launch import LAUNCHES, Launch, hub_beside
from harness.runtime.docker.lease import Lease
from harness.runtime.docker.service import ContainerService, Ground
from harness.runtime.docker.stack import DockerStack
from harness.runtime.docker.starting import ImageStarter
from harness.runtime.embedded.hub import HubService, command_of, hub_program, lacking
from harness.runtime.embedded.service import Surroundings


class DockerRuntime:
    """Runs the platform's images.

    `images` maps stores, `helper` and `hub` to images, before the environment's and the default
    ones; `pull` is never, missing or always; `hub_command` runs a real hub as a process, whatever
    image there is for it.
    """

    name = "docker"

    def __init__(
        self,
        why: str,
        images: Mapping[str, str] | None = None,
        pull: str = "missing",
        hub_command: Sequence[str] = (),
        compose: ComposeFile | None = None,
        *,
        platform: Platform,
    ) -> None:
        """Find the engine and the images; nothing is pulled or started.

        Raises: UsageError: no engine answers, there is no helper image, or the compose file is
        not one for a drill. Unavailable: this machine has no program for compose files.
        """
        self._why = why
        self._platform = platform
        self._hub_command = command_of(platform, hub_command)
        # What no program should read is told before one does.
        lines = source.judged(compose) if compose else {}
        with Engine() as engine:
            self._version = engine.version
            self._data_root = _data_root(engine)
            self._composition = compose and Composition.of(
                compose, resolve(compose.path), lines, _machine(engine)
            )
            wanted = {**(images or {}), **(self._composition.images if self._composition else {})}
            roles = [
                role
                for role in known.roles(wanted, of_hub=not hub_command)
                if role in (*platform.stores, HELPER)
            ]
            self._images, self._missing = _resolve(engine, roles, wanted, pull)
            if "hub" in platform.stores and (lack := lacking(platform, self._missing)):
                self._missing["hub"] = lack
                self._images.pop("hub", None)
            for role, image in self._images.items() if self._composition else ():
                # A mistake in the file shows before anything is started; where the data lies, only
                # an image that is there can tell.
                if role != HELPER and image.is_present:
                    self._launch(image, dict.fromkeys(STORES, ""))

    @property
    def why(self) -> str:
        """Why this runtime was taken, and whether it runs other images than the platform does."""
        built = [image.role for image in self._images.values() if image.is_built_here]
        said = f"; images built on this machine for {', '.join(built)}" if built else ""
        if self._composition:
            stores = ", ".join(self._composition.services)
            said += f"; {stores} as {self._composition.path.name} has them"
        return f"{self._why}, Docker {self._version}{said}"

    def servers(self) -> tuple[ServerIdentity, ...]:
        """Return which images it would run."""
        identities = [image.identity for role, image in self._images.items() if role != HELPER]
        if self._is_hub_a_process():
            identities.append(hub_program(self._hub_command).identity)
        return tuple(identities)

    def missing(self) -> Mapping[str, str]:
        """Return the stores it has no image for, each with its reason."""
        return self._missing

    def disks(self) -> tuple[Path, ...]:
        """Return where the drills' directories are made, and the engine's own if it is here."""
        return (workdir.base_directory(), *self._data_root)

    def open(self, drill_id: str, secrets: Mapping[str, str], logs: Path) -> DockerStack:
        """Remove what killed drills left, pull what is absent and prepare a stack.

        Raises: DrillError: an image cannot be pulled, or the network or a directory not be made;
        nothing of the drill is left then. Unresponsive: the engine stopped answering.
        """
        engine = Engine()
        reaper.remove_abandoned(engine)
        workdir.clean(on_engine=True)
        engine.start_ryuk()
        images = {role: known.ensure(engine, image) for role, image in self._images.items()}
        drill = workdir.create(drill_id, on_engine=True)
        lease: Lease | None = None
        try:
            logs.mkdir(parents=True, exist_ok=True)
            telling = [*secrets.values()]
            composition, project = self._composition, None
            if composition:
                project = ComposeProject(engine, composition, drill_id, drill.path)
                secrets = {**secrets, **composition.secrets}
                telling += composition.telling_secrets
            helper, labels = images[HELPER], marks.labels(drill_id, drill.path)
            lease = Lease(engine, helper.reference, drill_id, labels)
            network, redactor = _network(drill_id, labels), Redactor(telling)
            ground = Ground(engine, network, helper, drill_id, labels, secrets, redactor, logs)
            containers = {
                role: self._service(ground, images, role, project)
                for role in STORES
                if role in images
            }
            hub = None
            if self._is_hub_a_process() and self._platform.hub:
                surroundings = Surroundings(drill_id, drill.path, logs, secrets)
                program = hub_program(self._hub_command)
                hub = HubService(
                    surroundings,
                    program,
                    self._hub_command,
                    containers,
                    self._platform.hub,
                )
            return DockerStack(
                engine,
                drill,
                containers,
                hub,
                self._missing,
                lease=lease,
                secrets=telling,
                helper_image=helper.reference,
            )
        except (OSError, APIError, DrillError, KeyboardInterrupt) as error:
            with uninterrupted():
                if lease:
                    lease.end()
                try:
                    reaper.remove_drill(engine, drill_id)
                finally:
                    drill.remove()
            if isinstance(error, DrillError | KeyboardInterrupt):
                raise
            raise DrillError(f"cannot prepare the drill {drill_id}: {explain(error)}") from None

    def _is_hub_a_process(self) -> bool:
        return "hub" in self._platform.stores and not {"hub"} & (
            self._images.keys() | self._missing.keys()
        )

    def _service(
        self,
        ground: Ground,
        images: Mapping[str, Image],
        role: str,
        project: ComposeProject | None,
    ) -> ContainerService:
        image, launch = images[role], self._launch(images[role], ground.secrets)
        composition = self._composition
        told: Mapping[str, str] = {}
        if role == "hub" and self._platform.hub:
            stores = [s for s in self._platform.stores if s in images and s != role]
            beside = {store: self._launch(images[store], ground.secrets) for store in stores}
            launch = hub_beside(self._platform.hub, beside, ground.secrets)
            told = launch.environment
        if composition and project and role in composition.services:
            image = composition.say_origin(image)
            return ContainerService(ground, image, launch, project.starter(image, launch, told))
        return ContainerService(ground, image, launch, ImageStarter(image.reference, launch))

    def _launch(self, image: Image, secrets: Mapping[str, str]) -> Launch:
        if self._composition and image.role in self._composition.services:
            return self._composition.launch(image, secrets)
        return LAUNCHES[image.role](image, secrets)


def _data_root(engine: Engine) -> list[Path]:
    """Return the directory of the engine's volumes, if it is this machine's."""
    root = Path(engine.client.info()["DockerRootDir"])
    return [root] if engine.host == LOOPBACK and root.is_dir() else []


def _machine(engine: Engine) -> Machine:
    """Return the machine whose files a compose file binds."""
    address = os.environ.get("DOCKER_HOST", "")
    sockets = [address.removeprefix("unix://")] if address.startswith("unix://") else []
    return Machine((str(engine.client.info()["DockerRootDir"]), *sockets), engine.host == LOOPBACK)


def _network(drill_id: str, labels: dict[str, str]) -> Network:
    network = Network(dict(CLIENT_SETTINGS), {"labels": labels})
    network.name = marks.name(drill_id)
    return network.create()


def _resolve(
    engine: Engine, roles: Sequence[str], settings: Mapping[str, str], pull: str
) -> tuple[dict[str, Image], dict[str, str]]:
    found: dict[str, Image] = {}
    missing: dict[str, str] = {}

    def find(role: str) -> Image | ImageMissing:
        try:
            return known.find(engine, role, settings, pull)
        except ImageMissing as reason:
            return reason

    # Each may ask a registry.
    with ThreadPoolExecutor(len(roles)) as seekers:
        for role, image in zip(roles, seekers.map(find, roles), strict=True):
            if isinstance(image, Image):
                found[role] = image
            else:
                missing[role] = str(image)
    if HELPER in missing:
        raise UsageError(
            f"no image to work on volumes with: {missing[HELPER]}",
            "Name one that has sh, tar and gzip in DRILL_HELPER_IMAGE, or run images/build.",
        )
    return found, missing
