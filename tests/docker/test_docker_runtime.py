"""What a drill makes on a Docker engine is its own, private, labelled, and gone afterwards."""

import errno
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from docker.errors import NotFound
from docker_engine import require_docker
from ours import our_docker, our_site
from testcontainers.core.config import testcontainers_config

from harness.core.clock import Clock
from harness.core.errors import DrillError
from harness.core.ledger import Ledger
from harness.core.ports import STORES
from harness.runtime import archives, find_abandoned, marker, remove_abandoned, workdir
from harness.runtime.docker import lease, marks, reaper
from harness.runtime.docker.engine import Engine
from harness.runtime.docker.stack import DockerStack
from harness.stores.nats import NatsStore

SECRETS = {store: secrets.token_urlsafe(18) for store in STORES}

HARNESS = """
import pathlib, sys
from harness.core.ports import STORES
from harness.runtime.docker.runtime import DockerRuntime
from harness.scenario.platform_file import made_open
secrets = dict.fromkeys(STORES, "secret")
runtime = DockerRuntime("asked for", pull="never", platform=made_open())
stack = runtime.open(sys.argv[1], secrets, pathlib.Path(sys.argv[2]))
stack.services["nats"].start()
stack.services["nats"].volume.census()
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[Engine]:
    """Give a connection to the engine, which every test here needs."""
    require_docker()
    with Engine() as opened:
        yield opened


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[DockerStack]:
    """Give a stack with nothing started, and close it."""
    opened = _open(tmp_path)
    yield opened
    assert () == opened.close().left


def _open(directory: Path) -> DockerStack:
    drill_id = f"test-{secrets.token_hex(4)}"
    return our_docker("asked for", pull="never").open(drill_id, SECRETS, directory / "logs")


def _all_names(engine: Engine) -> set[str]:
    client = engine.client
    things = [
        *client.containers.list(all=True),
        *client.volumes.list(),
        *client.networks.list(),
        *client.images.list(all=True),
    ]
    return {str(thing.id) for thing in things}


def test_a_lost_volume_is_unknown_to_the_engine(stack: DockerStack, engine: Engine) -> None:
    """Wiping the volume of a stopped server removes the volume itself; a start makes it anew."""
    our_site(stack, Clock(), Ledger(random=7), stack.directory).start("redis")
    service = stack.services["redis"]
    service.kill()
    assert service.volume.census().entries > 0
    service.volume.wipe()
    with pytest.raises(NotFound, match=r"(?i)no such volume"):
        engine.client.volumes.get(service.volume.name)
    assert 0 == service.volume.census().entries
    service.start()
    volume = engine.client.volumes.get(service.volume.name)
    assert marks.DRILL_LABEL in volume.attrs["Labels"]


def test_a_volume_that_a_script_names_is_the_drills_own(stack: DockerStack, engine: Engine) -> None:
    """What `docker run -v` would make bare has our label already, and goes with the drill."""
    with stack.scripted():
        for service in stack.services.values():
            if service.store != "hub":
                volume = engine.client.volumes.get(service.volume.name)
                assert marks.DRILL_LABEL in volume.attrs["Labels"]
                assert 0 == service.volume.census().entries


def test_a_volume_without_our_label_is_not_removed(stack: DockerStack, engine: Engine) -> None:
    """A volume that somebody else made under the same name stays."""
    volume = stack.services["nats"].volume
    foreign = engine.client.volumes.create(volume.name)
    with pytest.raises(DrillError) as refused:
        volume.wipe()
    expected = f"refusing to remove the volume {volume.name}: it is not this drill's"
    assert expected == refused.value.message
    foreign.reload()
    foreign.remove()


def test_owners_modes_and_links_come_back_from_an_archive(
    stack: DockerStack, tmp_path: Path
) -> None:
    """An archive keeps numeric owners, special modes, links and dotfiles."""
    volume = stack.containers["nats"].volume
    make = (
        "cd /data; mkdir -m 2750 dir; echo 1 > dir/.hidden; chmod 640 dir/.hidden;"
        " chown 1234:4321 dir dir/.hidden; ln -s .hidden dir/link; ln dir/.hidden hard;"
        " chown 999:999 . ; chmod 700 ."
    )
    show = "cd /data; find . -exec stat -c '%n %F %u:%g %a %h' {} + | sort"
    assert 0 == volume.sidecar.execute("sh", "-c", make).status
    before = volume.sidecar.execute("sh", "-c", show).stdout
    volume.archive(tmp_path / "data.tar.gz")
    volume.wipe()
    volume.extract(tmp_path / "data.tar.gz")
    assert before == volume.sidecar.execute("sh", "-c", show).stdout
    assert 5 == len(before.splitlines())


@pytest.mark.parametrize("begun", [True, False])
def test_a_container_is_free_again_when_a_copy_breaks_off(
    begun: bool, stack: DockerStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While an engine waits to send more of it, it answers nothing about the container."""

    def unpack(sent: BinaryIO, *_: object) -> None:
        assert not begun or sent.read(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    service = stack.containers["redis"]
    service.run(["sh", "-c", "head -c 64M /dev/zero > large"])
    monkeypatch.setattr(archives, "unpack_sent", unpack)
    with pytest.raises(OSError, match="No space left") as broken:
        service.fetch("large", tmp_path / "large")
    with ThreadPoolExecutor(1) as asker:
        asker.submit(service._bench.container.reload).result(timeout=20)
    del broken


def test_ports_are_published_on_loopback_only(stack: DockerStack, engine: Engine) -> None:
    """No other machine can reach a server of a drill."""
    service = stack.services["nats"]
    service.start()
    container = engine.client.containers.get(service.volume.name)
    assert {"127.0.0.1"} == {
        published["HostIp"]
        for binding in container.attrs["NetworkSettings"]["Ports"].values()
        for published in binding or ()
    }
    assert "127.0.0.1" == service.endpoint.host


def test_a_taken_port_is_exchanged_for_another(stack: DockerStack) -> None:
    """A server whose port somebody else took meanwhile starts on a new one."""
    service = stack.services["nats"]
    service.start()
    port = service.endpoint.port
    service.stop()
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", port))
        thief.listen()
        service.start()
        assert port != service.endpoint.port


def test_no_secret_shows_in_a_list_of_processes(stack: DockerStack, engine: Engine) -> None:
    """Passwords and tokens go by files and environment, never by arguments."""
    for store in ("postgres", "nats", "redis"):
        service = stack.services[store]
        service.start()
        container = engine.client.containers.get(service.volume.name)
        shown = str(container.top(ps_args="-ef")["Processes"]) + str(container.attrs["Path"])
        assert SECRETS[store] not in shown + str(container.attrs["Args"])


def test_services_reach_each_other_by_name(stack: DockerStack) -> None:
    """On the drill's own network each service is known by its store."""
    for store in ("redis", "nats"):
        stack.services[store].start()
    ask = 'exec 3<>/dev/tcp/nats/4222; read -r line <&3; echo "${line%% *}"'
    assert "INFO\n" == stack.services["redis"].run(["bash", "-c", ask]).stdout


def test_two_drills_do_not_meet(tmp_path: Path) -> None:
    """Each drill has its own network, volumes, ports and passwords."""
    first, second = _open(tmp_path), _open(tmp_path)
    try:
        sites = [our_site(s, Clock(), Ledger(random=7), s.directory) for s in (first, second)]
        for site in sites:
            site.start("nats")
        one, other = (site.service("nats") for site in sites)
        assert one.endpoint.port != other.endpoint.port
        assert one.volume.name != other.volume.name
        sites[0].nats.ensure_streams()
        with sites[1].nats.connect() as jetstream:
            assert 0 == jetstream.ask("STREAM.NAMES")["total"]
        first.close()
        assert other.is_running
        assert NatsStore(lambda: other.endpoint).ready() is None
    finally:
        left = first.close().left + second.close().left
    assert () == left


def test_ryuk_does_not_keep_servers_from_starting_at_once(stack: DockerStack) -> None:
    """Where testcontainers' reaper has an image, one is started, and not one a server."""
    if testcontainers_config.ryuk_disabled:
        pytest.skip(f"the engine has no image {testcontainers_config.ryuk_image}")
    services = [stack.services[store] for store in ("postgres", "nats", "redis")]
    with ThreadPoolExecutor() as starters:
        list(starters.map(lambda service: service.start(), services))
    assert all(service.is_running for service in services)


def test_closed_drills_leave_nothing(tmp_path: Path, engine: Engine) -> None:
    """No container, volume, network or image layer outlives its drill; the logs do."""
    before = _all_names(engine)
    for number in range(3):
        opened = _open(tmp_path / str(number))
        opened.services["redis"].start()
        opened.services["redis"].volume.census()
        cleanup = opened.close()
        assert () == cleanup.left
        assert cleanup == opened.close()
        assert "Ready to accept connections" in opened.services["redis"].log.read_text()
    assert before == _all_names(engine)


def test_what_a_killed_drill_leaves_is_removed_and_nothing_else(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After kill -9 a clean-up finds everything of the drill; a bystander's things stay."""
    monkeypatch.setenv(workdir.HOME_VARIABLE, str(tmp_path / "home"))
    name = f"bystander-{secrets.token_hex(4)}"
    helper = our_docker("asked for", pull="never")._images["helper"].reference
    bystanders = (
        engine.client.networks.create(name),
        engine.client.volumes.create(name),
        engine.client.containers.create(helper, name=name),
    )
    before = _all_names(engine)
    living = _open(tmp_path)
    drill_id = f"killed-{secrets.token_hex(4)}"
    argv = [sys.executable, "-c", HARNESS, drill_id, str(tmp_path / "logs")]
    try:
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as harness:
            assert harness.stdout is not None
            assert b"up\n" == harness.stdout.readline()
            assert [] == find_abandoned()
            harness.kill()
        base = f"drill-{drill_id}"
        expected = {
            str(workdir.base_directory() / drill_id),
            *(f"container {base}-nats{end}" for end in ("", "-volume")),
            *(f"volume {base}-nats{end}" for end in ("", "-scratch")),
            f"network {base}",
        }
        found = set(find_abandoned())
        [leased] = [name for name in found if name.startswith(f"lease {base}-lease-")]
        assert expected | {leased} == found
        expected.add(leased)
        cleaned = remove_abandoned()
        assert (expected, ()) == (set(cleaned.removed), cleaned.left)
        assert living.directory.exists()
        assert () == living.close().left
        assert before == _all_names(engine)
    finally:
        living.close()
        for bystander in reversed(bystanders):
            bystander.remove()


def test_what_another_clean_up_is_still_removing_is_waited_for(
    stack: DockerStack, engine: Engine
) -> None:
    """A container that no list shows any more may keep its volume and its network for a while."""
    volume = stack.containers["nats"].volume
    volume.write("file", b"")
    [network] = [n for n in engine.client.networks.list() if stack.directory.name in str(n.name)]
    unlisted = engine.client.containers.create(
        stack.helper_image, mounts=[volume.mounted_at("/data")], command=["sleep", "600"]
    )
    network.connect(unlisted)
    unlisted.start()
    with ThreadPoolExecutor(1) as other:
        cleaning = other.submit(reaper.remove_drill, engine, stack.directory.name)
        while _lives(engine, f"{volume.name}-volume"):
            time.sleep(0.05)
        time.sleep(0.2)
        unlisted.remove(force=True)
        assert () == cleaning.result().left
    assert set() == _of(engine, stack)


def _lives(engine: Engine, name: str) -> bool:
    return bool(engine.client.containers.list(filters={"name": name}, ignore_removed=True))


@pytest.fixture
def elsewhere(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[DockerStack]:
    """Give a living drill with a volume, of which this process no longer holds any lock."""
    with monkeypatch.context() as patch:
        patch.setattr(marker, "boot", lambda: "another machine")
        opened = _open(tmp_path)
    opened.services["nats"].volume.write("file", b"")
    # What this machine's locks say is of no concern.
    opened._drill.remove()
    yield opened
    for kind in (["container", "rm", "--force"], ["volume", "rm"], ["network", "rm"]):
        subprocess.run(["docker", *kind, *_of(engine, opened)], check=False, capture_output=True)
    opened._lease.end()
    opened._engine.close()


def _of(engine: Engine, stack: DockerStack) -> set[str]:
    client = engine.client
    things: list[Any] = [
        *client.containers.list(all=True),
        *client.volumes.list(),
        *client.networks.list(),
    ]
    return {str(thing.name) for thing in things if stack.directory.name in str(thing.name)}


def test_a_drill_of_another_machine_lives_as_long_as_its_lease(
    elsewhere: DockerStack, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease, in the engine's own time, is all that can be known of it."""
    present = _of(engine, elsewhere)
    assert 4 == len(present)  # A volume and the container beside it, a network and the lease.
    assert [] == [name for name in remove_abandoned().removed if elsewhere.directory.name in name]
    assert present == _of(engine, elsewhere)
    monkeypatch.setattr(lease, "EXPIRES_AFTER_SECONDS", -1)
    removed = {name.partition(" ")[2] for name in remove_abandoned().removed}
    assert present <= removed
    assert set() == _of(engine, elsewhere)


def test_a_lease_is_renewed(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to wait for it, and its name tells when."""
    monkeypatch.setattr(lease, "RENEWED_EVERY_SECONDS", 0.2)
    opened = _open(tmp_path)
    try:
        at_first = lease.renewed(engine.client.containers.list(all=True))[opened.directory.name]
        deadline_seconds = time.monotonic() + 10
        while time.monotonic() < deadline_seconds:
            now = lease.renewed(engine.client.containers.list(all=True))[opened.directory.name]
            if now > at_first:
                break
            time.sleep(0.2)
        assert now > at_first
    finally:
        assert () == opened.close().left


def test_what_has_no_lease_is_left_and_named(elsewhere: DockerStack, engine: Engine) -> None:
    """Nothing is known of its drill, and the message says how to remove it by hand."""
    client = engine.client
    for container in client.containers.list(all=True):
        if lease.LEASE_LABEL in container.labels and elsewhere.directory.name in str(
            container.name
        ):
            elsewhere._lease.end()
            container.remove()
    present = _of(engine, elsewhere)
    said = [line for line in remove_abandoned().left if elsewhere.directory.name in line]
    assert present == {line.partition(" ")[2].partition(":")[0] for line in said}
    base = f"drill-{elsewhere.directory.name}"
    assert f"docker network rm {base} removes it" in " ".join(said)
    assert present == _of(engine, elsewhere)


def test_a_hub_with_an_image_finds_the_stores_by_name(tmp_path: Path, engine: Engine) -> None:
    """A hub's container is told its neighbours' names and ports, and its configuration's place."""
    helper = our_docker("asked for", pull="never")._images["helper"].reference
    keep = "env > /config/environment && exec tail -f /dev/null"
    recipe = f'FROM {helper}\nENTRYPOINT []\nCMD ["sh", "-c", "{keep}"]\n'
    name = f"restore-drills-test-{secrets.token_hex(4)}:1"
    image, _ = engine.client.images.build(fileobj=BytesIO(recipe.encode()), tag=name, rm=True)
    opened = our_docker("asked for", {"hub": name}, "never").open(
        f"test-{secrets.token_hex(4)}", SECRETS, tmp_path / "logs"
    )
    try:
        hub = opened.containers["hub"]
        hub.volume.write("vault.key", b"key")
        hub.start()
        while hub.volume.census().entries < 2:
            assert hub.is_running, hub.log.read_text()
        told = dict(
            line.split("=", 1) for line in hub.volume.read("environment").decode().splitlines()
        )
        assert ("postgres", "5432") == (told["HUB_POSTGRES_HOST"], told["HUB_POSTGRES_PORT"])
        assert ("nats", SECRETS["nats"]) == (told["HUB_NATS_HOST"], told["HUB_NATS_TOKEN"])
        assert ("4101", "/config") == (told["HUB_PORT"], told["HUB_CONFIG_DIR"])
        assert hub.endpoint.port != 4101
    finally:
        left = opened.close().left
        engine.client.images.remove(str(image.id), force=True)
    assert () == left
