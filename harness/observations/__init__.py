"""What probes return: plain data, no rows. Evidence keeps each under the id of its probe."""

from collections.abc import Mapping
from typing import Any

from harness.observations.backups import BackupsKept
from harness.observations.cache import CacheEntries, CacheFreshness, CacheRepopulates, CacheServer
from harness.observations.credentials import Credentials
from harness.observations.hub import HubHealth
from harness.observations.ledger_rows import LedgerRows
from harness.observations.own_checks import OwnAnswers
from harness.observations.postgres_behaviour import Behaviour
from harness.observations.postgres_catalog import Catalog
from harness.observations.postgres_integrity import Integrity
from harness.observations.postgres_tables import Tables
from harness.observations.search import SearchDocuments, SearchIndexes
from harness.observations.streams import StreamLive, StreamRows

OBSERVATIONS: Mapping[str, type[Any]] = {
    "ledger_rows": LedgerRows,
    "postgres_catalog": Catalog,
    "postgres_tables": Tables,
    "postgres_integrity": Integrity,
    "credentials": Credentials,
    "stream_rows": StreamRows,
    "cache_entries": CacheEntries,
    "cache_freshness": CacheFreshness,
    "cache_server": CacheServer,
    "search_index": SearchIndexes,
    "search_documents": SearchDocuments,
    "hub_health": HubHealth,
    "cache_repopulates": CacheRepopulates,
    "stream_live": StreamLive,
    "postgres_behaviour": Behaviour,
    "backups_kept": BackupsKept,
    "own_checks": OwnAnswers,
}
"""By the id of the probe that makes it, in the order in which they are made."""
