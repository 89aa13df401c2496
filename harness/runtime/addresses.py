"""Where the servers of a drill answer, under the names that programs of the user's look for."""

from collections.abc import Mapping
from contextlib import suppress

from harness.core.addresses import told
from harness.core.errors import DrillError
from harness.core.ports import Service

_NAMES = {
    "postgres": {
        "DATABASE_URL": "url",
        "PGHOST": "host",
        "PGPORT": "port",
        "PGUSER": "user",
        "PGPASSWORD": "password",
        "PGDATABASE": "database",
    },
    "nats": {"NATS_URL": "url"},
    "meilisearch": {"MEILISEARCH_URL": "url", "MEILI_MASTER_KEY": "key"},
    "redis": {"REDIS_URL": "url"},
    "hub": {"HUB_URL": "url"},
}
"""The part of its address that each variable of a store holds."""


def addresses(services: Mapping[str, Service], hub_url: str = "") -> dict[str, str]:
    """Return the variables of every service that runs; `hub_url` is where a real hub answers."""
    found: dict[str, str] = {}
    for store, service in services.items():
        # What does not run has no address.
        with suppress(DrillError):
            parts = told(store, service.endpoint)
            found |= {name: parts[part] for name, part in _NAMES[store].items()}
    if hub_url and "HUB_URL" in found:
        found["HUB_URL"] = hub_url
    return found
