"""What it costs to name 1,000 scattered lost rows, beside finding nothing wrong.

Rows are seeded once. Then, in turn, pair by pair, the whole platform's ledger tables are read and
judged as they are, and with 1,000 rows deleted; the median of the ratios is the result. Peak
memory is this process's own, seeding left out.
"""

import argparse
import gc
import random
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from harness.checks import checks_of
from harness.core.case import Case, NotApplicable
from harness.core.clock import Clock
from harness.core.finding import Finding
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.ports import STORES
from harness.drill.writing import SEED_BATCH, write
from harness.kinds import Look
from harness.probes import PROBES
from harness.runtime import choose
from harness.scenario.platform_file import made_open
from harness.site import Site

RANDOM = 20261122
LOST = 1_000
DAMAGE = """
SET session_replication_role = replica;
CREATE TABLE IF NOT EXISTS public.kept_aside (LIKE public.audit_log);
"""
TAKE = (
    "WITH taken AS (DELETE FROM public.audit_log WHERE id = ANY(%s) RETURNING *)"
    " INSERT INTO public.kept_aside SELECT * FROM taken"
)
GIVE_BACK = (
    "WITH given AS (DELETE FROM public.kept_aside RETURNING *)"
    " INSERT INTO public.audit_log SELECT * FROM given"
)


class Quiet:
    """Watches nothing."""

    def phase(self, name: str) -> None:
        """Do nothing."""

    def advance(self, done: int, total: int) -> None:
        """Do nothing."""


class Peak:
    """The most memory that this process held while `watching`."""

    def __init__(self) -> None:
        self.bytes = 0
        self._process = psutil.Process()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Measure every 20 ms."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.02):
                self.bytes = max(self.bytes, self._process.memory_info().rss)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--pairs", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as logs:
        passwords = {store: secrets.token_urlsafe(24) for store in STORES}
        stack = choose("embedded", {}, platform=made_open()).open(
            f"loss-{secrets.token_hex(4)}", passwords, Path(logs)
        )
        try:
            _measure(Site(stack, Clock(), Ledger(RANDOM), stack.directory, made_open()), chosen)
        finally:
            stack.close()


def _measure(site: Site, chosen: argparse.Namespace) -> None:
    site.start("postgres")
    site.create()
    begun = time.perf_counter()
    write(site, "audit_log", chosen.rows, SEED_BATCH, Quiet())
    seconds = time.perf_counter() - begun
    print(f"seeded {chosen.rows} rows in {seconds:.1f} s, {chosen.rows / seconds:.0f} a second")
    draw = random.Random(RANDOM)  # noqa: S311 - which rows are lost is no secret
    lost = sorted(draw.sample(range(1, chosen.rows + 1), LOST))
    gc.collect()
    peak = Peak()
    ratios: list[float] = []
    for pair in range(1, chosen.pairs + 1):
        with peak.watching():
            clean, _ = _judged(site)
        with site.postgres.connect() as connection:
            connection.execute(DAMAGE)
            connection.execute(TAKE, (lost,))
        with peak.watching():
            damaged, findings = _judged(site)
        named = next(f.rows["lost"] for f in findings if f.check == "audit_log_complete")
        assert lost == [n for first, last in named for n in range(first, last + 1)]
        with site.postgres.connect() as connection:
            connection.execute(DAMAGE)
            connection.execute(GIVE_BACK)
            connection.execute("VACUUM public.audit_log")
        ratios.append(damaged / clean)
        print(f"pair {pair}: clean {clean:.2f} s, damaged {damaged:.2f} s, ratio {ratios[-1]:.2f}")
    print(
        f"{chosen.rows} rows, {LOST} lost, {chosen.pairs} pairs: all named, median ratio"
        f" {statistics.median(ratios):.2f}, peak {peak.bytes / 1e6:.0f} MB"
    )


def _judged(site: Site) -> tuple[float, list[Finding]]:
    """Read and judge the ledger tables; return how long it took, and what was found."""
    begun = time.perf_counter()
    after = Observations()
    look = Look(site, site.ledger, site.history, Observations())
    after.put(PROBES["ledger_rows"].observe(look))
    case = Case(site.ledger, site.history, Observations(), after, platform=site.platform)
    findings: list[Finding] = []
    for check in checks_of(site.platform).values():
        if not check.claims and not check.id.startswith("audit_log_"):
            continue
        try:
            findings.append(check.judge(check, case))
        except NotApplicable:
            continue
    return time.perf_counter() - begun, findings


if __name__ == "__main__":
    main()
