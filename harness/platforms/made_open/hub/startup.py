"""What the hub does before it listens: recreate streams, rebuild empty search indexes.

Source: the guide, "Full Platform Restore", step 5.
"""

import time
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

import psycopg

from harness.core.errors import DrillError
from harness.platforms.made_open import search
from harness.platforms.made_open.hub.services import Services

if TYPE_CHECKING:
    from harness.stores.meilisearch import MeilisearchStore

POLL_SECONDS = 0.02
_DOCUMENTS_AT_ONCE = 10_000

Log = Callable[[str], None]


def start_up(services: Services, log: Log) -> None:
    """Wait for each service the hub needs, and leave streams and indexes in place."""
    _wait_for("nats", services.nats.ready, log)
    _wait_for("streams", lambda: _ensure_streams(services, log), log)
    _wait_for("postgres", services.postgres.ready, log)
    log("postgres: connected")
    if services.meilisearch is not None:
        _wait_for("meilisearch", services.meilisearch.ready, log)
        log(_rebuild_if_empty(services, services.meilisearch))


def _wait_for(service: str, ready: Callable[[], str | None], log: Log) -> None:
    said = None
    while (reason := ready()) is not None:
        if reason != said:
            log(f"{service}: waiting: {reason}")
            said = reason
        time.sleep(POLL_SECONDS)


def _ensure_streams(services: Services, log: Log) -> str | None:
    """Create the streams that are missing; return None, or why they could not be created."""
    try:
        created = services.nats.ensure_streams()
    except DrillError as error:
        return error.message
    log(f"streams: {', '.join(created)} created" if created else "streams: all of them exist")
    return None


def _rebuild_if_empty(services: Services, index: "MeilisearchStore") -> str:
    index.ensure_index(search.declared_index())
    if found := index.count(search.UID):
        return f"meilisearch: the index holds {found} documents and is left as it is"
    indexed = 0
    try:
        with services.postgres.connect() as connection:
            documents = search.documents(connection)
            while some := list(islice(documents, _DOCUMENTS_AT_ONCE)):
                index.add_documents(search.UID, some)
                indexed += len(some)
    except psycopg.errors.UndefinedTable:
        return "meilisearch: there is no table of contacts to index"
    return f"meilisearch: {indexed} contacts indexed from postgres"
