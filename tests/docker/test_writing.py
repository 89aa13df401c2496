"""Whose doing it is that a store takes no writes: the scenario's, or the machine's."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import halting
import pytest
from docker_engine import require_docker
from ours import create, our_runtime, our_site

from harness.core.clock import Clock
from harness.core.history import store_of
from harness.core.ledger import Ledger, Outcome
from harness.core.patience import Unresponsive
from harness.core.ports import STORES
from harness.core.progress import Unwatched
from harness.drill.writing import WRITE_BATCH, write
from harness.site import Site

TABLES = ("audit_log", "events")
SECRETS = {store: secrets.token_urlsafe(18) for store in STORES}

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module", params=["embedded", "docker"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Give a platform whose tables and streams are there."""
    if request.param == "docker":
        require_docker()
    drill_id = f"writing-{secrets.token_hex(4)}"
    logs = tmp_path_factory.mktemp("logs")
    stack = our_runtime(request.param, pull="never").open(drill_id, SECRETS, logs)
    try:
        opened = our_site(stack, Clock(), Ledger(random=7), stack.directory)
        for store in map(store_of, TABLES):
            opened.start(store)
        create(opened.postgres)
        opened.nats.create()
        yield opened
    finally:
        assert () == stack.close().left


def _write(site: Site, table: str, count: int) -> list[tuple[Outcome, int]]:
    """Write so many rows and return what became of them."""
    known = len(site.ledger.attempts)
    write(site, table, count, WRITE_BATCH, Unwatched())
    return [(attempt.outcome, attempt.rows) for attempt in site.ledger.attempts[known:]]


@pytest.mark.parametrize("table", TABLES)
def test_what_meets_a_store_that_the_scenario_stopped_is_refused(site: Site, table: str) -> None:
    """Nothing of it is acknowledged, and what comes after the next start is."""
    site.service(store_of(table)).stop()
    outcomes = _write(site, table, 2 * WRITE_BATCH)
    assert {Outcome.REFUSED} == {outcome for outcome, _ in outcomes}
    assert 2 * WRITE_BATCH == sum(count for _, count in outcomes)
    site.start(store_of(table))
    assert {Outcome.ACKNOWLEDGED} == {outcome for outcome, _ in _write(site, table, 10)}


@pytest.mark.parametrize("table", TABLES)
def test_writes_go_on_over_a_stop_and_a_start(site: Site, table: str) -> None:
    """Each has its outcome, and those after the start are acknowledged again."""
    store, is_back = store_of(table), Event()

    def keep_writing() -> list[tuple[Outcome, int]]:
        outcomes = []
        while not is_back.is_set():
            outcomes += _write(site, table, 5 * WRITE_BATCH)
        return outcomes + _write(site, table, WRITE_BATCH)

    with ThreadPoolExecutor(max_workers=1) as writer:
        writing = writer.submit(keep_writing)
        try:
            site.service(store).stop()
            site.start(store)
        finally:
            is_back.set()
        outcomes = writing.result()
    assert outcomes[-1][0] is Outcome.ACKNOWLEDGED


@pytest.mark.parametrize("end", [halting.kill, halting.end])
@pytest.mark.parametrize("table", TABLES)
def test_a_store_that_the_machine_took_refuses_nothing(
    site: Site, table: str, end: Callable[[Site, str], None]
) -> None:
    """The drill has shown nothing then, and says whose server it was."""
    store = store_of(table)
    end(site, store)
    try:
        with pytest.raises(Unresponsive, match=rf"{store}.*, and not by the drill's own doing"):
            _write(site, table, 10)
    finally:
        site.service(store).kill()
        site.start(store)
