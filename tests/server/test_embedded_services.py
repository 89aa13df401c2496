"""Servers as child processes: started, stopped, killed, restarted, and nothing of them left."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from ours import our_embedded, our_runtime
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness.core.errors import CommandFailed, DrillError, UsageError
from harness.core.ports import STORES, Cleanup
from harness.runtime import processes, workdir
from harness.runtime.embedded.stack import EmbeddedStack

SECRETS = {store: secrets.token_urlsafe(18) for store in STORES}
HUB = """
import os, pathlib, signal
names = sorted(name for name in os.environ if name.startswith("HUB_"))
text = "".join(f"{name}={os.environ[name]}\\n" for name in names)
target = pathlib.Path(os.environ["HUB_CONFIG_DIR"])
(target / "new").write_text(text)
(target / "new").rename(target / "environment")
signal.pause()
"""


HARNESS = """
import pathlib, sys
from harness.runtime.embedded import EmbeddedRuntime
from harness.scenario.platform_file import made_open
secrets = {"postgres": "pg-secret", "nats": "nats-secret"}
runtime = EmbeddedRuntime("asked for", platform=made_open())
stack = runtime.open("killed", secrets, pathlib.Path(sys.argv[1]) / "logs")
for store in ("postgres", "nats"):
    stack.services[store].start()
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def module_home() -> Iterator[Path]:
    """Give this module a base directory that other users may pass, as PostgreSQL may have to."""
    with (
        tempfile.TemporaryDirectory(prefix="restore-drills-test-") as base,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(base).chmod(0o755)
        patch.setenv(workdir.HOME_VARIABLE, base)
        yield workdir.base_directory()


@pytest.fixture(scope="module")
def stack(module_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """Give a stack whose servers the tests of this module share."""
    logs = tmp_path_factory.mktemp("logs") / "not" / "there"
    hub = (sys.executable, "-c", HUB)
    opened = our_embedded("asked for", hub_command=hub).open("shared", SECRETS, logs)
    yield opened
    cleanup = opened.close()
    assert () == cleanup.left
    assert [] == list(module_home.iterdir())


def _until(done: Callable[[], bool]) -> None:
    deadline_seconds = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline_seconds, "waited too long"
        time.sleep(0.01)


def _connect(stack: EmbeddedStack) -> psycopg.Connection[tuple[object, ...]]:
    service = stack.services["postgres"]
    service.start()
    at = service.endpoint
    while True:
        try:
            return psycopg.connect(
                host=at.host,
                port=at.port,
                user=at.user,
                password=at.secret,
                dbname=at.database,
                autocommit=True,
            )
        except psycopg.OperationalError:
            assert service.is_running, service.log.read_text()
            time.sleep(0.01)


def _redis(stack: EmbeddedStack) -> "redis.Redis":
    service = stack.services["redis"]
    service.start()
    at = service.endpoint
    client = redis.Redis(
        host=at.host,
        port=at.port,
        password=at.secret,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
    )
    _until(lambda: _answers(client))
    return client


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _marked(stack: EmbeddedStack, store: str) -> list[psutil.Process]:
    volume = stack.services[store].volume.root
    return processes.of_service("shared", store, volume)()


def test_postgres_is_initialised_as_its_image_does_it(stack: EmbeddedStack) -> None:
    """An empty volume becomes a durable UTF-8 cluster, which passwords protect."""
    with _connect(stack) as connection:
        settings = ["fsync", "synchronous_commit", "wal_level", "server_encoding"]
        shown = {name: connection.execute(f"SHOW {name}").fetchone() for name in settings}
    expected = dict(zip(settings, ["on", "on", "logical", "UTF8"], strict=True))
    assert {name: (value,) for name, value in expected.items()} == shown
    at = stack.services["postgres"].endpoint
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host=at.host, port=at.port, user=at.user, password="wrong", dbname="postgres"
        )


def test_data_survives_a_stop_and_a_kill(stack: EmbeddedStack) -> None:
    """Committed rows are there after an orderly stop and after SIGKILL, on the same port."""
    service = stack.services["postgres"]
    with _connect(stack) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
    port = service.endpoint.port
    service.stop()
    assert not service.is_running
    assert [] == _marked(stack, "postgres")
    with _connect(stack) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
        service.kill()
    with _connect(stack) as connection:
        assert [(1,), (2,)] == connection.execute("SELECT number FROM kept").fetchall()
    assert port == service.endpoint.port


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="read from /proc")
def test_a_killed_postgres_leaves_no_process_and_no_shared_memory(stack: EmbeddedStack) -> None:
    """SIGKILL reaches sessions in a long query too, and what they shared is given back."""
    service = stack.services["postgres"]
    with _connect(stack) as connection, connection.cursor() as cursor:
        connection.pgconn.send_query(b"SELECT pg_sleep(600)")
        found = _marked(stack, "postgres")
        mapped = {
            line.split(maxsplit=5)[5]
            for process in found
            for line in Path(f"/proc/{process.pid}/maps").read_text().splitlines()
            if "/PostgreSQL." in line or "/SYSV" in line
        }
        service.kill()
        cursor.connection.close()
    assert len(found) > 5
    assert [] == [process for process in found if processes._runs(process)]
    assert [] == [path for path in mapped if Path(path).exists()]
    keys = {int(path.removeprefix("/SYSV").split()[0], 16) for path in mapped if "/SYSV" in path}
    assert 1 == len(keys)
    rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    assert set() == keys & {int(row.split()[0]) & 0xFFFFFFFF for row in rows}


