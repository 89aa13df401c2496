"""An engine that is not this machine's is drilled on as the local one is."""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker_engine import require_docker
from drill_process import GAP, Command
from ours import our_docker

from harness.core.ports import STORES
from harness.runtime.docker import images
from harness.runtime.docker.engine import Engine

# What a killed run of this test left does not stand in the way.
NAMESPACE = f"drill-{secrets.token_hex(3)}"
HERE, THERE = "10.213.97.1", "10.213.97.2"
STARTS_WITHIN_SECONDS = 60


def _sh(*words: str | Path, **options: object) -> None:
    subprocess.run([*map(str, words)], check=True, capture_output=True, **options)  # type: ignore[call-overload] # any option of run


@pytest.fixture(scope="module")
def network() -> Iterator[str]:
    """Give the address of a network namespace that this machine reaches as another machine."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "nsenter", "dockerd"))):
        pytest.skip("only root with ip, nsenter and dockerd can start a second engine")
    _sh("ip", "netns", "add", NAMESPACE)
    try:
        _sh("ip", "link", "add", f"{NAMESPACE}-h", "type", "veth", "peer", "name", f"{NAMESPACE}-t")
        _sh("ip", "link", "set", f"{NAMESPACE}-t", "netns", NAMESPACE)
        _sh("ip", "address", "add", f"{HERE}/30", "dev", f"{NAMESPACE}-h")
        _sh("ip", "link", "set", f"{NAMESPACE}-h", "up")
        for words in (
            ("link", "set", "lo", "up"),
            ("address", "add", f"{THERE}/30", "dev", f"{NAMESPACE}-t"),
            ("link", "set", f"{NAMESPACE}-t", "up"),
            # An engine wants a way out, though there is nothing at its end.
            ("route", "add", "default", "via", HERE),
        ):
            _sh("ip", "-n", NAMESPACE, *words)
        yield THERE
    finally:
        _sh("ip", "netns", "delete", NAMESPACE)


@pytest.fixture(scope="module")
def remote_engine(network: str) -> Iterator[str]:
    """Give the URL of a second engine, over TCP, that has this machine's images of a drill."""
    require_docker()
    url = f"tcp://{network}:2375"
    with Engine() as engine:
        roles = [role for role in images.PLATFORM if role != "meilisearch"]
        wanted = [images.find(engine, role, {}, "never").reference for role in roles]
    # A socket's path has room for 104 characters.
    runs_in = Path(tempfile.mkdtemp(prefix="drill-engine-"))
    argv = ["nsenter", f"--net=/run/netns/{NAMESPACE}", "dockerd", "--tls=false", "-H", url]
    argv += [f"--{name}={runs_in / name}" for name in ("data-root", "exec-root", "pidfile")]
    with (runs_in / "dockerd.log").open("wb") as log:
        daemon = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        deadline_seconds = time.monotonic() + STARTS_WITHIN_SECONDS
        while subprocess.run(
            ["docker", "-H", url, "version"], check=False, capture_output=True
        ).returncode:
            assert daemon.poll() is None, (runs_in / "dockerd.log").read_text()
            assert time.monotonic() < deadline_seconds, (runs_in / "dockerd.log").read_text()
            time.sleep(0.1)
        with subprocess.Popen(["docker", "save", *wanted], stdout=subprocess.PIPE) as saving:
            _sh("docker", "-H", url, "load", stdin=saving.stdout)
        yield url
    finally:
        daemon.terminate()
        try:
            daemon.wait(timeout=60)
        finally:
            shutil.rmtree(runs_in, ignore_errors=True)


def test_a_drill_on_a_remote_engine(
    remote_engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers are reached by the engine's address, and nothing is left there."""
    monkeypatch.setenv("DOCKER_HOST", remote_engine)
    folder = tmp_path / "drill"
    folder.mkdir()
    command = Command(folder)
    status, output, errors = command.run("run", "scenarios/small.yaml", GAP, "--runtime=docker")
    assert (0, "") == (status, errors), output
    [evidence] = folder.glob("reports/*/small/evidence.json")
    assert "PASS" == json.loads(evidence.read_text())["judgement"]["verdict"]
    for listing in (("ps", "--all"), ("volume", "ls"), ("network", "ls", "--filter=type=custom")):
        left = subprocess.run(
            ["docker", "-H", remote_engine, *listing, "--quiet"], check=True, capture_output=True
        )
        assert b"" == left.stdout


def test_the_servers_are_where_the_engine_is(
    remote_engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client goes to the engine's address, and the container mounts volumes only."""
    monkeypatch.setenv("DOCKER_HOST", remote_engine)
    runtime = our_docker("asked for", pull="never")
    drill_id = f"test-{secrets.token_hex(4)}"
    stack = runtime.open(drill_id, dict.fromkeys(STORES, "secret"), tmp_path / "logs")
    try:
        service = stack.services["redis"]
        service.start()
        assert THERE == service.endpoint.host
        with Engine() as engine:
            container = engine.client.containers.get(service.volume.name)
        assert {"volume"} == {mount["Type"] for mount in container.attrs["Mounts"]}
    finally:
        assert () == stack.close().left
