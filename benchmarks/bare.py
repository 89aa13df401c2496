"""The default drill as a bare script: the same servers and commands, nothing accounted for.

It writes the same rows, dumps, archives, destroys and restores, and looks at nothing. What a drill
takes longer is the price of its evidence.
"""

import argparse
import secrets
import tempfile
from pathlib import Path

from harness.core.clock import Clock
from harness.core.ledger import Ledger
from harness.core.ports import STORES
from harness.drill.writing import SEED_BATCH, WRITE_BATCH
from harness.platform.rows import RowSource
from harness.platforms.made_open import cache, rows, vault
from harness.runtime import choose
from harness.scenario.platform_file import made_open
from harness.site import Site

RANDOM = 20261122


def main() -> None:
    """Play the bare script once."""
    options = argparse.ArgumentParser()
    options.add_argument("--audit-log", type=int, default=10_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as logs:
        passwords = {store: secrets.token_urlsafe(24) for store in STORES}
        stack = choose("embedded", {}, platform=made_open()).open(
            f"bare-{secrets.token_hex(4)}", passwords, Path(logs)
        )
        try:
            _play(
                Site(stack, Clock(), Ledger(RANDOM), stack.directory, made_open()), chosen.audit_log
            )
        finally:
            stack.close()


def _play(site: Site, audit_rows: int) -> None:
    stores = [store for store in STORES if store not in site.missing and store != "hub"]
    for store in stores:
        site.start(store)
    site.create()
    site.nats.create()
    _load(site, rows.CONTACTS, 1, 2_000, SEED_BATCH)
    _load(site, rows.CREDENTIALS, 1, 50, SEED_BATCH)
    _load(site, rows.AUDIT_LOG, 1, audit_rows, SEED_BATCH)
    site.nats.publish(rows.messages(RANDOM, 1, 5_000))
    site.run_scripts(site.platform.derived)
    site.nats.advance_consumers()
    with site.postgres.connect() as connection:
        site.redis.seed(cache.entries(connection, RANDOM))
    site.service("hub").volume.write(vault.KEY_FILE, vault.key(RANDOM))
    site.start("hub")

    dump = site.directory / "backup.sql"
    postgres, nats = site.service("postgres"), site.service("nats")
    postgres.run(["pg_dump"], stdout=dump)
    archive = site.directory / "nats-data.tar.gz"
    nats.stop()
    nats.volume.archive(archive)
    site.start("nats")

    _load(site, rows.CONTACTS, 2_001, 2_050, WRITE_BATCH)
    _load(site, rows.AUDIT_LOG, audit_rows + 1, audit_rows + 200, WRITE_BATCH)
    site.nats.publish(rows.messages(RANDOM, 5_001, 5_100))

    for store in stores:
        site.service(store).kill()
        site.service(store).volume.wipe()
    site.service("hub").stop()

    site.start("postgres")
    postgres.run(["psql"], stdin=dump)
    nats.volume.extract(archive)
    for store in [*stores, "hub"]:
        if not site.service(store).is_running:
            site.start(store)


def _load(site: Site, source: RowSource, first: int, last: int, batch: int) -> None:
    with site.postgres.connect() as connection:
        for low in range(first, last + 1, batch):
            lines = source.lines(RANDOM, low, min(low + batch - 1, last))
            site.postgres.load(connection, source, lines)


if __name__ == "__main__":
    main()
