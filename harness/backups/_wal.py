"""The write-ahead log, kept outside the volume: archived in segments, or streamed record by record.

Source: PostgreSQL 17 docs, 25.3.1 "Setting Up WAL Archiving", pg_receivewal, and 26.2.8
"Synchronous Replication".
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Event, Thread
from typing import Literal

from harness.core.errors import DrillError
from harness.core.last_words import cause
from harness.core.patience import READY_WITHIN_SECONDS
from harness.core.points import BrokenOff
from harness.core.ports import Service
from harness.site import LOG_KEPT_IN, POLL_SECONDS, Site

_HOLD = "hold"
_HELD = "held"
_HELD_AT_MOST = 3_000
"""So many looks before it goes on by itself."""
RECEIVER = "drill_receiver"

_STREAMING = "SELECT FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming'"

_WAITING_ENDED = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'
"""
_THEN_EVERY_SECONDS = 0.5
_ARCHIVED_WITHIN_SECONDS = 10

_COMPLETE = """
cd "$0" && chmod -R a+rX .
for unfinished in *.partial; do mv "$unfinished" "${unfinished%.partial}"; done
"""


def in_a_command(service: Service) -> str:
    """Return where the log is kept, for a command of the server's, which works where its data is.

    Nothing of this machine's user is in it, so that neither `%` nor a shell has a meaning there.
    """
    return f"{service.scratch}/{LOG_KEPT_IN}"


def holding(site: Site, point: str, service: Service) -> str:
    """Return what a command of the server's begins with where one of its points is waited for.

    It stands still there for as long as it is held.
    """
    if site.points.awaited != point:
        return ""
    kept = in_a_command(service)
    service.run(["touch", f"{LOG_KEPT_IN}/{_HOLD}"])
    go_on = f"test $n -lt {_HELD_AT_MOST}; do n=$((n+1)); sleep {POLL_SECONDS}; done; fi; "
    return (
        f"if test -e {kept}/{_HOLD}; then touch {kept}/{_HELD}; n=0;"
        f" while test -e {kept}/{_HOLD} && {go_on}"
    )


@contextmanager
def held(site: Site, service: Service, point: str) -> Iterator[None]:
    """Let happen what waits for a point as soon as the server's command stands still.

    Raises: BrokenOff: the step is to end there.
    """
    if site.points.awaited != point:
        yield
        return
    is_over = Event()
    broken: list[BrokenOff] = []

    def watch() -> None:
        while not is_over.wait(POLL_SECONDS):
            # While the server is being started there may be nothing to run it in.
            with suppress(DrillError):
                if service.run(["test", "-e", f"{LOG_KEPT_IN}/{_HELD}"], check=False).status:
                    continue
                try:
                    site.points.reached(point)
                except BrokenOff as error:
                    broken.append(error)
                break
        service.run(["rm", "-f", f"{LOG_KEPT_IN}/{_HOLD}", f"{LOG_KEPT_IN}/{_HELD}"])

    watching = Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        is_over.set()
        watching.join()
        if broken:
            raise broken[0]


def settings(service: Service, kept_by: Literal["archive", "stream"]) -> dict[str, str]:
    """Make the place and return the server's settings; a stream must not be waited for yet."""
    # The server may run as another user than its client programs.
    service.run(["mkdir", "-p", "-m", "0777", LOG_KEPT_IN])
    if kept_by == "stream":
        return {}
    kept = in_a_command(service)
    # Never over a segment that is there, and never one that is half written.
    command = f"test ! -f {kept}/%f && cp %p {kept}/%f.unfinished"
    return {
        "archive_mode": "on",
        "archive_command": f"{command} && mv {kept}/%f.unfinished {kept}/%f",
    }


def receive(site: Site, store: str) -> None:
    """Stream the log whenever the server runs; from now on it acknowledges what is kept only.

    Raises: DrillError: the receiver did not begin.
    """
    site.service(store).run(["pg_receivewal", f"--slot={RECEIVER}", "--create-slot"])
    # A server that is started again would wait for ever for a receiver that ended with it.
    site.beside[store] = partial(_stream, site, store)
    _stream(site, store)
    with site.postgres.connect() as connection:
        for asked in (
            f"ALTER SYSTEM SET synchronous_standby_names = '{RECEIVER}'",
            "SELECT pg_reload_conf()",
        ):
            with site.instead(store, "psql", "-c", asked):
                connection.execute(asked)


def _stream(site: Site, store: str) -> None:
    """Begin to stream, until the server ends. Raises: DrillError: it does not begin."""
    service = site.service(store)
    started = site.starts[store]
    argv = [
        "pg_receivewal",
        f"--slot={RECEIVER}",
        "--synchronous",
        "--no-loop",
        f"--dbname=application_name={RECEIVER}",
        f"--directory={LOG_KEPT_IN}",
    ]

    def keep() -> None:
        try:
            said = service.run(argv, check=False, is_endless=True).stderr
        except Exception as error:  # noqa: BLE001 - nobody waits for this thread
            said = str(error)
        # It ends with the server, whether that is stopped, killed or removed with the stack.
        if service.is_wanted and site.starts[store] == started:
            site.losses.append(f"{store}: pg_receivewal ended: {cause(said)}")
            _let_go(site, service)

    Thread(target=keep, daemon=True).start()
    deadline_seconds = time.monotonic() + READY_WITHIN_SECONDS
    with site.postgres.connect() as connection:
        while connection.execute(_STREAMING, (RECEIVER,)).fetchone() is None:
            if time.monotonic() > deadline_seconds:
                raise DrillError(f"{store}: pg_receivewal does not stream; see the server's log")
            time.sleep(POLL_SECONDS)


def _let_go(site: Site, service: Service) -> None:
    """End whatever waits for a receiver that is no more: it would wait for ever."""
    import psycopg  # noqa: PLC0415 - a kind is known without its client

    with suppress(psycopg.Error, DrillError), site.postgres.connect() as connection:
        while service.is_wanted:
            connection.execute(_WAITING_ENDED)
            time.sleep(_THEN_EVERY_SECONDS)


def goes_on(site: Site, service: Service, kept_by: Literal["archive", "stream"]) -> bool:
    """Tell whether the log is still kept: a segment that ends now arrives, or records do."""
    with site.postgres.connect() as connection:
        if kept_by == "stream":
            return connection.execute(_STREAMING, (RECEIVER,)).fetchone() is not None
        if connection.execute("SHOW archive_mode").fetchone() == ("off",):
            return False
        # A segment without a record is not ended.
        connection.execute("SELECT pg_logical_emit_message(false, 'drill', 'next backup')")
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    deadline_seconds = time.monotonic() + _ARCHIVED_WITHIN_SECONDS
    while service.run(["test", "-e", f"{LOG_KEPT_IN}/{row[0]}"], check=False).status:
        if time.monotonic() > deadline_seconds:
            return False
        time.sleep(POLL_SECONDS)
    return True


def complete(service: Service) -> None:
    """Make the kept log what recovery looks for: whole names, and readable by the server.

    The segment that was being received is kept under another name; the receiver may run as
    another user than the server.
    """
    service.run(["bash", "-O", "nullglob", "-c", _COMPLETE, LOG_KEPT_IN])
