"""All plants. A name is taken once; a module that is not listed fails a test."""

from harness.prove.plants import (
    artefacts,
    cache,
    catalog,
    harness_view,
    hub,
    ledger,
    near_misses,
    search,
    server,
    streams,
    tables,
)

MODULES = (
    ledger,
    tables,
    catalog,
    server,
    streams,
    cache,
    search,
    hub,
    artefacts,
    harness_view,
    near_misses,
)

PLANTS = tuple(plant for module in MODULES for plant in module.PLANTS)
