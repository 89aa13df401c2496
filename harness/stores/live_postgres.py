"""A running PostgreSQL that is not the drill's: only read, by whoever its address names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from harness.core.errors import UsageError
from harness.core.ports import Endpoint
from harness.stores.postgres import PINNED_SETTINGS, Connection, PostgresStore

_READ_ONLY = " -c default_transaction_read_only=on"


class LivePostgres(PostgresStore):
    """A database by its address, as libpq takes it: a URL, or `key=value` words."""

    def __init__(self, address: str) -> None:
        """Raises: UsageError: it is no address."""
        try:
            self._address: Mapping[str, Any] = conninfo_to_dict(address)
        except psycopg.ProgrammingError as error:
            said = str(error).strip().replace(address, "it")
            raise UsageError(
                f"the address of the database is none: {said}",
                "As in postgresql://reader:password@db.example.org:5432/app?sslmode=require.",
            ) from None
        at = self._address
        super().__init__(
            lambda: Endpoint(
                str(at.get("host", "")),
                int(at.get("port") or 5432),
                str(at.get("user", "")),
                str(at.get("password", "")),
                str(at.get("dbname", "")),
            )
        )

    @property
    def secret(self) -> str:
        """Its password, which no output may show; empty if there is none."""
        return str(self._address.get("password") or "")

    @contextmanager
    def connect(
        self,
        snapshot: str | None = None,
        *,
        user: str = "",  # noqa: ARG002 - nobody else logs in
        database: str = "",  # noqa: ARG002 - its address names it
        within_seconds: float | None = None,  # noqa: ARG002 - its address may say how long
    ) -> Iterator[Connection]:
        """Open a connection that only reads, in a snapshot if one is given."""
        own = {name: value for name, value in self._address.items() if name != "options"}
        options = f"{self._address.get('options') or ''} {PINNED_SETTINGS}{_READ_ONLY}".strip()
        with psycopg.connect(**own, options=options, autocommit=True) as connection:
            if snapshot is None:
                yield connection
                return
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
            yield connection
            connection.execute("COMMIT")
