"""How each server's container is started: as the platform does it, and durable as embedded."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.core import addresses
from harness.core.platform import HubProgram
from harness.core.ports import Endpoint
from harness.runtime.docker.images import Image
from harness.runtime.embedded import postgres as embedded_postgres

_STATE = "/run/restore-drill"
_CONFIG = "/config"
_FIRST_WITH_BUILTIN_LOCALES = 17

# Where it listens is the image's own affair.
_POSTGRES_SETTINGS = {
    name: value
    for name, value in embedded_postgres.SETTINGS.items()
    if name not in embedded_postgres.OF_THE_MACHINE
}


@dataclass(frozen=True, slots=True)
class Launch:
    """What a container is given. `data` is the path of its volume, `files` are secret; the
    `client_environment` addresses programs that run beside the server, as `client_user`.
    """

    port: int
    data: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    client_environment: Mapping[str, str] = field(default_factory=dict)
    client_user: str = "root"
    user: str = ""
    database: str = ""
    shared_memory_bytes: int | None = None
    stops_within_seconds: int = 30


def _postgres(image: Image, secrets: Mapping[str, str]) -> Launch:
    secret = secrets["postgres"]
    own = image.environment
    user = own.get("POSTGRES_USER") or "postgres"
    database = own.get("POSTGRES_DB") or user
    port = int(own.get("PGPORT") or 5432)
    environment = {"POSTGRES_PASSWORD": secret, "TZ": "UTC"}
    # An image with arguments of its own, as supabase/postgres, knows better.
    if "POSTGRES_INITDB_ARGS" not in own:
        environment["POSTGRES_INITDB_ARGS"] = " ".join(_initdb_arguments(image))
    options = [
        part for name, value in _POSTGRES_SETTINGS.items() for part in ("-c", f"{name}={value}")
    ]
    return Launch(
        port=port,
        data=own.get("PGDATA") or "/var/lib/postgresql/data",
        command=[*(image.command or ["postgres"]), *options],
        environment=environment,
        client_environment={
            "PGHOST": "127.0.0.1",
            "PGPORT": str(port),
            "PGUSER": user,
            "PGPASSWORD": secret,
            "PGDATABASE": database,
        },
        # The server must be able to read what its programs leave for it.
        client_user="postgres",
        user=user,
        database=database,
        # The engine's default of 64 MB is too little for parallel queries.
        shared_memory_bytes=256 << 20,
        stops_within_seconds=120,
    )


def _initdb_arguments(image: Image) -> list[str]:
    arguments = ["--encoding=UTF8", "--locale=C", "--no-sync"]
    major = image.version.partition(".")[0]
    if major.isdecimal() and int(major) >= _FIRST_WITH_BUILTIN_LOCALES:
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return arguments


def _nats(_image: Image, secrets: Mapping[str, str]) -> Launch:
    secret = secrets["nats"]
    configuration = {
        "server_name": "drill",
        "listen": "0.0.0.0:4222",
        "jetstream": {"store_dir": "/data"},
        "authorization": {"token": secret},
    }
    return Launch(
        port=4222,
        data="/data",
        command=["--config", f"{_STATE}/nats.conf"],
        # JSON is a subset of the server's configuration language.
        files={f"{_STATE}/nats.conf": json.dumps(configuration).encode()},
        client_environment={"NATS_URL": f"nats://{secret}@127.0.0.1:4222"},
    )


def _meilisearch(_image: Image, secrets: Mapping[str, str]) -> Launch:
    return Launch(
        port=7700,
        data="/meili_data",
        command=[],
        environment={
            "MEILI_MASTER_KEY": secrets["meilisearch"],
            "MEILI_NO_ANALYTICS": "true",
            "MEILI_HTTP_ADDR": "0.0.0.0:7700",
            "MEILI_DB_PATH": "/meili_data/data.ms",
            "MEILI_DUMP_DIR": "/meili_data/dumps",
            "MEILI_SNAPSHOT_DIR": "/meili_data/snapshots",
        },
    )


def _redis(_image: Image, secrets: Mapping[str, str]) -> Launch:
    secret = secrets["redis"]
    settings = {
        "requirepass": secret,
        "dir": "/data",
        "appendonly": "yes",
        "maxmemory-policy": "allkeys-lru",
    }
    # A JSON string is a quoted string of the configuration, too.
    lines = [f"{name} {json.dumps(value)}\n" for name, value in settings.items()]
    path = f"{_STATE}/redis.conf"
    # The server gives up its rights before it reads its configuration, which is root's: it gets
    # the file opened.
    return Launch(
        port=6379,
        data="/data",
        command=["sh", "-c", f"exec docker-entrypoint.sh redis-server - < {path}"],
        files={path: "".join(lines).encode()},
        client_environment={"REDISCLI_AUTH": secret},
    )


def _hub(_image: Image, _secrets: Mapping[str, str]) -> Launch:
    return Launch(port=0, data=_CONFIG, command=[])


def hub_beside(hub: HubProgram, beside: Mapping[str, Launch], secrets: Mapping[str, str]) -> Launch:
    """Return how a platform's hub is started, beside stores that are started like this."""
    endpoints = {
        store: Endpoint(store, launch.port, launch.user, secrets[store], launch.database)
        for store, launch in beside.items()
    }
    own = {"port": str(hub.port), "config": _CONFIG}
    return Launch(
        port=hub.port,
        data=_CONFIG,
        # An image in place of a command has its own.
        command=[*hub.command] if hub.image else [],
        environment=addresses.filled(hub.environment, endpoints, own),
    )


LAUNCHES: Mapping[str, Callable[[Image, Mapping[str, str]], Launch]] = {
    "postgres": _postgres,
    "nats": _nats,
    "meilisearch": _meilisearch,
    "redis": _redis,
    "hub": _hub,
}
