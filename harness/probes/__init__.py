"""Probes read the stores; the list below is the order in which they look.

Raises: ValueError: what a probe makes is not what evidence keeps under its id.
"""

from typing import Any

from harness.core.registry import Registry
from harness.kinds import Probe
from harness.observations import OBSERVATIONS
from harness.probes import (
    backups_kept,
    cache_entries,
    cache_freshness,
    cache_repopulates,
    cache_server,
    credentials,
    hub_health,
    ledger_rows,
    own_checks,
    postgres_behaviour,
    postgres_catalog,
    postgres_integrity,
    postgres_tables,
    search_documents,
    search_index,
    stream_live,
    stream_rows,
)

_MODULES = (
    ledger_rows,
    postgres_catalog,
    postgres_tables,
    postgres_integrity,
    credentials,
    stream_rows,
    cache_entries,
    cache_freshness,
    cache_server,
    search_index,
    search_documents,
    hub_health,
    cache_repopulates,
    stream_live,
    postgres_behaviour,
    backups_kept,
    own_checks,
)

PROBES: Registry[Probe[Any]] = Registry(
    __name__, __path__, _MODULES, [module.PROBE for module in _MODULES]
)

if wrong := {i for i, probe in PROBES.items() if OBSERVATIONS.get(i) is not probe.observation}:
    raise ValueError(f"harness.observations: not in the list: {', '.join(sorted(wrong))}")
