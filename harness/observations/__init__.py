"""What probes return: plain data, no rows. Evidence keeps each under the id of its probe."""

from collections.abc import Mapping
from typing import Any

from harness.core.own_check import PREFIX
from harness.core.platform import Platform
from harness.observations.backups import BackupsKept
from harness.observations.cache import CacheEntries, CacheServer
from harness.observations.hub import HubHealth
from harness.observations.ledger_rows import LedgerRows
from harness.observations.own_checks import OwnAnswers
from harness.observations.postgres_behaviour import Behaviour
from harness.observations.postgres_catalog import Catalog
from harness.observations.postgres_integrity import Integrity
from harness.observations.postgres_tables import Tables
from harness.observations.search import SearchIndexes
from harness.observations.streams import StreamLive, StreamRows
from harness.platform import own_code

OBSERVATIONS: Mapping[str, type[Any]] = {
    "ledger_rows": LedgerRows,
    "postgres_catalog": Catalog,
    "postgres_tables": Tables,
    "postgres_integrity": Integrity,
    "stream_rows": StreamRows,
    "cache_entries": CacheEntries,
    "cache_server": CacheServer,
    "search_index": SearchIndexes,
    "hub_health": HubHealth,
    "stream_live": StreamLive,
    "postgres_behaviour": Behaviour,
    "backups_kept": BackupsKept,
    "own_checks": OwnAnswers,
}
"""By the id of the probe that makes it, in the order in which they are made."""


def observations_of(platform: Platform) -> Mapping[str, type[Any]]:
    """Return what the probes of a platform return, its own included. Raises: BrokenCode."""
    own = own_code.brought(platform, "observations", "OBSERVATIONS", tuple)
    before = "" if platform.is_ours else PREFIX
    return {**OBSERVATIONS, **{f"{before}{id_}": kind for id_, kind in own}}
