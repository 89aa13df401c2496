"""A recovery is begun by a few settings beside a signal file, and ends when the server writes.

Source: PostgreSQL 17 docs, 25.3.5 "Recovering Using a Continuous Archive Backup" and 19.5.6
"Recovery Target".
"""

import os
import re
import time
from pathlib import Path

from harness.backups import _wal
from harness.core.errors import DrillError, Unavailable
from harness.core.patience import READY_WITHIN_SECONDS
from harness.core.points import RECOVERY_BEGUN
from harness.core.ports import Service
from harness.kinds import Target
from harness.site import Site, pauses

SETTINGS_FILE = "postgresql.auto.conf"


def recover(site: Site, store: str, archive: Path, target: Target | None) -> None:
    """Put a base backup in the place of whatever a stopped server holds, and roll it forward.

    Raises: DrillError: the archive is damaged, or the server did not reach the target.
    """
    service = site.service(store)
    site.empty(store)
    service.volume.extract(archive)
    _wal.complete(service)
    with _wal.held(site, service, RECOVERY_BEGUN):
        _begin(site, service, target)
        site.start(store)
        _await_end(site, store)


def _begin(site: Site, service: Service, target: Target | None) -> None:
    """Have the server recover from the kept log at its next start, and then accept writes."""
    first = _wal.holding(site, RECOVERY_BEGUN, service)
    settings = {
        "restore_command": f"{first}cp {_wal.in_a_command(service)}/%f %p",
        "recovery_target_timeline": "latest",
        "recovery_target_action": "promote",
        # The copy's own settings would archive over the log that it recovers from, or wait for a
        # receiver that is not there.
        "archive_mode": "off",
        "synchronous_standby_names": "",
        # Else it answers no sooner than it has recovered, whatever that takes.
        "hot_standby": "on",
    }
    if target is not None and target.by == "name":
        settings["recovery_target_name"] = target.mark.name
    elif target is not None:
        settings["recovery_target_time"] = target.mark.server_time
    try:
        before = service.volume.read(SETTINGS_FILE)
    except FileNotFoundError:
        before = b""
    lines = "".join(f"{name} = {_literal(value)}\n" for name, value in settings.items())
    file = f'"{{postgres.volume}}/{SETTINGS_FILE}"'
    as_they_are = re.sub(r"[\\$`]", r"\\\g<0>", lines)
    with site.instead("postgres", text=f"cat >> {file} <<END\n{as_they_are}END"):
        service.volume.write(SETTINGS_FILE, before + os.fsencode(lines))
    with site.instead("postgres", "touch", "{postgres.volume}/recovery.signal"):
        service.volume.write("recovery.signal", b"")


def _literal(value: str) -> str:
    """Return a text as a file of settings holds it."""
    for sign, written in (("\\", r"\\"), ("'", "''"), ("\n", r"\n")):
        value = value.replace(sign, written)
    return f"'{value}'"


def _await_end(site: Site, store: str) -> None:
    """Wait until the server has recovered; it answers before.

    Raises: DrillError: it ended, or does nothing more to recover.
    """
    import psycopg  # noqa: PLC0415 - a kind is known without its client

    service = site.service(store)
    patience = site.patience(store)
    for pause_seconds in pauses():
        if patience.is_over():
            break
        if not service.is_running:
            raise site.ended(store, "in its recovery")
        try:
            with site.postgres.connect() as connection:
                row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        except (psycopg.Error, DrillError) as error:
            if isinstance(error, Unavailable):
                raise
            row = None
        if row == (False,):
            return
        time.sleep(pause_seconds)
    site.refuse_halted()
    raise DrillError(
        f"{store} has not recovered, and did nothing for {READY_WITHIN_SECONDS:.0f} s",
        f"Its log: {service.log}",
    )
