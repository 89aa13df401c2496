"""What is the same of a drill's servers, whatever runs them: who they are, and their end."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Generic, TypeVar

from harness.core.errors import CommandFailed, DrillError
from harness.core.ports import Cleanup, Completed, Endpoint, Service
from harness.core.redact import Redactor
from harness.runtime import processes
from harness.runtime.workdir import DrillDirectory

S = TypeVar("S", bound=Service)

KILLED_BELOW = " was terminated by signal 9"
"""How PostgreSQL tells that one of its processes was killed. Source: 17, postmaster.c."""


class DrillStack(ABC, Generic[S]):
    """The services of one drill, and for those that cannot run here the reason why not."""

    def __init__(
        self,
        drill: DrillDirectory,
        services: Mapping[str, S],
        missing: Mapping[str, str],
        secrets: Collection[str],
    ) -> None:
        self._drill = drill
        self._services = services
        self._missing = missing
        self._secrets = tuple(secrets)
        self._cleanup: Cleanup | None = None

    @property
    def services(self) -> Mapping[str, S]:
        """Services by store, in the order the guide starts them."""
        return MappingProxyType(self._services)

    @property
    def missing(self) -> Mapping[str, str]:
        """Stores that cannot run here, each with its reason."""
        return MappingProxyType(self._missing)

    @property
    def secrets(self) -> Collection[str]:
        """Every password of its servers, which no output may show."""
        return self._secrets

    @property
    def directory(self) -> Path:
        """The drill's private directory on this machine."""
        return self._drill.path

    @abstractmethod
    def stopped(self) -> list[str]:
        """Name what of the drill somebody has stopped or paused."""

    def halted(self) -> list[str]:
        """Name what of the drill somebody has stopped or paused, and its servers killed."""
        killed = [server.killed() for server in self._servers()]
        return self.stopped() + [name for name in killed if name]

    @abstractmethod
    def _servers(self) -> Iterable["DrillServer"]:
        """Return the services as what runs here."""

    def close(self) -> Cleanup:
        """Remove everything of the drill, its directory last; safe to call twice."""
        if self._cleanup is None:
            removed, left = processes.kill_all(self._processes())
            ended = self._end()
            removed += ended.removed
            left += ended.left
            try:
                self._drill.remove()
                removed.append(str(self._drill.path))
            except DrillError as error:
                left.append(f"{self._drill.path}: {error.message}")
            self._cleanup = Cleanup(tuple(removed), tuple(left))
        return self._cleanup

    @abstractmethod
    def _end(self) -> Cleanup:
        """End the servers, of which no process on this machine is left."""

    def _processes(self) -> processes.Find:
        return processes.of_drill(self._drill.drill_id, self._drill.path)


class DrillServer(ABC):
    """What is the same of one server of a drill."""

    store: str
    _redactor: Redactor

    @abstractmethod
    def killed(self) -> str:
        """Name what somebody else than the drill has killed of it, or nothing."""

    @property
    @abstractmethod
    def is_running(self) -> bool:
        """Whether it runs."""

    @property
    @abstractmethod
    def address(self) -> Endpoint:
        """Where it answers, or will answer once it is started."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers. Raises: DrillError: it is not running."""
        if not self.is_running:
            raise DrillError(f"{self.store} is not running")
        return self.address

    def _masked(self, completed: Completed, *, check: bool) -> Completed:
        """Return what came of a client program, without a secret.

        Raises: CommandFailed: it failed, and that is checked.
        """
        shown = tuple(map(self._redactor.text, completed.argv))
        said = [self._redactor.text(text) for text in (completed.stdout, completed.stderr)]
        if check and completed.status:
            raise CommandFailed(shown, completed.status, self.store, *said)
        return Completed(shown, completed.status, *said)
