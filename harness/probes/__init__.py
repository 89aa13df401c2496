"""Probes read the stores; the list below is the order in which they look.

Raises: ValueError: what a probe makes is not what evidence keeps under its id.
"""

from dataclasses import replace
from typing import Any

from harness.core.own_check import PREFIX
from harness.core.platform import Platform
from harness.core.registry import Registry
from harness.kinds import Probe
from harness.observations import OBSERVATIONS
from harness.platform import own_code
from harness.probes import (
    backups_kept,
    cache_entries,
    cache_server,
    hub_health,
    ledger_rows,
    own_checks,
    postgres_behaviour,
    postgres_catalog,
    postgres_integrity,
    postgres_tables,
    search_index,
    stream_live,
    stream_rows,
)

_MODULES = (
    ledger_rows,
    postgres_catalog,
    postgres_tables,
    postgres_integrity,
    stream_rows,
    cache_entries,
    cache_server,
    search_index,
    hub_health,
    stream_live,
    postgres_behaviour,
    backups_kept,
    own_checks,
)

PROBES: Registry[Probe[Any]] = Registry(
    __name__, __path__, _MODULES, [module.PROBE for module in _MODULES]
)

_TRY_THINGS_OUT = ("stream_live", "postgres_behaviour", "backups_kept", "own_checks")
"""Probes that come last of all, those of the platform's own code included."""


def probes_of(platform: Platform) -> tuple[Probe[Any], ...]:
    """Return the probes for drills of a platform, in the order in which they look.

    Raises: BrokenCode.
    """
    own = own_code.brought(platform, "probes", "PROBES", Probe)
    if not platform.is_ours:
        own = tuple(replace(probe, id=f"{PREFIX}{probe.id}") for probe in own)
    last = [PROBES[id_] for id_ in _TRY_THINGS_OUT]
    return (*(p for id_, p in PROBES.items() if id_ not in _TRY_THINGS_OUT), *own, *last)


if wrong := {i for i, probe in PROBES.items() if OBSERVATIONS.get(i) is not probe.observation}:
    raise ValueError(f"harness.observations: not in the list: {', '.join(sorted(wrong))}")
