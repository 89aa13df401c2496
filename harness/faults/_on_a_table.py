"""What an operator does to a table, counted before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import Field

from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
from harness.kinds import Options
from harness.site import Site

if TYPE_CHECKING:
    from psycopg import Cursor, sql

    from harness.stores.postgres import Connection


class OfATable(Options):
    """The table that is struck."""

    table: str = Field(
        min_length=1,
        description="A ledger table by its name, or any table with its schema.",
        examples=["contacts"],
    )


class RowsOfATable(OfATable):
    """The rows of a table that are struck."""

    where: str = Field(
        "true",
        min_length=1,
        description="SQL: which rows; all of them, as where a WHERE was forgotten.",
        examples=["id % 2 = 0"],
    )
    past_triggers: bool = Field(
        False,
        description="Whether triggers are passed by, as session_replication_role does.",
    )


@dataclass(slots=True)
class Struck:
    """A table as it is struck: how many rows there were, and how many of them are still there."""

    connection: "Connection"
    relation: "sql.Identifier"
    before: int = 0
    after: int = 0
    begun_seconds: float = 0.0
    target: str = field(default="")

    def execute(self, query: str, *parts: str) -> "Cursor[tuple[object, ...]]":
        """Run a query whose first `{}` is the table; the others are SQL, `parts`."""
        from psycopg import sql  # noqa: PLC0415 - a kind is known without its client

        written = sql.SQL(query).format(self.relation, *map(sql.SQL, parts))
        return self.connection.execute(written)

    def count(self, where: str = "true") -> int:
        """Return how many rows there are."""
        row = self.execute("SELECT count(*) FROM {} WHERE {}", where).fetchone()
        assert row is not None
        return int(str(row[0]))


def relation_of(site: Site, table: str) -> str:
    """Return a ledger table's relation, or what is named as one already."""
    declared = site.platform.tables.get(table)
    return declared.relation if declared else table


@contextmanager
def striking(site: Site, table: str) -> Iterator[Struck]:
    """Open a connection to strike a table with.

    Raises: DrillError: there is no such table, or the server refuses.
    """
    import psycopg  # noqa: PLC0415 - a kind is known without its client
    from psycopg import sql  # noqa: PLC0415 - likewise

    name = relation_of(site, table)
    relation = sql.Identifier(*name.split(".", 1))
    try:
        with site.postgres.connect() as connection:
            begun_seconds = site.clock.now_seconds()
            yield Struck(connection, relation, begun_seconds=begun_seconds, target=f"table {name}")
    except psycopg.Error as error:
        said = str(error).strip().splitlines()[0]
        raise DrillError(
            f"{name} could not be struck: {said}",
            "A fault that the server refuses is none; past_triggers: true passes triggers by.",
        ) from None


def proof(site: Site, fault: str, struck: Struck) -> DisasterProof:
    """Return what shows that the rows are gone, or are others now."""
    return DisasterProof(
        fault=fault,
        store="postgres",
        entries_before=struck.before,
        bytes_before=0,
        entries_after=struck.after,
        bytes_after=0,
        answered_after=site.answers("postgres"),
        begun_seconds=struck.begun_seconds,
        ended_seconds=site.clock.now_seconds(),
        takes=Takes.DATA,
        target=struck.target,
    )
