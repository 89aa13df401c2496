"""Every fault strikes for real, and its proof fails when the fault does nothing."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from psycopg import sql

from harness.core.clock import Clock
from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
from harness.core.ledger import Ledger
from harness.core.ports import STORES
from harness.core.progress import Unwatched
from harness.drill.seeding import bring_up
from harness.faults import FAULTS
from harness.runtime import choose
from harness.runtime.embedded.service import EmbeddedService
from harness.runtime.embedded.volume import DirectoryVolume
from harness.site import Site
from harness.stores import postgres
from harness.stores.jetstream import JetStream
from harness.stores.meilisearch import MeilisearchStore

OPTIONS: dict[str, dict[str, object]] = {
    "delete_rows": {"table": "credentials", "where": "id <= 2"},
    "update_rows": {"table": "contacts", "set": "phone = NULL"},
    "truncate_table": {"table": "vault.credentials"},
    "drop_table": {"table": "audit_log"},
    "drop_schema": {"schema": "vault"},
    "lose_stream": {"stream": "EVENTS"},
    "delete_index": {"index": "contacts"},
}
ROWS = {"contacts": 20, "credentials": 5, "audit_log": 30, "events": 30}
LAST = ("drop_table", "drop_schema", "lose_volume")
"""What leaves too little for the others, in this order."""

ORDER = [*(fault for fault in FAULTS if fault not in LAST), *LAST]
CASES = [(fault, store) for fault in ORDER for store in FAULTS[fault].stores if store != "hub"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One seeded platform for all strikes."""
    stack = choose("embedded").open(
        f"faults-{secrets.token_hex(4)}",
        dict.fromkeys(STORES, "secret"),
        tmp_path_factory.mktemp("logs"),
    )
    try:
        site = Site(stack, Clock(), Ledger(random=7), stack.directory)
        bring_up(site, ROWS, lambda: None, Unwatched())
        yield site
    finally:
        stack.close()


def strike(site: Site, fault: str, store: str) -> DisasterProof:
    """Inject a fault with the options of its case."""
    if store in site.missing:
        pytest.skip(site.missing[store])
    chosen = FAULTS[fault]
    options = chosen.options.model_validate(OPTIONS.get(fault, {}))
    return chosen.inject(site, store, options)


def test_a_strike_that_the_server_refuses_is_told(site: Site) -> None:
    """The append-only log refuses an operator's DELETE: nothing was struck, and that is said."""
    fault = FAULTS["delete_rows"]
    refused = fault.options.model_validate({"table": "audit_log"})
    with pytest.raises(DrillError, match=r"public\.audit_log could not be struck: "):
        fault.inject(site, "postgres", refused)
    past = {"table": "audit_log", "where": "id <= 2", "past_triggers": True}
    assert [] == fault.inject(site, "postgres", fault.options.model_validate(past)).doubts()


@pytest.mark.parametrize(("fault", "store"), CASES)
def test_a_strike_is_proven_and_one_that_did_nothing_is_not(
    site: Site, monkeypatch: pytest.MonkeyPatch, fault: str, store: str
) -> None:
    """What the fault does is taken out; then its own proof says so, or it raises."""
    with monkeypatch.context() as disarmed:
        _disarm(disarmed)
        try:
            doubts = strike(site, fault, store).doubts()
        except DrillError as error:
            doubts = [error.message]
    assert doubts
    assert [] == strike(site, fault, store).doubts()
    if FAULTS[fault].takes is Takes.SERVER:
        site.start(store)


def test_every_fault_says_what_it_strikes() -> None:
    """A fault that could strike nothing, or a store that is none, is a mistake in its list."""
    for fault in FAULTS.values():
        assert fault.stores
        assert set(fault.stores) <= set(STORES)
        assert fault.title


def _disarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take from every client what faults destroy with."""
    execute, ask = postgres._Watched.execute, JetStream.ask

    def reading(connection: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        text = query.as_string(connection) if isinstance(query, sql.Composable) else str(query)
        if text.split(maxsplit=1)[0] in ("DELETE", "UPDATE", "TRUNCATE", "DROP"):
            query = "SELECT"
        return execute(connection, query, *arguments, **options)

    def asking(jetstream: JetStream, subject: str, *arguments: Any) -> Any:
        harmless = not subject.startswith(("STREAM.PURGE", "STREAM.DELETE"))
        return ask(jetstream, subject, *arguments) if harmless else {}

    nothing: Callable[..., None] = lambda *_: None  # noqa: E731 - it stands for several
    monkeypatch.setattr(postgres._Watched, "execute", reading)
    monkeypatch.setattr(JetStream, "ask", asking)
    monkeypatch.setattr(redis.Redis, "flushall", nothing)
    monkeypatch.setattr(MeilisearchStore, "delete_index", nothing)
    monkeypatch.setattr(EmbeddedService, "kill", nothing)
    monkeypatch.setattr(DirectoryVolume, "wipe", nothing)
