"""How each server's container is started: as the platform does it, and durable as embedded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.core import addresses
from harness.core.platform import HubProgram
from harness.core.ports import Endpoint
from harness.runtime import servers
from harness.runtime.docker.engine import LOOPBACK
from harness.runtime.docker.images import Image

_STATE = "/run/restore-drill"
_CONFIG = "/config"
_ANY = "0.0.0.0"  # noqa: S104 - within its container


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
        environment["POSTGRES_INITDB_ARGS"] = " ".join(servers.initdb_arguments(image.version))
    return Launch(
        port=port,
        data=own.get("PGDATA") or "/var/lib/postgresql/data",
        # Where it listens is the image's own affair.
        command=[*(image.command or ["postgres"]), *servers.options(servers.POSTGRES_SETTINGS)],
        environment=environment,
        client_environment=servers.postgres_client(
            Endpoint(LOOPBACK, port, user, secret, database)
        ),
        # The server must be able to read what its programs leave for it.
        client_user="postgres",
        user=user,
        database=database,
        # The engine's default of 64 MB is too little for parallel queries.
        shared_memory_bytes=256 << 20,
        stops_within_seconds=120,
    )


def _nats(_image: Image, secrets: Mapping[str, str]) -> Launch:
    port, data, secret = 4222, "/data", secrets["nats"]
    configuration = servers.nats_configuration("drill", Endpoint(_ANY, port, secret=secret), data)
    return Launch(
        port=port,
        data=data,
        command=["--config", f"{_STATE}/nats.conf"],
        files={f"{_STATE}/nats.conf": configuration.encode()},
        client_environment=servers.nats_client(Endpoint(LOOPBACK, port, secret=secret)),
    )


def _meilisearch(_image: Image, secrets: Mapping[str, str]) -> Launch:
    port, data = 7700, "/meili_data"
    at = Endpoint(_ANY, port, secret=secrets["meilisearch"])
    environment = servers.meilisearch_environment(at, f"{data}/")
    return Launch(port=port, data=data, command=[], environment=environment)


def _redis(_image: Image, secrets: Mapping[str, str]) -> Launch:
    port, data, secret = 6379, "/data", secrets["redis"]
    path = f"{_STATE}/redis.conf"
    # The server gives up its rights before it reads its configuration, which is root's: it gets
    # the file opened.
    return Launch(
        port=port,
        data=data,
        command=["sh", "-c", f"exec docker-entrypoint.sh redis-server - < {path}"],
        files={path: servers.redis_configuration(data, secret).encode()},
        client_environment=servers.redis_client(Endpoint(LOOPBACK, port, secret=secret)),
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
