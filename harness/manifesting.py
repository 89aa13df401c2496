"""Make a manifest: look at what runs; at a database in one snapshot, which a backup can share."""

import os
import subprocess
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from harness import manifest
from harness.core.clock import Clock
from harness.core.errors import DrillError
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.ports import Cleanup, Endpoint, Service
from harness.core.redact import Redactor
from harness.drill.observing import observe
from harness.scenario.adopting import ADOPTED
from harness.site import Site
from harness.stores.elsewhere import endpoint
from harness.stores.live_postgres import LivePostgres
from harness.stores.meilisearch import MeilisearchStore
from harness.stores.nats import NatsStore
from harness.stores.redis import RedisStore

SNAPSHOT_VARIABLE = "DRILL_SNAPSHOT"
"""How the command beside is told the snapshot, as for pg_dump --snapshot."""


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """A server of another machine, of whose files nothing can be seen."""

    log: Path

    @property
    def volume(self) -> "_Elsewhere":
        """Its files."""
        return self

    def read(self, path: str) -> bytes:
        """Raises: FileNotFoundError: always."""
        raise FileNotFoundError(path)


@dataclass(slots=True)
class _Nothing:
    """A stack that runs nothing: what is looked at is not the harness's."""

    directory: Path
    secrets: Collection[str] = ()
    services: Mapping[str, Service] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    helper_image: str = ""
    script_path: tuple[Path, ...] = ()

    def stopped(self) -> list[str]:
        """Return that nobody has stopped anything of ours."""
        return []

    def scripted(self) -> AbstractContextManager[None]:
        """Run a script meanwhile, which has nothing of ours to stop."""
        return nullcontext()

    def halted(self) -> list[str]:
        """Nothing of it can be halted."""
        return []

    def close(self) -> Cleanup:
        """Nothing of it is left."""
        return Cleanup((), ())


def made(
    addresses: Mapping[str, str],
    *,
    command: str = "",
    snapshot: str = "",
    at_rest: Collection[str] = (),
) -> manifest.Manifest:
    """Look at stores by their addresses, and run a command meanwhile that is told the snapshot of
    PostgreSQL; one that somebody else exported is looked at in place of a new one. Nobody writes
    to the stores that are `at_rest`.

    Raises: UsageError: an address is none. DrillError: a store cannot be read as a whole, or the
    command failed.
    """
    others = {
        store: endpoint(store, address)
        for store, address in addresses.items()
        if store != "postgres"
    }
    live = LivePostgres(addresses["postgres"]) if "postgres" in addresses else None
    secrets = [at.secret for at in others.values()] + ([live.secret] if live else [])
    redactor = Redactor([secret for secret in secrets if secret])
    platform = replace(ADOPTED, stores=tuple(addresses))
    try:
        with (
            TemporaryDirectory(prefix="restore-drills-manifest-") as directory,
            _shared(live, snapshot) as given,
            ThreadPoolExecutor(1) as runner,
        ):
            beside = runner.submit(_run, command, given) if command else None
            log = Path(directory) / "log"
            log.touch()
            services: Any = {store: _Elsewhere(log) for store in others}
            stack = _Nothing(Path(directory), services=services)
            site = Site(stack, Clock(), Ledger(0), Path(directory), platform=platform)
            _direct(site, live, others)
            seen = observe(site, addresses, Observations(), at_backup=True, snapshot=given or None)
            server = _server(live, given)
            if beside is not None:
                beside.result()
    except psycopg.Error as error:
        said = " ".join(redactor.text(str(error)).split())
        raise DrillError(f"the database cannot be read: {said}") from None
    if unread := [reason for _, reason in seen.unread()]:
        raise DrillError(
            f"what runs cannot be read as a whole: {redactor.text('; '.join(unread))}",
            "Give PostgreSQL's role SELECT on every table (pg_read_all_data) and, under row"
            " security, BYPASSRLS.",
        )
    shared = {"postgres"} if command or snapshot else set()
    exact = {store: store in shared or store in at_rest for store in addresses}
    return manifest.made(seen, *server, exact)


def _direct(site: Site, live: LivePostgres | None, others: Mapping[str, Endpoint]) -> None:
    """Have a site's clients look at what runs elsewhere."""
    if live is not None:
        site.postgres = live
    if "nats" in others:
        site.nats = NatsStore(lambda: others["nats"])
    if "redis" in others:
        site.redis = RedisStore(lambda: others["redis"])
    if "meilisearch" in others:
        site.meilisearch = MeilisearchStore(lambda: others["meilisearch"])


def _server(live: LivePostgres | None, snapshot: str) -> tuple[str, str]:
    """Return which database it is, and of which server; two empty texts if of none."""
    if live is None:
        return "", ""
    with live.connect(snapshot) as connection:
        row = connection.execute(
            "SELECT current_database(), current_setting('server_version')"
        ).fetchone()
    assert row is not None
    return str(row[0]), f"PostgreSQL {row[1]}"


@contextmanager
def _shared(live: LivePostgres | None, snapshot: str) -> Iterator[str]:
    if snapshot or live is None:
        yield snapshot
    else:
        with live.exported_snapshot() as exported:
            yield exported


def _run(command: str, snapshot: str) -> None:
    environment = {**os.environ, SNAPSHOT_VARIABLE: snapshot}
    # The person's own command, as they would give it to their shell.
    done = subprocess.run(command, shell=True, env=environment, check=False)  # noqa: S602
    if done.returncode:
        raise DrillError(f"the command ended with status {done.returncode}: {command}")
