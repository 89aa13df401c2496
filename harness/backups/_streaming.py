"""A base backup on its way, of which the server tells how much it has sent.

Source: PostgreSQL 17 docs, 27.4.6 "Base Backup Progress Reporting".
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from harness.core.errors import DrillError
from harness.core.points import FIRST_BYTE, HALF, BrokenOff
from harness.site import POLL_SECONDS, Site

_SENT = """
SELECT p.pid, backup_streamed > 0, 2 * backup_streamed >= backup_total
FROM pg_stat_progress_basebackup AS p WHERE backup_streamed > 0
"""
_SLOWED = ("--progress", "--max-rate=16M")
"""So slow that nothing is over before it was struck."""


@contextmanager
def streaming(site: Site) -> Iterator[tuple[str, ...]]:
    """Give what pg_basebackup is called with beside the rest where one of its points is waited for.

    Raises: BrokenOff: it is to end there.
    """
    if site.points.awaited not in (FIRST_BYTE, HALF):
        yield ()
        return
    is_over = Event()
    broken: list[BrokenOff] = []

    def watch() -> None:
        import psycopg  # noqa: PLC0415 - a kind is known without its client

        with suppress(psycopg.Error, DrillError), site.postgres.connect() as connection:
            while not is_over.is_set():
                sent = connection.execute(_SENT).fetchone()
                if sent is None:
                    time.sleep(POLL_SECONDS)
                    continue
                pid, begun, half = sent
                try:
                    if begun:
                        site.points.reached(FIRST_BYTE)
                    if half:
                        site.points.reached(HALF)
                except BrokenOff as error:
                    broken.append(error)
                    connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
                    return
                time.sleep(POLL_SECONDS)

    watching = Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield _SLOWED
    finally:
        is_over.set()
        watching.join()
    if broken:
        raise broken[0]
