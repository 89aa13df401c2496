"""A recovery to a moment is exact on both sides, wherever between two commits the moment lies."""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import halting
import pytest
from ours import create, our_runtime, our_site

from harness.backups import _recovery, base_backup
from harness.backups.base_backup import METHOD, BaseBackupOptions
from harness.core.clock import Clock
from harness.core.errors import DrillError, Unavailable
from harness.core.history import Mark
from harness.core.ledger import Ledger
from harness.core.patience import Unresponsive
from harness.core.ports import STORES
from harness.core.progress import Unwatched
from harness.drill.writing import write
from harness.kinds import Target
from harness.runtime import processes
from harness.site import Site

TARGETS = 20
ROWS = 7
OPTIONS = BaseBackupOptions.model_validate({"wal": "stream"})


@dataclass(frozen=True)
class Archived:
    """A platform with one base backup, its log, and a mark after each of TARGETS commits."""

    site: Site
    archive: Path
    marks: tuple[Mark, ...]


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """Write and mark in turn, as fast as the server acknowledges; then lose the server."""
    folder = tmp_path_factory.mktemp("sweep")
    passwords = {store: secrets.token_urlsafe(16) for store in STORES}
    stack = our_runtime("embedded").open(
        f"sweep-{secrets.token_hex(4)}", passwords, folder / "logs"
    )
    backup = folder / "base"
    backup.mkdir()
    try:
        site = our_site(stack, Clock(), Ledger(20261122), stack.directory)
        site.start("postgres")
        METHOD.arm(site, "postgres", OPTIONS)
        create(site.postgres)
        METHOD.take(site, "postgres", backup, OPTIONS, lambda _: None)
        marks = []
        for number in range(TARGETS):
            write(site, "audit_log", ROWS, ROWS, Unwatched())
            server_time = site.postgres.mark(f"mark-{number}")
            marks.append(Mark(f"mark-{number}", site.clock.now_seconds(), server_time))
        write(site, "audit_log", ROWS, ROWS, Unwatched())
        site.service("postgres").kill()
        archive = folder / "data.tar.gz"
        base_backup.verify(site.service("postgres"), [backup])
        base_backup.pack(site.service("postgres"), archive)
        yield Archived(site, archive, tuple(marks))
    finally:
        stack.close()


def recovered(archived: Archived, target: Target | None) -> list[int]:
    """Recover to a target and return the ids of the audit log then, in order."""
    site = archived.site
    site.service("postgres").kill()
    _recovery.recover(site, "postgres", archived.archive, target)
    with site.postgres.connect() as connection:
        rows = connection.execute("SELECT id FROM public.audit_log ORDER BY id").fetchall()
    return [int(str(row[0])) for row in rows]


def test_every_target_is_met_exactly(archived: Archived) -> None:
    """All rows acknowledged before a mark are there and none after it, by name and by time."""
    for number, mark in enumerate(archived.marks):
        target = Target(mark, "time" if number % 2 else "name")
        assert list(range(1, ROWS * (number + 1) + 1)) == recovered(archived, target), str(target)


def test_the_latest_point_holds_every_acknowledged_row(archived: Archived) -> None:
    """With the log streamed, a killed server had acknowledged nothing that is not kept."""
    assert list(range(1, ROWS * (TARGETS + 1) + 1)) == recovered(archived, None)


def test_a_recovery_that_fails_says_why(archived: Archived) -> None:
    """The server tells it to its log only."""
    nowhere = Target(Mark("nowhere", 0, ""), "name")
    with pytest.raises(DrillError) as failed:
        recovered(archived, nowhere)
    assert not isinstance(failed.value, Unavailable)
    said = r"postgres ended .*: recovery ended before configured recovery target was reached"
    assert re.fullmatch(said, failed.value.message)


def test_a_recovery_that_somebody_kills_has_not_failed(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine did it."""
    service = archived.site.stack.services["postgres"]
    start = service.start

    def start_and_kill(environment: Mapping[str, str] | None = None) -> None:
        start(environment)
        halting.kill(archived.site, "postgres")

    monkeypatch.setattr(service, "start", start_and_kill)
    with pytest.raises(Unresponsive, match=r"postgres \(killed\)"):
        recovered(archived, None)


def test_a_receiver_of_the_log_that_ends_leaves_no_write_waiting(tmp_path: Path) -> None:
    """Nothing would be acknowledged without it, for ever; the machine took it."""
    passwords = {store: secrets.token_urlsafe(16) for store in STORES}
    stack = our_runtime("embedded").open(f"receiver-{secrets.token_hex(4)}", passwords, tmp_path)
    try:
        site = our_site(stack, Clock(), Ledger(7), stack.directory)
        site.start("postgres")
        METHOD.arm(site, "postgres", OPTIONS)
        create(site.postgres)
        search = processes.of_drill(stack.directory.name, stack.directory)
        (receiver,) = [found for found in search() if found.name() == "pg_receivewal"]
        receiver.kill()
        with pytest.raises(Unresponsive, match=r"postgres: pg_receivewal ended: .*own doing"):
            write(site, "audit_log", 10 * ROWS, ROWS, Unwatched())
    finally:
        assert () == stack.close().left
