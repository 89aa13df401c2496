"""Make a manifest: look at a running database in one snapshot, which a backup can share."""

import os
import subprocess
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from harness import manifest
from harness.core.clock import Clock
from harness.core.errors import DrillError
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.ports import Cleanup, Service
from harness.core.redact import Redactor
from harness.drill.observing import observe
from harness.scenario.adopting import ADOPTED
from harness.site import Site
from harness.stores.live_postgres import LivePostgres

SNAPSHOT_VARIABLE = "DRILL_SNAPSHOT"
"""How the command beside is told the snapshot, as for pg_dump --snapshot."""


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


def made(address: str, command: str = "", snapshot: str = "") -> manifest.Manifest:
    """Look at a database, and run a command meanwhile that is told the snapshot.

    A snapshot that somebody else exported is looked at in place of a new one.
    Raises: UsageError: the address is none. DrillError: the database cannot be read as a whole, or
    the command failed.
    """
    live = LivePostgres(address)
    redactor = Redactor([live.secret] if live.secret else [])
    try:
        with (
            TemporaryDirectory(prefix="restore-drills-manifest-") as directory,
            _shared(live, snapshot) as given,
            ThreadPoolExecutor(1) as runner,
        ):
            beside = runner.submit(_run, command, given) if command else None
            site = Site(
                _Nothing(Path(directory)), Clock(), Ledger(0), Path(directory), platform=ADOPTED
            )
            site.postgres = live
            seen = observe(site, ("postgres",), Observations(), at_backup=True, snapshot=given)
            with live.connect(given) as connection:
                row = connection.execute(
                    "SELECT current_database(), current_setting('server_version')"
                ).fetchone()
            if beside is not None:
                beside.result()
    except psycopg.Error as error:
        said = " ".join(redactor.text(str(error)).split())
        raise DrillError(f"the database cannot be read: {said}") from None
    if unread := [f"{kind.__name__}: {reason}" for kind, reason in seen.unread()]:
        raise DrillError(
            f"the database cannot be read as a whole: {redactor.text('; '.join(unread))}",
            "Give the role SELECT on every table (pg_read_all_data) and, under row security,"
            " BYPASSRLS.",
        )
    assert row is not None
    return manifest.made(seen, str(row[0]), f"PostgreSQL {row[1]}")


@contextmanager
def _shared(live: LivePostgres, snapshot: str) -> Iterator[str]:
    if snapshot:
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
