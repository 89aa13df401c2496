"""Acknowledged rows outlive a crash, and without synchronous commit not the power's.

A few kills here; DRILL_TEST_KILLS asks for more.
"""

import os
import secrets
from collections.abc import Iterator

import pytest
from ours import our_runtime, our_site

from harness.core.clock import Clock
from harness.core.ledger import Ledger, Outcome
from harness.core.points import HALF
from harness.core.ports import STORES
from harness.core.progress import Unwatched
from harness.drill.meanwhile import in_the_middle
from harness.drill.writing import WRITE_BATCH, write
from harness.faults import FAULTS
from harness.scenario.steps import Disaster, Meanwhile, Step, Write
from harness.site import Site

KILLS = int(os.environ.get("DRILL_TEST_KILLS", "3"))
ROWS = 1_000
TABLE = "audit_log"


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A platform whose PostgreSQL runs, and nothing else."""
    stack = our_runtime("embedded").open(
        f"kills-{secrets.token_hex(4)}",
        dict.fromkeys(STORES, "secret"),
        tmp_path_factory.mktemp("logs"),
    )
    try:
        site = our_site(stack, Clock(), Ledger(random=7), stack.directory)
        site.start("postgres")
        site.create()
        yield site
    finally:
        stack.close()


def kill_while_writing(site: Site) -> None:
    """Kill the server in the middle of a write, and let it recover."""
    fault = FAULTS["kill_server"]
    kill = Disaster(1, fault.id, ("postgres",), fault.options(), fault.takes)
    step = Write(1, {TABLE: ROWS}, ("postgres",), Meanwhile(kill, HALF))

    def play(part: Step) -> str:
        if isinstance(part, Disaster):
            assert [] == fault.inject(site, "postgres", part.options).doubts()
        else:
            write(site, TABLE, ROWS, WRITE_BATCH, Unwatched())
        return ""

    in_the_middle(site, step, step.meanwhile or Meanwhile(None), play)
    site.start("postgres")


def numbers_of(site: Site, outcome: Outcome) -> set[int]:
    """Return the numbers of the rows whose attempts had this outcome."""
    return {
        number
        for attempt in site.ledger.of(TABLE)
        if attempt.outcome is outcome
        for number in range(attempt.first, attempt.last + 1)
    }


def there(site: Site) -> set[int]:
    """Return the numbers of the rows that are there."""
    with site.postgres.connect() as connection:
        return {int(str(id_)) for (id_,) in connection.execute("SELECT id FROM audit_log")}


def test_no_acknowledged_row_is_lost_by_a_crash(site: Site) -> None:
    """What was not answered may be there or not; what was refused is not, what was answered is."""
    for _ in range(KILLS):
        kill_while_writing(site)
    found = there(site)
    acknowledged = numbers_of(site, Outcome.ACKNOWLEDGED)
    assert set() == acknowledged - found
    assert found <= acknowledged | numbers_of(site, Outcome.INDETERMINATE)
    assert len(acknowledged) >= KILLS * ROWS // 2


@pytest.mark.parametrize("commit", ["on", "off"])
def test_without_synchronous_commit_the_power_takes_acknowledged_rows(
    site: Site, commit: str
) -> None:
    """And with it none: the log is on the disk before the answer."""
    with site.postgres.connect() as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_commit = {commit}")
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("SELECT pg_reload_conf()")
    fault = FAULTS["cut_power"]
    for _ in range(KILLS):
        write(site, TABLE, WRITE_BATCH, WRITE_BATCH, Unwatched())
        assert [] == fault.inject(site, "postgres", fault.options()).doubts()
        site.start("postgres")
    lost = numbers_of(site, Outcome.ACKNOWLEDGED) - there(site)
    assert (commit == "off") == bool(lost)
