"""A compose file's own stack is drilled, beside the one that it runs in production."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container
from docker_engine import require_compose, require_docker
from ours import our_docker, our_runtime

from harness.core.errors import DrillError, Unavailable
from harness.core.ports import STORES, ComposeFile
from harness.core.verdict import Verdict
from harness.drill import DrillSettings, play
from harness.runtime.docker import images, marks
from harness.runtime.docker.compose.project import PROJECT_LABEL
from harness.runtime.docker.engine import Engine
from harness.scenario.load import load
from harness.settings import Settings
from harness.suite import Asked

HERE = Path(__file__).parents[2]
SCENARIO = HERE / "scenarios" / "compose.yaml"
FILE = ComposeFile(
    HERE / "fixtures" / "compose" / "compose.yaml",
    {"postgres": "db", "nats": "events", "redis": "cache"},
)
PASSWORDS = {
    "PLATFORM_DB_PASSWORD": "a password $of db",
    "PLATFORM_NATS_TOKEN": secrets.token_hex(9),
    "PLATFORM_CACHE_PASSWORD": secrets.token_hex(9),
}


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Give a connection to the engine, and the variables that the compose file asks for."""
    require_docker()
    require_compose()
    monkeypatch.chdir(HERE)
    with Engine() as opened:
        helper = images.find(opened, images.HELPER, {}, "never").reference
        monkeypatch.setenv("PLATFORM_CLOCK_IMAGE", helper)
        for name, value in PASSWORDS.items():
            monkeypatch.setenv(name, value)
        yield opened


@pytest.fixture
def production(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Container]:
    """Run a container as the compose file names it, on the volume that it names."""
    client = engine.client
    name = f"platform-{secrets.token_hex(4)}"
    monkeypatch.setenv("PLATFORM_DB_CONTAINER", name)
    monkeypatch.setenv("PLATFORM_DB_VOLUME", name)
    volume = client.volumes.create(name)
    helper = images.find(engine, images.HELPER, {}, "never").reference
    container = client.containers.run(
        helper,
        ["sh", "-c", "echo precious > /data/file; exec tail -f /dev/null"],
        name=name,
        volumes={name: {"bind": "/data", "mode": "rw"}},
        network_mode="none",
        detach=True,
    )
    yield container
    container.remove(force=True)
    volume.remove()


def _of_drill(engine: Engine, drill_id: str) -> list[str]:
    """Name what bears the drill's label, or that of its compose project."""
    client = engine.client
    found: list[str] = []
    for label in (f"{marks.DRILL_LABEL}={drill_id}", f"{PROJECT_LABEL}={marks.name(drill_id)}"):
        filters: dict[str, str | list[str] | bool] = {"label": label}
        things = [
            *client.containers.list(all=True, filters=filters, ignore_removed=True),
            *client.volumes.list(filters=filters),
            *client.networks.list(filters=filters),
        ]
        found += [str(thing.attrs["Name"]) for thing in things]
    return found


def test_a_compose_file_is_drilled_beside_production(
    engine: Engine, production: Container, tmp_path: Path
) -> None:
    """The file's servers lose everything and come back; production notices nothing of it."""
    scenario = load(SCENARIO)
    assert scenario.compose
    runtime = our_runtime("docker", pull="never", compose=scenario.compose)
    gap = {"meilisearch": "not on every machine"}
    evidence = play(scenario, runtime, tmp_path, DrillSettings("test", gap))
    assert Verdict.PASS is evidence.judgement.verdict, evidence.judgement.sentence
    origins = {server.store: server.origin for server in evidence.runtime.servers}
    for store, service in FILE.services.items():
        assert origins[store].endswith(f", service {service} of {scenario.compose.path}")
    assert [] == _of_drill(engine, evidence.run.drill_id)
    assert 0 == production.exec_run(["grep", "-qx", "precious", "/data/file"]).exit_code
    said = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not [name for name, value in PASSWORDS.items() if value.encode() in said]


def test_a_platform_comes_from_a_compose_file(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Schema, health checks, dependencies and a hub that only says that it is up are the file's;
    what nobody named is not started, and no volume of production's is made.
    """
    helper = images.find(engine, images.HELPER, {}, "never").reference
    monkeypatch.setenv("DESK_PERL_IMAGE", helper)
    scenario = load(HERE / "scenarios" / "platforms" / "desk-compose.yaml")
    asked = Asked(Settings(), "docker", "never")
    evidence = play(scenario, asked.runtime_of(scenario), tmp_path, DrillSettings("test"))
    assert Verdict.PASS is evidence.judgement.verdict, evidence.judgement.sentence
    assert {"postgres", "hub"} == {server.store for server in evidence.runtime.servers}
    assert {"tickets_rows", "replies_rows", "hub_healthy"} <= {
        finding.check for finding in evidence.judgement.findings
    }
    assert not [v for v in engine.client.volumes.list() if v.name == "desk-production-data"]
    assert [] == _of_drill(engine, evidence.run.drill_id)


def test_a_project_that_exists_is_refused(engine: Engine, tmp_path: Path) -> None:
    """Whatever has the project's name, the drill leaves it, and leaves nothing of its own."""
    drill_id = f"test-{secrets.token_hex(4)}"
    volume = engine.client.volumes.create(
        f"theirs-{drill_id}", labels={PROJECT_LABEL: marks.name(drill_id)}
    )
    try:
        runtime = our_docker("asked for", pull="never", compose=FILE)
        with pytest.raises(DrillError) as refused:
            runtime.open(drill_id, dict.fromkeys(STORES, "secret"), tmp_path / "logs")
        assert refused.value.message == (
            f"a compose project named {marks.name(drill_id)} exists: {volume.name}"
        )
        assert [volume.name] == _of_drill(engine, drill_id)
    finally:
        volume.remove()


def test_a_service_that_cannot_start_says_why(tmp_path: Path) -> None:
    """What the user's own program for compose files said is in the message."""
    file = tmp_path / "compose.yaml"
    file.write_text(
        "services: {cache: {image: 'redis:7', entrypoint: /no/such, volumes: ['d:/data']}}\n"
        "volumes: {d: {}}\n"
    )
    runtime = our_docker("asked for", pull="never", compose=ComposeFile(file, {"redis": "cache"}))
    stack = runtime.open(
        f"test-{secrets.token_hex(4)}", dict.fromkeys(STORES, "x"), tmp_path / "logs"
    )
    try:
        with pytest.raises(DrillError, match=r"(?s)^redis: compose cannot start .*/no/such"):
            stack.services["redis"].start()
    finally:
        assert () == stack.close().left


def test_processes_are_no_compose_file() -> None:
    """Where there are no containers the drill is not made, and the message says what to do."""
    with pytest.raises(Unavailable) as unavailable:
        our_runtime("embedded", compose=FILE)
    assert unavailable.value.hint == "Use --runtime docker."
