"""Whenever a drill in containers is killed, everything of it is found and removed."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker_engine import require_docker
from drill_process import GAP, Command, read_phases

from harness.runtime.docker import images, marks
from harness.runtime.docker.engine import Engine

POINTS = 10


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Give a connection to the engine."""
    require_docker()
    with Engine() as opened:
        yield opened


@pytest.fixture
def bystanders(engine: Engine) -> Iterator[set[str]]:
    """Give the ids of somebody else's container, volume and network."""
    name = f"drill-bystander-{secrets.token_hex(4)}"
    helper = images.find(engine, images.HELPER, {}, "never").reference
    made = (
        engine.client.networks.create(name),
        engine.client.volumes.create(name),
        engine.client.containers.run(helper, ["tail", "-f", "/dev/null"], name=name, detach=True),
    )
    yield {str(thing.id) for thing in made}
    made[2].remove(force=True)
    made[1].remove()
    made[0].remove()


def _present(engine: Engine) -> dict[str, str]:
    """Return all containers, volumes and networks: ids, each with the name."""
    client = engine.client
    things: list[Any] = [
        *client.containers.list(all=True, ignore_removed=True),
        *client.volumes.list(),
        *client.networks.list(),
    ]
    return {thing.id: thing.name for thing in things}


def test_a_drill_killed_at_ten_points_leaves_nothing(
    engine: Engine, bystanders: set[str], tmp_path: Path
) -> None:
    """Kill -9 in every phase: the next clean-up removes all of it, and nothing of anybody else."""
    command = Command(tmp_path)
    ours = marks.name("small-")
    met = 0
    for point in range(1, POINTS + 1):
        process = command.start("run", "scenarios/small.yaml", GAP, "--runtime=docker")
        read_phases(process, point)
        process.kill()
        process.communicate(timeout=60)
        met += any(name.startswith(ours) for name in _present(engine).values())
        status, output, errors = command.run("clean")
        assert (0, "") == (status, errors), f"killed at point {point}"
        assert re.search(r"^\d+ removed, 0 left$", output, re.MULTILINE)
        assert [] == command.left(), f"killed at point {point}"
        present = _present(engine)
        assert [] == [name for name in present.values() if name.startswith(ours)]
        assert bystanders <= set(present)
    # Else there was nothing to be removed, and nothing was shown.
    assert met >= POINTS - 1