def test_a_lost_volume_is_initialised_again(stack: EmbeddedStack, tmp_path: Path) -> None:
    """After a wipe the next start makes a new cluster, and an archive brings the old one back."""
    service = stack.services["postgres"]
    with _connect(stack) as connection:
        connection.execute("CREATE TABLE before_loss AS SELECT 7 AS number")
    service.stop()
    archive = tmp_path / "data.tar.gz"
    service.volume.archive(archive)
    service.volume.wipe()
    assert 0 == service.volume.census().entries
    with _connect(stack) as connection:
        assert (None,) == connection.execute("SELECT to_regclass('before_loss')").fetchone()
    service.stop()
    service.volume.wipe()
    service.volume.extract(archive)
    with _connect(stack) as connection:
        assert (7,) == connection.execute("SELECT number FROM before_loss").fetchone()


def test_a_live_copy_of_postgres_can_be_started(stack: EmbeddedStack) -> None:
    """The lock file in a copy of a running server does not keep the copy from starting."""
    service = stack.services["postgres"]
    _connect(stack).close()
    lock = service.volume.root / "postmaster.pid"
    of_another = lock.read_text().splitlines()
    of_another[0] = str(os.getpid())
    service.kill()
    lock.write_text("\n".join(of_another))
    with _connect(stack) as connection:
        assert (1,) == connection.execute("SELECT 1").fetchone()


def test_clients_are_addressed_and_their_words_are_scrubbed(
    stack: EmbeddedStack, tmp_path: Path
) -> None:
    """A client needs no address; files take its input and output; no secret is in what it says."""
    _connect(stack).close()
    service = stack.services["postgres"]
    given, taken = tmp_path / "in.sql", tmp_path / "out.txt"
    given.write_text("SELECT 6 * 7")
    completed = service.run(["psql", "-At"], stdin=given, stdout=taken)
    assert ("", "42\n") == (completed.stdout, taken.read_text())
    failing = ["psql", "-c", f"SELECT nothing_{SECRETS['postgres']}"]
    with pytest.raises(CommandFailed) as failed:
        service.run(failing)
    assert str(failed.value).startswith(
        "postgres: psql -c SELECT nothing_*** ended with status 1\n"
    )
    assert SECRETS["postgres"] not in str(failed.value)
    assert 1 == service.run(failing, check=False).status
    with pytest.raises(DrillError, match="postgres: no program pg_nothing beside "):
        service.run(["pg_nothing"])


