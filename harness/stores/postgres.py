"""PostgreSQL: connect, and load rows by COPY."""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import SHUT_RDWR, socket

import psycopg
from psycopg import sql
from psycopg.abc import RV, PQGen

from harness.core.errors import DrillError
from harness.core.patience import (
    READY_ANSWER_WITHIN_SECONDS,
    Meter,
    Patience,
    connected_within_seconds,
    unmeasured,
)
from harness.core.ports import Endpoint
from harness.platform.rows import RowSource

# What is read must not depend on a server's, a database's or a role's settings.
PINNED_SETTINGS = (
    "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex"
    " -c extra_float_digits=1 -c lc_monetary=C -c xmloption=content"
    " -c quote_all_identifiers=off -c standard_conforming_strings=on -c array_nulls=on"
    " -c default_transaction_read_only=off -c default_transaction_isolation=read\\ committed"
    " -c default_transaction_deferrable=off"
    " -c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
    " -c row_security=on -c client_encoding=UTF8 -c client_min_messages=warning"
)

_FIRST_WITH_TRANSACTION_TIMEOUT = 170000

Connection = psycopg.Connection[tuple[object, ...]]


class _Watched(psycopg.Connection[tuple[object, ...]]):
    """A connection whose every wait ends when the server does nothing any more."""

    meter: Meter = staticmethod(unmeasured)

    def wait(self, gen: PQGen[RV], *arguments: float | None, **options: float | None) -> RV:
        """Wait as the library does. Raises: Unresponsive."""
        return super().wait(self._watched(gen), *arguments, **options)  # type: ignore[arg-type]  # its own

    def _watched(self, gen: PQGen[RV]) -> PQGen[RV]:
        patience = Patience("postgres", self.meter)
        try:
            state = next(gen)
            while True:
                ready = yield state
                if not ready and patience.is_over():
                    # Whatever is tried with this connection from now on ends at once.
                    with socket(fileno=os.dup(self.fileno())) as wire:
                        wire.shutdown(SHUT_RDWR)
                    patience.give_up()
                state = gen.send(ready)
        except StopIteration as ended:
            result: RV = ended.value
            return result


class PostgresStore:
    """The platform's PostgreSQL as its owner sees it."""

    def __init__(self, endpoint: Callable[[], Endpoint], meter: Meter = unmeasured) -> None:
        self._endpoint = endpoint
        self._meter = meter

    @contextmanager
    def connect(
        self,
        snapshot: str | None = None,
        *,
        user: str = "",
        database: str = "",
        within_seconds: float | None = None,
    ) -> Iterator[Connection]:
        """Open a connection and close it at the end.

        With `snapshot` (an exported snapshot's id) everything is read as of that snapshot, in one
        read-only transaction; otherwise every statement commits by itself. `user` logs in as an
        application role, whose password is the platform's own; `database` is another than ours.
        """
        at = self._endpoint()
        with _Watched.connect(
            host=at.host,
            port=at.port,
            user=user or at.user,
            password=at.secret,
            dbname=database or at.database,
            connect_timeout=math.ceil(within_seconds or connected_within_seconds()),
            options=PINNED_SETTINGS,
            autocommit=True,
        ) as connection:
            connection.meter = self._meter
            if connection.info.server_version >= _FIRST_WITH_TRANSACTION_TIMEOUT:
                connection.execute("SET transaction_timeout = 0")
            if snapshot is None:
                yield connection
            else:
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                connection.execute(
                    sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot))
                )
                yield connection
                connection.execute("COMMIT")

    @contextmanager
    def exported_snapshot(self) -> Iterator[str]:
        """Hold a transaction open and yield its snapshot's id, for others to read in."""
        with self.connect() as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            yield str(row[0])
            connection.execute("COMMIT")

    def ready(self) -> str | None:
        """Return None when the server answers a query, else why not."""
        try:
            with self.connect(within_seconds=READY_ANSWER_WITHIN_SECONDS) as connection:
                connection.execute("SELECT 1")
        except (psycopg.Error, DrillError) as error:
            return str(error).strip()
        return None

    def mark(self, name: str) -> str:
        """Put a restore point into the write-ahead log and return the server's time then."""
        with self.connect() as connection:
            row = connection.execute(
                "SELECT clock_timestamp()::text, pg_create_restore_point(%s)", (name,)
            ).fetchone()
        assert row is not None
        return str(row[0])

    def load(self, connection: Connection, source: RowSource, lines: list[str]) -> None:
        """Write rows by COPY in one transaction and move the key's sequence past them."""
        columns = sql.SQL(", ").join(map(sql.Identifier, source.columns))
        relation = sql.Identifier(*source.relation.split("."))
        # COPY reads a backslash as an escape; the canonical text has them only in \N.
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(relation, columns)) as copy:
                copy.write("\n".join(lines) + "\n")
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                (source.relation, source.key, int(lines[-1].partition("\t")[0])),
            )
