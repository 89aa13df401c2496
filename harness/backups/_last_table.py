"""A plain dump that is restored up to its last table, and held there for as long as it takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from harness.core.errors import DrillError
from harness.core.points import LAST_TABLE, BrokenOff
from harness.site import POLL_SECONDS, Site

_LOCK = 727_461
_WAITING = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted
"""
_COPY = b"COPY "


@contextmanager
def held_at_last_table(site: Site, dump: Path) -> Iterator[Path]:
    """Give a dump as it is; where its last table is waited for, a copy that takes a lock before it,
    which is let go when what waits has happened.

    Raises: BrokenOff: the restore is to end there.
    """
    if site.points.awaited != LAST_TABLE:
        yield dump
        return
    copy = dump.with_name(f".{dump.name}.held")
    _written(dump, copy)
    holding = _Holding(site)
    try:
        with holding.held():
            yield copy
    finally:
        copy.unlink()
    if holding.broken is not None:
        raise holding.broken


def _written(dump: Path, copy: Path) -> None:
    with dump.open("rb") as lines:
        at = [number for number, line in enumerate(lines) if line.startswith(_COPY)]
    with dump.open("rb") as lines, copy.open("wb") as file:
        for number, line in enumerate(lines):
            if at and number == at[-1]:
                file.write(b"SELECT pg_catalog.pg_advisory_lock(%d);\n" % _LOCK)
            file.write(line)


class _Holding:
    """A lock that whoever restores waits for; `broken` is why it was ended there."""

    def __init__(self, site: Site) -> None:
        self.broken: BrokenOff | None = None
        self._site = site
        self._is_over = Event()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it meanwhile, up to the end of what waits for the point."""
        locked = Event()
        watching = Thread(target=self._watch, args=(locked,), daemon=True)
        watching.start()
        locked.wait()
        try:
            yield
        finally:
            self._is_over.set()
            watching.join()

    def _watch(self, locked: Event) -> None:
        import psycopg  # noqa: PLC0415 - a kind is known without its client

        # The strike itself may end the connection.
        with suppress(psycopg.Error, DrillError), self._site.postgres.connect() as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            locked.set()
            while not self._is_over.is_set():
                waiting = connection.execute(_WAITING, (_LOCK,)).fetchone()
                if waiting is None:
                    time.sleep(POLL_SECONDS)
                    continue
                try:
                    self._site.points.reached(LAST_TABLE)
                except BrokenOff as error:
                    self.broken = error
                    connection.execute("SELECT pg_terminate_backend(%s)", waiting)
                break
        locked.set()