def test_the_program_that_packs_a_volume_bears_the_drills_marks(
    stack: EmbeddedStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works on when its harness is killed, and would never be found."""
    wrapper = tmp_path / "tar"
    wrapper.write_text(
        f'#!/bin/sh\nenv > {tmp_path}/environment\nexec {shutil.which("tar")} "$@"\n'
    )
    wrapper.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    stack.services["nats"].volume.archive(tmp_path / "data.tar.gz")
    lines = (tmp_path / "environment").read_text().splitlines()
    marks = processes.marks(stack.directory.name, stack.directory)
    assert {f"{name}={value}" for name, value in marks.items()} <= {*lines}


def test_scratch_passes_files_both_ways(stack: EmbeddedStack, tmp_path: Path) -> None:
    """What is sent can be read by a client, and what a client leaves can be fetched."""
    service = stack.services["postgres"]
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "file").write_text("content")
    service.send(tmp_path / "directory", "sent")
    service.fetch("sent", tmp_path / "fetched")
    assert "content" == (tmp_path / "fetched" / "file").read_text()
    assert 0 != service.run(["ls", "sent"], check=False).status


def test_redis_keeps_its_keys_behind_a_password(stack: EmbeddedStack) -> None:
    """The append-only file brings keys back, and a client without the password gets nothing."""
    service = stack.services["redis"]
    with _redis(stack) as client:
        client.set("key", "value")
    service.stop()
    with _redis(stack) as client:
        assert "value" == client.get("key")
        assert "allkeys-lru" == client.config_get("maxmemory-policy")["maxmemory-policy"]
    at = service.endpoint
    stranger = redis.Redis(at.host, at.port, retry=Retry(NoBackoff(), 0))
    with stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    assert (service.volume.root / "appendonlydir").is_dir()


@pytest.mark.parametrize("store", ["nats", "redis", "postgres"])
def test_no_secret_shows_in_a_list_of_processes(stack: EmbeddedStack, store: str) -> None:
    """Passwords and tokens go by files and environment, never by arguments."""
    stack.services[store].start()
    found = _marked(stack, store)
    assert [] != found
    assert [] == [p for p in found if any(SECRETS[store] in word for word in p.cmdline())]


def test_nats_listens_on_loopback_with_a_token(stack: EmbeddedStack) -> None:
    """A client is told to authenticate, and JetStream keeps its streams in the volume."""
    service = stack.services["nats"]
    service.start()
    with socket.create_connection((service.endpoint.host, service.endpoint.port)) as connection:
        told = connection.recv(4096)
    assert b'"auth_required":true' in told
    assert b'"jetstream":true' in told
    _until((service.volume.root / "jetstream").is_dir)


def test_a_taken_port_is_exchanged_for_another(stack: EmbeddedStack) -> None:
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


def test_a_port_lost_between_choice_and_start_is_noticed(
    stack: EmbeddedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that dies because its address is in use is started again elsewhere."""
    service = stack.services["redis"]
    service.stop()
    with socket.socket() as thief, socket.socket() as other:
        thief.bind(("127.0.0.1", 0))
        thief.listen()
        other.bind(("127.0.0.1", 0))
        free = other.getsockname()[1]
        other.close()
        ports = iter([thief.getsockname()[1], free])
        monkeypatch.setattr(
            "harness.runtime.embedded.service.free_port", lambda _=None: next(ports)
        )
        service.start()
        _until(lambda: service.is_running)
    assert free == service.endpoint.port


def test_a_server_that_dies_says_why(stack: EmbeddedStack) -> None:
    """The error carries the end of the log, and the log's path."""
    service = stack.services["redis"]
    service.stop()
    hidden = service.volume.root.rename(service.volume.root.with_name("hidden"))
    with pytest.raises(DrillError) as died:
        service.start()
    first_line = died.value.message.partition("\n")[0]
    assert first_line.startswith("redis ended with status 1 when it was started: ")
    assert "No such file or directory" in first_line
    assert f"Its log: {service.log}" == died.value.hint
    hidden.rename(service.volume.root)


def test_a_service_that_does_not_run_has_no_endpoint(stack: EmbeddedStack) -> None:
    """Stopping and killing what does not run is allowed; asking where it answers is not."""
    service = stack.services["nats"]
    service.kill()
    service.kill()
    service.stop()
    with pytest.raises(DrillError) as refused:
        _ = service.endpoint
    assert "nats is not running" == str(refused.value)


def test_a_hub_is_told_where_everything_is(stack: EmbeddedStack) -> None:
    """The hub's environment names every service, and nothing where there is no Meilisearch."""
    postgres, nats, redis_ = (stack.services[store] for store in ("postgres", "nats", "redis"))
    hub = stack.services["hub"]
    hub.start()
    environment = hub.volume.root / "environment"
    _until(environment.is_file)
    told = dict(line.split("=", 1) for line in environment.read_text().splitlines())
    search = stack.services.get("meilisearch")
    assert {
        "HUB_PORT": str(hub.endpoint.port),
        "HUB_CONFIG_DIR": hub.volume.name,
        "HUB_POSTGRES_HOST": "127.0.0.1",
        "HUB_POSTGRES_PORT": str(postgres.address.port),
        "HUB_POSTGRES_USER": "postgres",
        "HUB_POSTGRES_PASSWORD": SECRETS["postgres"],
        "HUB_POSTGRES_DATABASE": "postgres",
        "HUB_NATS_HOST": "127.0.0.1",
        "HUB_NATS_PORT": str(nats.address.port),
        "HUB_NATS_TOKEN": SECRETS["nats"],
        "HUB_REDIS_HOST": "127.0.0.1",
        "HUB_REDIS_PORT": str(redis_.address.port),
        "HUB_REDIS_PASSWORD": SECRETS["redis"],
    } | (
        {
            "HUB_MEILISEARCH_URL": search.address.http_url,
            "HUB_MEILISEARCH_KEY": SECRETS["meilisearch"],
        }
        if search
        else {"HUB_MEILISEARCH_URL": "", "HUB_MEILISEARCH_KEY": ""}
    ) == told
    hub.stop()


def test_meilisearch_is_missing_with_a_reason_or_keeps_to_its_volume(stack: EmbeddedStack) -> None:
    """Without a binary the stack says so; with one, its database is in the volume."""
    if "meilisearch" in stack.missing:
        assert (
            "no Meilisearch binary found: install one on PATH or set MEILISEARCH_BINARY to one"
            == stack.missing["meilisearch"]
        )
        return
    service = stack.services["meilisearch"]
    service.start()
    _until((service.volume.root / "data.ms").is_dir)
    service.stop()


def test_closing_removes_everything_once(module_home: Path, tmp_path: Path) -> None:
    """Closing kills servers and clients, removes the directory, keeps the logs, and can repeat."""
    opened = our_embedded("asked for").open("closed", SECRETS, tmp_path / "logs")
    assert module_home / "closed" == opened.directory
    opened.services["nats"].start()
    [server] = processes.of_drill("closed", opened.directory)()
    expected = (f"nats-server (pid {server.pid})", str(module_home / "closed"))
    assert Cleanup(expected, ()) == opened.close()
    assert Cleanup(expected, ()) == opened.close()
    assert not opened.directory.exists()
    assert [] == processes.of_drill("closed", opened.directory)()
    assert "Server is ready" in (tmp_path / "logs" / "nats.log").read_text()


def test_servers_of_a_killed_harness_are_removed(module_home: Path, tmp_path: Path) -> None:
    """Whatever a harness killed by SIGKILL had running, the next clean-up ends and removes."""
    harness = subprocess.Popen(
        [sys.executable, "-c", HARNESS, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert harness.stdout is not None
    assert "up\n" == harness.stdout.readline()
    harness.kill()
    harness.communicate()
    search = processes.of_drill("killed", module_home / "killed")
    running = search()
    # The postmaster and its children, whose environment is gone, and NATS.
    assert len(running) > 5
    cleaned = workdir.clean()
    assert () == cleaned.left
    assert str(module_home / "killed") == cleaned.removed[-1]
    assert [] == [process for process in running if processes._runs(process)]
    assert not (module_home / "killed").exists()


@pytest.mark.usefixtures("module_home")
def test_a_hub_that_is_no_program_is_a_usage_error(tmp_path: Path) -> None:
    """A mistyped hub command is reported before anything is made."""
    runtime = our_embedded("asked for", hub_command=("no-such-hub",))
    with pytest.raises(UsageError) as refused:
        runtime.open("nothing", SECRETS, tmp_path / "logs")
    assert (
        "hub_command: there is no program 'no-such-hub'\nHINT: Name one by its path or on PATH."
        == str(refused.value)
    )
    assert [] == workdir.find_abandoned()


def test_the_embedded_runtime_can_be_asked_for() -> None:
    """Asking for it is the reason why it is taken."""
    assert ("embedded", "asked for") == (our_runtime("embedded").name, our_runtime("embedded").why)


def test_an_unknown_runtime_is_a_usage_error() -> None:
    """A mistyped name is an error, not the default."""
    with pytest.raises(UsageError) as refused:
        our_runtime("dokcer")
    assert "runtime: 'dokcer' is unknown" == refused.value.message
