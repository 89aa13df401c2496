"""Bring the platform up and fill it with data that can be accounted for row by row."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.core.errors import DrillError
from harness.core.ledger import Outcome
from harness.core.progress import Watcher
from harness.drill.acknowledged import open_ledger, refused
from harness.drill.writing import SEED_BATCH, write
from harness.platform import own_code
from harness.platform.indexes import declared_indexes
from harness.site import Site


def bring_up(
    site: Site, counts: Mapping[str, int], arm: Callable[[], None], watcher: Watcher
) -> None:
    """Start every store that can run here, `arm` the backup methods, seed, and start the hub last.

    Raises: DrillError: a store did not start, or did not acknowledge a seeded row.
    """
    watcher.phase("start the servers")
    present = [store for store in site.present if store != "hub"]
    with ThreadPoolExecutor(max_workers=len(present)) as starters:
        list(starters.map(site.start, present))
    arm()
    watcher.phase("seed")
    site.create()
    open_ledger(site)
    brings_streams = "nats" in site.present and not site.platform.is_adopted
    if brings_streams:
        site.nats.create()
    for table, count in counts.items():
        write(site, table, count, SEED_BATCH, watcher)
    _require_acknowledged(site)
    if brings_streams:
        site.nats.advance_consumers()
    if site.platform.cache and "redis" in site.present:
        site.redis.run(Path(site.platform.cache).read_text(encoding="utf-8").splitlines())
    if site.platform.indexes and "meilisearch" in site.present:
        declared = declared_indexes(site.platform.indexes)
        site.meilisearch.create(i for i in declared if i["uid"] != site.platform.rebuilt)
    site.run_scripts(site.platform.derived)
    if (fill := own_code.hook(site.platform, "filling", "fill")) is not None:
        fill(site)
    if "hub" in site.platform.stores:
        watcher.phase("start the hub")
        site.start("hub")


def _require_acknowledged(site: Site) -> None:
    for attempt in site.ledger.attempts:
        if attempt.outcome is not Outcome.ACKNOWLEDGED and attempt.table in site.kept:
            raise refused(site, attempt.table)
        if attempt.outcome is not Outcome.ACKNOWLEDGED:
            raise DrillError(
                f"{attempt.table}: rows {attempt.first} to {attempt.last} were"
                f" {attempt.outcome} while seeding",
                "A platform that cannot be seeded cannot be drilled; see the server's log.",
            )
