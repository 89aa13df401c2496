"""How each server of the platform is set up, whatever runs it: durable, behind a password, and
addressed by its own clients.

What is left to a runtime is where a server lives: its directories, its port, and how secrets are
kept out of a list of processes.
"""

import json
from collections.abc import Mapping

from harness.core.ports import Endpoint

# First major version with a locale provider that needs nothing of the operating system.
_BUILTIN_LOCALES_SINCE = 17

POSTGRES_SETTINGS: Mapping[str, str] = {
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "wal_level": "logical",
    "max_parallel_workers_per_gather": "2",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_checkpoints": "on",
}
"""What PostgreSQL is started with. Nothing here weakens durability: fsync and synchronous_commit
stay on. Given on the command line, so that no setting of this machine gets into a backup.
"""


def options(settings: Mapping[str, str]) -> list[str]:
    """Return settings as PostgreSQL's command line takes them."""
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def initdb_arguments(version: str) -> list[str]:
    """Return how a cluster is initialised, by a server of that version as far as it is known.

    Only the initialisation itself is not synced; the server syncs everything it writes.
    """
    arguments = ["--encoding=UTF8", "--locale=C", "--no-sync"]
    major = version.partition(".")[0]
    if major.isdecimal() and int(major) >= _BUILTIN_LOCALES_SINCE:
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return arguments


def nats_configuration(name: str, at: Endpoint, store: str) -> str:
    """Return the configuration of a NATS server that listens there, with its JetStream in `store`.

    `sync_interval` stays at the server's default of two minutes, as the platform runs it: an
    acknowledged message may be lost with the machine's power, but not with the process.
    """
    configuration = {
        "server_name": name,
        "listen": f"{at.host}:{at.port}",
        "jetstream": {"store_dir": store},
        "authorization": {"token": at.secret},
    }
    # JSON is a subset of the server's configuration language.
    return json.dumps(configuration)


def redis_configuration(directory: str, secret: str, own: Mapping[str, str] | None = None) -> str:
    """Return the configuration of Redis as the guide runs it: append-only file on, a cache that
    evicts. `own` settings are the runtime's.
    """
    settings = {
        **(own or {}),
        "requirepass": secret,
        "dir": directory,
        "appendonly": "yes",
        "maxmemory-policy": "allkeys-lru",
    }
    # A JSON string is a quoted string of the configuration, too.
    return "".join(f"{name} {json.dumps(value)}\n" for name, value in settings.items())


def meilisearch_environment(at: Endpoint, directory: str = "") -> dict[str, str]:
    """Return the environment of Meilisearch, whose database, dumps and snapshots are in a
    directory, its own where this is left out; nothing is reported to anybody.
    """
    return {
        "MEILI_MASTER_KEY": at.secret,
        "MEILI_NO_ANALYTICS": "true",
        "MEILI_HTTP_ADDR": f"{at.host}:{at.port}",
        "MEILI_DB_PATH": f"{directory}data.ms",
        "MEILI_DUMP_DIR": f"{directory}dumps",
        "MEILI_SNAPSHOT_DIR": f"{directory}snapshots",
    }


def postgres_client(at: Endpoint) -> dict[str, str]:
    """Return the variables that address libpq's programs."""
    return {
        "PGHOST": at.host,
        "PGPORT": str(at.port),
        "PGUSER": at.user,
        "PGPASSWORD": at.secret,
        "PGDATABASE": at.database,
    }


def nats_client(at: Endpoint) -> dict[str, str]:
    """Return the variable that addresses the `nats` command."""
    return {"NATS_URL": f"nats://{at.secret}@{at.host}:{at.port}"}


def redis_client(at: Endpoint) -> dict[str, str]:
    """Return the password of `redis-cli`; it takes the port as an argument only."""
    return {"REDISCLI_AUTH": at.secret}
