"""All plants. A name is taken once; a module that is not listed fails a test."""

from pathlib import Path

from harness.platforms.made_open.plants import (
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
from harness.site import Site

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

_RESOURCES = Path(__file__).parent / "resources"

SCENARIO = _RESOURCES / "scenario.yaml"
"""What every plant starts from."""


def widen(site: Site) -> None:
    """Add one of every kind of object that the platform's own schema lacks."""
    script = (_RESOURCES / "one_of_everything.sql").read_text(encoding="utf-8")
    with site.postgres.connect() as connection:
        # The project's own file, not input.
        connection.execute(script.encode())


PLANTS = tuple(plant for module in MODULES for plant in module.PLANTS)
