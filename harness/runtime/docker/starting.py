"""A server's container is made and started: by testcontainers, or by whoever knows how else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from docker.errors import APIError
from docker.types import Mount
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from harness.runtime.docker.engine import CLIENT_SETTINGS, explain
from harness.runtime.docker.launch import Launch


class PortTaken(Exception):
    """The port that a container was to be published on is somebody else's by now."""


@dataclass(frozen=True, slots=True)
class Berth:
    """Where a server's container goes: under which name and labels, in the drill's network as
    `store`, with which volumes. Its `port` is published on the engine's `bind_address`.
    """

    name: str
    store: str
    labels: Mapping[str, str]
    network: Network
    mounts: tuple[Mount, ...]
    bind_address: str
    port: int


class Starter(Protocol):
    """Knows what a server's container is made from."""

    def start(self, berth: Berth, published: int | None, environment: Mapping[str, str]) -> None:
        """Make and start a container, published on this port, or on a free one.

        Raises: PortTaken, or DrillError, APIError: it cannot be started; it may be there
        nevertheless.
        """


class ImageStarter:
    """Starts a server from its image alone."""

    def __init__(self, reference: str, launch: Launch) -> None:
        self._reference = reference
        self._launch = launch

    def start(self, berth: Berth, published: int | None, environment: Mapping[str, str]) -> None:
        """Start it with testcontainers, which waits for nothing: a store's client does."""
        launch = self._launch
        size = launch.shared_memory_bytes
        container = (
            DockerContainer(self._reference, dict(CLIENT_SETTINGS))
            .with_name(berth.name)
            .with_envs(**launch.environment, **environment)
            .with_network(berth.network)
            .with_network_aliases(berth.store)
            .with_kwargs(
                labels=dict(berth.labels),
                mounts=[*berth.mounts],
                # The proxies of this machine's user lead nowhere from a drill's own network.
                use_config_proxy=False,
                **({"shm_size": size} if size else {}),
            )
        )
        if launch.command:
            container.with_command(launch.command)
        for path, content in launch.files.items():
            container.with_copy_into_container(content, path, 0o600)
        publication: Any = (berth.bind_address, published)
        container.ports[f"{berth.port}/tcp"] = publication
        try:
            container.start()
        except APIError as error:
            if published is not None and says_port_taken(explain(error)):
                raise PortTaken from None
            raise
        finally:
            container.get_docker_client().client.close()


def says_port_taken(said: str) -> bool:
    """Tell whether an engine's complaint is about the port."""
    return "port is already allocated" in said or "address already in use" in said
