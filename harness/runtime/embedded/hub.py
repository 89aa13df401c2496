"""The hub, addressed to the other services by its environment: the reference one or a real one."""

import hashlib
import os
import shutil
import sys
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import harness
from harness.core import addresses, environment
from harness.core.errors import UsageError
from harness.core.platform import HubProgram, Platform
from harness.core.ports import Endpoint, ServerIdentity
from harness.runtime.embedded.binaries import Server
from harness.runtime.embedded.service import EmbeddedService, Surroundings

REFERENCE = "harness.hub"
HUB_NEEDS = ("postgres", "nats", "redis")
"""The stores without which no hub starts; it runs without Meilisearch."""


class Addressed(Protocol):
    """A store that the hub works with, wherever it runs."""

    @property
    def address(self) -> Endpoint:
        """Where it answers, or will answer once it is started."""


class HubService(EmbeddedService):
    """The volume is its configuration directory. `command`, where there is one, runs a real hub,
    which is told where everything is as a platform's `own` says, or else in our words.
    """

    store = "hub"

    def __init__(
        self,
        surroundings: Surroundings,
        server: Server,
        command: Sequence[str],
        stores: Mapping[str, Addressed],
        own: HubProgram | None = None,
    ) -> None:
        super().__init__(surroundings, server)
        self._command = command
        self._stores = stores
        self._own = own

    def argv(self) -> Sequence[str]:
        """Return the hub's command."""
        return self._command or (sys.executable, "-m", REFERENCE)

    def works_in(self) -> Path:
        """Return the project of a real hub: its own folder, or where the harness was started."""
        if self._own:
            return Path(self._own.folder).absolute()
        return Path.cwd() if self._command else super().works_in()

    def environ(self) -> Mapping[str, str]:
        """Return where everything is at this moment."""
        if self._own:
            place = {"port": str(self.address.port), "config": self.volume.name}
            endpoints = {store: service.address for store, service in self._stores.items()}
            asked = addresses.filled(self._own.environment, endpoints, place)
            return {**environment.of_a_project(), **asked}
        postgres, nats, redis = (self._stores[store].address for store in HUB_NEEDS)
        environ = {
            # A real hub finds its own tools and settings; the reference hub what imports here.
            **(environment.of_a_project() if self._command else {"PYTHONPATH": _python_path()}),
            "HUB_PORT": str(self.address.port),
            "HUB_CONFIG_DIR": self.volume.name,
            "HUB_POSTGRES_HOST": postgres.host,
            "HUB_POSTGRES_PORT": str(postgres.port),
            "HUB_POSTGRES_USER": postgres.user,
            "HUB_POSTGRES_PASSWORD": postgres.secret,
            "HUB_POSTGRES_DATABASE": postgres.database,
            "HUB_NATS_HOST": nats.host,
            "HUB_NATS_PORT": str(nats.port),
            "HUB_NATS_TOKEN": nats.secret,
            "HUB_REDIS_HOST": redis.host,
            "HUB_REDIS_PORT": str(redis.port),
            "HUB_REDIS_PASSWORD": redis.secret,
        }
        if "meilisearch" in self._stores:
            at = self._stores["meilisearch"].address
            environ |= {"HUB_MEILISEARCH_URL": at.http_url, "HUB_MEILISEARCH_KEY": at.secret}
        return environ


def lacking(platform: Platform, missing: Container[str]) -> str:
    """Return why a platform's hub cannot run where these stores are missing; empty if it can.

    A hub of another platform needs the services that it is to say are well, or else every store.
    """
    needs: Sequence[str] = HUB_NEEDS
    if not platform.is_ours:
        services = platform.hub.services if platform.hub else ()
        needs = services or [store for store in platform.stores if store != "hub"]
    lack = [store for store in needs if store in missing]
    return f"it needs {' and '.join(lack)}, missing here" if lack else ""


def hub_program(command: Sequence[str]) -> Server:
    """Identify the hub: the program of `command`, or the reference hub by its source files.

    Raises: UsageError: there is no such program.
    """
    return _real(command[0]) if command else _reference()


def _reference() -> Server:
    """Identify the reference hub by the digest over its source files, in order of their names."""
    digest = hashlib.sha256()
    for file in sorted((Path(harness.__file__).parent / "hub").glob("*.py")):
        digest.update(file.read_bytes())
    return Server(
        Path(sys.executable),
        ServerIdentity(
            "hub", "reference hub", harness.__version__, digest.hexdigest(), f"module {REFERENCE}"
        ),
    )


def _real(program: str) -> Server:
    """Identify a hub of the user's. Raises: UsageError: there is no such program."""
    found = shutil.which(program)
    if found is None:
        raise UsageError(
            f"hub_command: there is no program {program!r}", "Name one by its path or on PATH."
        )
    with Path(found).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Server(
        Path(found), ServerIdentity("hub", Path(found).name, "unknown", digest, "hub_command")
    )


def _python_path() -> str:
    # The package may be run from its source tree without being installed.
    source = str(Path(harness.__file__).parents[1])
    return os.pathsep.join(filter(None, [source, *sys.path]))
