"""The platform's services for one drill, as child processes in one private directory."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from harness.core.errors import Unavailable
from harness.core.interruption import uninterrupted
from harness.core.platform import Platform
from harness.core.ports import Cleanup, ServerIdentity
from harness.runtime import processes, workdir
from harness.runtime.drill_stack import DrillStack
from harness.runtime.embedded import isolation, no_docker
from harness.runtime.embedded.binaries import BinaryMissing, Server, resolve
from harness.runtime.embedded.hub import HubService, command_of, hub_program, lacking
from harness.runtime.embedded.meilisearch import MeilisearchService
from harness.runtime.embedded.nats import NatsService
from harness.runtime.embedded.postgres import PostgresService
from harness.runtime.embedded.redis import RedisService
from harness.runtime.embedded.service import EmbeddedService, Surroundings

SERVICES = (PostgresService, NatsService, MeilisearchService, RedisService)


class EmbeddedStack(DrillStack[EmbeddedService]):
    """Services as child processes."""

    @property
    def helper_image(self) -> str:
        """A name that no image has: nothing runs in containers."""
        return "no-image"

    @property
    def script_path(self) -> tuple[Path, ...]:
        """Where scripts find PostgreSQL's programs, and a `docker` that refuses."""
        programs = self._services["postgres"].programs
        return (programs, no_docker.install(self.directory / "no-docker"))

    def stopped(self) -> list[str]:
        """Name the drill's processes that somebody has stopped."""
        return processes.halted(self._processes())

    def _servers(self) -> Iterable[EmbeddedService]:
        return self._services.values()

    def scripted(self) -> AbstractContextManager[None]:
        """Run a script meanwhile; who killed a process, no system tells afterwards."""
        return nullcontext()

    def _end(self) -> Cleanup:
        left = [store for store, service in self._services.items() if not service.reap()]
        return Cleanup((), tuple(left))


class EmbeddedRuntime:
    """Makes stacks of child processes.

    `binaries` maps stores to programs (for postgres, a directory of programs), before anything
    that is found otherwise; `hub_command` runs a real hub in place of the reference one. Of the
    stores only those of the platform are run.
    """

    name = "embedded"

    def __init__(
        self,
        why: str,
        binaries: Mapping[str, str] | None = None,
        hub_command: Sequence[str] = (),
        *,
        platform: Platform,
    ) -> None:
        self._why = why
        self._platform = platform
        self._binaries = dict(binaries or {})
        self._hub_command = command_of(platform, hub_command)

    @property
    def why(self) -> str:
        """Why this runtime was taken."""
        return self._why

    def servers(self) -> tuple[ServerIdentity, ...]:
        """Return which programs it would run. Raises: UsageError: a setting names none."""
        found, missing = self._resolve()
        identities = [server.identity for server in found.values()]
        if "hub" in self._platform.stores and "hub" not in missing:
            identities.append(hub_program(self._hub_command).identity)
        return tuple(identities)

    def missing(self) -> Mapping[str, str]:
        """Return the stores it cannot run, each with its reason."""
        return self._resolve()[1]

    def disks(self) -> tuple[Path, ...]:
        """Return where the drills' directories are made."""
        return (workdir.base_directory(),)

    def open(self, drill_id: str, secrets: Mapping[str, str], logs: Path) -> EmbeddedStack:
        """Prepare a stack; nothing is started.

        Raises: UsageError: a setting names no program. Unavailable: the platform is to be cut off
        from this machine, which cannot do that. DrillError: a directory cannot be made;
        nothing of the drill is left then.
        """
        servers, missing = self._resolve()
        is_isolated = self._platform.is_isolated
        if is_isolated and (refused := isolation.refused()):
            raise Unavailable(refused, isolation.hint())
        if "hub" in self._platform.stores and "hub" not in missing:
            servers["hub"] = hub_program(self._hub_command)
        drill = workdir.create(drill_id)
        try:
            logs.mkdir(parents=True, exist_ok=True)
            surroundings = Surroundings(drill_id, drill.path, logs, secrets, is_isolated)
            services: dict[str, EmbeddedService] = {
                kind.store: kind(surroundings, servers[kind.store])
                for kind in SERVICES
                if kind.store in servers
            }
            if "hub" in servers and self._platform.hub:
                services["hub"] = HubService(
                    surroundings,
                    servers["hub"],
                    self._hub_command,
                    dict(services),
                    self._platform.hub,
                )
            return EmbeddedStack(drill, services, missing, tuple(secrets.values()))
        except KeyboardInterrupt:
            with uninterrupted():
                drill.remove()
            raise
        except OSError as error:
            drill.remove()
            raise workdir.unusable(Path(error.filename or drill.path), error) from None

    def _resolve(self) -> tuple[dict[str, Server], dict[str, str]]:
        servers: dict[str, Server] = {}
        missing: dict[str, str] = {}
        stores = self._platform.stores
        for kind in SERVICES:
            if kind.store not in stores:
                continue
            try:
                servers[kind.store] = resolve(kind.store, self._binaries)
            except BinaryMissing as reason:
                missing[kind.store] = str(reason)
        if "hub" in stores and (lack := lacking(self._platform, missing)):
            missing["hub"] = lack
        return servers, missing
