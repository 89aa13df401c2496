"""A container that does nothing but hold volumes, so that commands can work on them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.types import Mount

from harness.core.errors import DrillError
from harness.core.ports import Completed
from harness.runtime.docker import consumption, streams
from harness.runtime.docker.engine import Engine, explain

_DOES_NOTHING = ("tail", "-f", "/dev/null")


class Sidecar:
    """Started at its first command, and kept until it is removed: starting takes most of the time.

    A volume that it mounts cannot be removed while it lives.
    """

    def __init__(
        self,
        engine: Engine,
        image: str,
        name: str,
        labels: Mapping[str, str],
        mounts: Sequence[Mount],
    ) -> None:
        self._engine = engine
        self._image = image
        self._name = name
        self._labels = labels
        self._mounts = mounts
        self._container: Container | None = None
        self._starting = Lock()

    @property
    def container(self) -> Container:
        """The running container. Raises: DrillError: it cannot be started."""
        with self._starting:
            if self._container is None:
                self._container = self._start()
            return self._container

    def execute(
        self, *argv: str, stdin: Path | None = None, stdout: Path | None = None
    ) -> Completed:
        """Run a command in it. Raises: DrillError: it cannot be run."""
        return streams.execute(self.container, argv, stdin=stdin, stdout=stdout)

    def killed(self) -> str:
        """Name it if somebody else has killed or removed it."""
        with self._starting:
            return consumption.lost(self._container, is_endless=True)

    def remove(self) -> None:
        """Remove it, if it was ever started."""
        with self._starting:
            if self._container is None:
                return
            try:
                self._container.remove(force=True, v=True)
            except NotFound:
                pass
            except APIError as error:
                raise DrillError(f"cannot remove {self._name}: {explain(error)}") from None
            self._container = None

    def _start(self) -> Container:
        try:
            container = self._engine.testcontainers.create(
                self._image,
                command=[*_DOES_NOTHING],
                labels=dict(self._labels),
                name=self._name,
                entrypoint=[],
                user="0:0",
                network_mode="none",
                network=None,
                mounts=[*self._mounts],
            )
            container.start()
        except APIError as error:
            raise DrillError(
                f"cannot start a container of {self._image}: {explain(error)}"
            ) from None
        return container
