"""A compose project of the drill's own: the services of a compose file, started one by one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from harness.core.errors import DrillError
from harness.runtime import processes
from harness.runtime.docker import marks
from harness.runtime.docker.compose import program
from harness.runtime.docker.compose.composition import Composition
from harness.runtime.docker.compose.rewriting import drill_file
from harness.runtime.docker.engine import Engine
from harness.runtime.docker.images import Image
from harness.runtime.docker.launch import Launch
from harness.runtime.docker.starting import Berth, PortTaken, says_port_taken

PROJECT_LABEL = "com.docker.compose.project"


class ComposeProject:
    """The project of one drill. `directory`, on this machine, gets the rewritten files."""

    def __init__(
        self, engine: Engine, composition: Composition, drill_id: str, directory: Path
    ) -> None:
        """Take a name. Raises: DrillError: the engine has anything of a project so named."""
        self._name = marks.name(drill_id)
        _refuse_existing(engine, self._name)
        self._engine = engine
        self._composition = composition
        self._directory = directory
        self._marks = processes.marks(drill_id, directory)
        # Two that start at once would both make the networks, whose names may be taken twice.
        self._starting = Lock()

    def starter(
        self, image: Image, launch: Launch, told: Mapping[str, str] | None = None
    ) -> "ComposeStarter":
        """Return what starts the service of the image's store, which is `told` more variables."""
        return ComposeStarter(self, image.reference, launch.data, told or {})

    def start(
        self,
        berth: Berth,
        published: int | None,
        environment: Mapping[str, str],
        *,
        image: str,
        data: str,
    ) -> None:
        """Start a store's service, and what it depends on beside the stores.

        Raises: PortTaken, DrillError.
        """
        services = self._composition.services
        name = services[berth.store]
        content = drill_file(
            self._composition.config,
            name,
            {*services.values()},
            berth,
            image=image,
            data=data,
            published=published,
            environment=environment,
        )
        for mount in berth.mounts:
            # Compose would put a mark of its own on what it makes, and complain of what we made.
            self._engine.client.volumes.create(mount["Source"], labels=dict(berth.labels))
        file = self._directory / f"compose-{berth.store}.yaml"
        file.touch(mode=0o600)
        # JSON is YAML without its traps.
        file.write_text(json.dumps(content, indent=2), encoding="utf-8")
        with self._starting:
            said = program.up(file, self._name, name, self._marks)
        if published is not None and says_port_taken(said):
            raise PortTaken
        if said:
            # Its words would not tell that the engine does not answer.
            self._engine.client.ping()
            raise DrillError(f"{berth.store}: compose cannot start the service {name}: {said}")


@dataclass(frozen=True, slots=True)
class ComposeStarter:
    """Starts one store's service in a project, from the image, the drill's volume at `data`."""

    project: ComposeProject
    image: str
    data: str
    told: Mapping[str, str] = field(default_factory=dict)

    def start(self, berth: Berth, published: int | None, environment: Mapping[str, str]) -> None:
        """Start it and what it depends on beside the stores. Raises: PortTaken, DrillError."""
        self.project.start(
            berth, published, {**self.told, **environment}, image=self.image, data=self.data
        )


def _refuse_existing(engine: Engine, project: str) -> None:
    """Raise a DrillError if the engine has anything of a compose project of this name."""
    filters: dict[str, str | list[str] | bool] = {"label": f"{PROJECT_LABEL}={project}"}
    client = engine.client
    found: list[Any] = [
        *client.containers.list(all=True, filters=filters, ignore_removed=True),
        *client.volumes.list(filters=filters),
        *client.networks.list(filters=filters),
    ]
    if found:
        raise DrillError(
            f"a compose project named {project} exists: {', '.join(thing.name for thing in found)}",
            "A drill works in a project of its own; remove that one if it is nobody's.",
        )
