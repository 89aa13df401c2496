"""Where the servers of a drill answer, under the names that programs of the user's look for."""

from collections.abc import Mapping
from contextlib import suppress

from harness.core.errors import DrillError
from harness.core.ports import Endpoint, Service


def addresses(services: Mapping[str, Service], hub_url: str = "") -> dict[str, str]:
    """Return the variables of every service that runs; `hub_url` is where a real hub answers."""
    found: dict[str, str] = {}
    named = {
        "postgres": _postgres,
        "nats": _nats,
        "meilisearch": _meilisearch,
        "redis": _redis,
        "hub": _hub,
    }
    for store, service in services.items():
        # What does not run has no address.
        with suppress(DrillError):
            found |= named[store](service.endpoint)
    if hub_url and "HUB_URL" in found:
        found["HUB_URL"] = hub_url
    return found


def _postgres(at: Endpoint) -> dict[str, str]:
    return {
        "DATABASE_URL": f"postgresql://{at.user}:{at.secret}@{at.host}:{at.port}/{at.database}",
        "PGHOST": at.host,
        "PGPORT": str(at.port),
        "PGUSER": at.user,
        "PGPASSWORD": at.secret,
        "PGDATABASE": at.database,
    }


def _nats(at: Endpoint) -> dict[str, str]:
    return {"NATS_URL": f"nats://{at.secret}@{at.host}:{at.port}"}


def _meilisearch(at: Endpoint) -> dict[str, str]:
    return {"MEILISEARCH_URL": at.http_url, "MEILI_MASTER_KEY": at.secret}


def _redis(at: Endpoint) -> dict[str, str]:
    return {"REDIS_URL": f"redis://:{at.secret}@{at.host}:{at.port}/0"}


def _hub(at: Endpoint) -> dict[str, str]:
    return {"HUB_URL": at.http_url}
