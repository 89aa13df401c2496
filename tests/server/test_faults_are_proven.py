"""Every fault strikes for real, and its proof fails when the fault does nothing."""

import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from ours import our_runtime, our_site
from psycopg import sql

from harness.backups import METHODS
from harness.core.clock import Clock
from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
from harness.core.ledger import Ledger
from harness.core.ports import STORES
from harness.core.progress import Unwatched
from harness.drill.seeding import bring_up
from harness.faults import FAULTS
from harness.faults._in_a_volume import OfAFile
from harness.kinds import Armed
from harness.runtime.embedded.service import EmbeddedService
from harness.runtime.embedded.volume import DirectoryVolume
from harness.site import LOG_KEPT_IN, Site
from harness.stores import postgres
from harness.stores.jetstream import JetStream
from harness.stores.meilisearch import MeilisearchStore

OPTIONS: dict[str, dict[str, object]] = {
    "delete_rows": {"table": "credentials", "where": "id <= 2"},
    "update_rows": {"table": "contacts", "set": "phone = NULL"},
    "truncate_table": {"table": "vault.credentials"},
    "drop_table": {"table": "contacts"},
    "drop_schema": {"schema": "vault"},
    "lose_stream": {"stream": "EVENTS"},
    "delete_index": {"index": "contacts"},
    "fill_disk": {"of": "next_backup"},
}
ROWS = {"contacts": 20, "credentials": 5, "audit_log": 300, "events": 30}
LAST = ("drop_table", "drop_schema", "drop_database", "encrypt_volume", "lose_volume")
"""What leaves too little for the others, in this order."""

ORDER = [*(fault for fault in FAULTS if fault not in LAST), *LAST]
CASES = [(fault, store) for fault in ORDER for store in FAULTS[fault].stores if store != "hub"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One seeded platform for all strikes."""
    stack = our_runtime("embedded").open(
        f"faults-{secrets.token_hex(4)}",
        dict.fromkeys(STORES, "secret"),
        tmp_path_factory.mktemp("logs"),
    )
    try:
        site = our_site(stack, Clock(), Ledger(random=7), stack.directory)
        archive = METHODS["base_backup"]
        assert isinstance(archive, Armed)
        bring_up(site, ROWS, lambda: archive.arm(site, "postgres", archive.options()), Unwatched())
        with site.postgres.connect() as connection:
            connection.execute("SELECT pg_switch_wal()")
        deadline_seconds = time.monotonic() + 30
        while not site.service("postgres").run(["ls", LOG_KEPT_IN]).stdout.strip():
            assert time.monotonic() < deadline_seconds
            time.sleep(0.05)
        yield site
    finally:
        stack.close()


FILES = {"postgres": "heap", "nats": "blocks", "redis": "aof", "meilisearch": "lmdb"}
"""The class of file that is damaged of each store."""


def strike(site: Site, fault: str, store: str) -> DisasterProof:
    """Inject a fault with the options of its case."""
    if store in site.missing:
        pytest.skip(site.missing[store])
    chosen = FAULTS[fault]
    own = {"file": FILES[store], "table": "audit_log"} if chosen.options is OfAFile else {}
    options = chosen.options.model_validate(OPTIONS.get(fault, {}) | own)
    return chosen.inject(site, store, options)


def test_a_strike_that_the_server_refuses_is_told(site: Site) -> None:
    """The append-only log refuses an operator's DELETE: nothing was struck, and that is said."""
    fault = FAULTS["delete_rows"]
    refused = fault.options.model_validate({"table": "audit_log"})
    with pytest.raises(DrillError, match=r"public\.audit_log could not be struck: "):
        fault.inject(site, "postgres", refused)
    past = {"table": "audit_log", "where": "id <= 2", "past_triggers": True}
    assert [] == fault.inject(site, "postgres", fault.options.model_validate(past)).doubts()


def test_a_full_disk_for_the_log_is_proven(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """No segment to come finds room, by the kernel's own word."""
    fault = FAULTS["fill_disk"]
    options = fault.options.model_validate({"of": "log"})
    with monkeypatch.context() as disarmed:
        _disarm(disarmed)
        assert ["16 entries left"] == fault.inject(site, "postgres", options).doubts()
    assert [] == fault.inject(site, "postgres", options).doubts()


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
    for damage in ("patch", "cut", "remove", "scramble"):
        monkeypatch.setattr(DirectoryVolume, damage, nothing)
    monkeypatch.setattr(Path, "symlink_to", nothing)
    run = EmbeddedService.run

    def running(service: EmbeddedService, argv: Any, **options: Any) -> Any:
        return run(service, ["true"] if argv[0] in ("rm", "ln") else argv, **options)

    monkeypatch.setattr(EmbeddedService, "run", running)
