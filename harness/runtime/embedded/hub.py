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

PYTHON = "{python}"
"""Stands in a command for the Python that runs the drill."""


class Addressed(Protocol):
    """A store that the hub works with, wherever it runs."""

    @property
    def address(self) -> Endpoint:
        """Where it answers, or will answer once it is started."""


class HubService(EmbeddedService):
    """The volume is its configuration directory. `command` runs it: the platform's `own`, which is
    told there where everything is, or a real hub in its place, which is told the same.
    """

    store = "hub"

    def __init__(
        self,
        surroundings: Surroundings,
        server: Server,
        command: Sequence[str],
        stores: Mapping[str, Addressed],
        own: HubProgram,
    ) -> None:
        super().__init__(surroundings, server)
        self._command = command
        self._stores = stores
        self._own = own

    def argv(self) -> Sequence[str]:
        """Return the hub's command."""
        return [sys.executable if word == PYTHON else word for word in self._command]

    def works_in(self) -> Path:
        """Return the project of a real hub: its own folder, or where the harness was started."""
        if tuple(self._command) == self._own.command:
            return Path(self._own.folder).absolute()
        return Path.cwd()

    def environ(self) -> Mapping[str, str]:
        """Return where everything is at this moment."""
        place = {"port": str(self.address.port), "config": self.volume.name}
        endpoints = {store: service.address for store, service in self._stores.items()}
        asked = addresses.filled(self._own.environment, endpoints, place)
        # A hub of the harness's own Python finds what imports here.
        found = {"PYTHONPATH": _python_path()} if PYTHON in self._command else {}
        return {**environment.of_a_project(), **found, **asked}


def lacking(platform: Platform, missing: Container[str]) -> str:
    """Return why a platform's hub cannot run where these stores are missing; empty if it can.

    It needs the stores that it names, or else the services that it is to say are well, or every
    store.
    """
    hub = platform.hub
    every = tuple(store for store in platform.stores if store != "hub")
    needs = (hub.needs or hub.services or every) if hub else every
    lack = [store for store in needs if store in missing]
    return f"it needs {' and '.join(lack)}, missing here" if lack else ""


def command_of(platform: Platform, real: Sequence[str]) -> tuple[str, ...]:
    """Return the command of a hub: of a real one in place of the platform's, or of that."""
    return tuple(real) or (platform.hub.command if platform.hub else ())


def hub_program(command: Sequence[str]) -> Server:
    """Identify the hub by the program of its command, or by its source files where the Python that
    runs the drill runs it.

    Raises: UsageError: there is no such program.
    """
    if command[0] == PYTHON:
        return _module(command[-1])
    return _real(command[0])


def _module(dotted: str) -> Server:
    """Identify a hub by the digest over its source files, in order of their names."""
    digest = hashlib.sha256()
    folder = Path(harness.__file__).parents[1].joinpath(*dotted.split("."))
    for file in sorted(folder.glob("*.py")):
        digest.update(file.read_bytes())
    return Server(
        Path(sys.executable),
        ServerIdentity(
            "hub", "reference hub", harness.__version__, digest.hexdigest(), f"module {dotted}"
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
