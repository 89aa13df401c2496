"""Write rows that the server makes, of any table, and keep what it says of each with the commit."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

import psycopg
from psycopg import sql

from harness.core.errors import DrillError
from harness.core.ledger import Attempt, Outcome, Vector
from harness.core.platform import LedgerTable
from harness.drill.reaching import reached
from harness.platform.kept import KeptRows, SaidRow
from harness.platform.making import Shape, Unmakeable, insertion, values
from harness.site import Site
from harness.stores.postgres import Connection
from harness.stores.table_shape import shape_of

_READ_AT_ONCE = 10_000


def open_ledger(site: Site) -> None:
    """Make ready to account for each table whose rows the server makes: what is in it already is
    acknowledged, too.

    Raises: DrillError: the schema has no such table.
    """
    with site.postgres.connect() as connection:
        for table in site.platform.tables.values():
            if table.is_numbered:
                continue
            shape = shape_of(connection, table.relation)
            columns = [column.name for column in shape.columns]
            path = site.directory / "ledger" / table.name
            kept = site.kept[table.name] = KeptRows(table.relation, columns, shape.key, path)
            kept.taken = shape.taken
            for attempt in _there(site, table, kept, connection):
                site.ledger.record(attempt)


def write_made(site: Site, table: str, ranges: list[tuple[int, int]]) -> Iterator[Attempt]:
    """Write the rows of these numbers, each range in a transaction, and yield each attempt.

    Raises: DrillError: no row can be made for this table, or PostgreSQL does not answer, and not
    by the scenario's doing.
    """
    declared, kept = site.platform.tables[table], site.kept[table]
    session: tuple[Connection, Shape] | None = None
    with ExitStack() as opened:
        for first, last in ranges:
            begun_seconds = site.clock.now_seconds()
            if session is None or session[0].closed:
                connect = partial(_connected, site, declared.relation)
                session = reached(site, "postgres", connect, opened)
            if session is None:
                kept.skip(last - first + 1)
                times = begun_seconds, site.clock.now_seconds()
                yield Attempt(table, first, last, *times, Outcome.REFUSED)
                continue
            connection, shape = session[0], replace(session[1], taken=kept.taken)
            try:
                made = values(shape, declared.columns)
            except Unmakeable as error:
                raise DrillError(f"{table}: {error}", _write_columns(table)) from None
            statement = insertion(shape, made, kept.said(), (first, last), site.ledger.random)
            said: list[SaidRow] = []
            try:
                with connection.transaction():
                    if declared.writer:
                        role = sql.Identifier(declared.writer)
                        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
                    said = _said(connection.execute(statement, binary=True).fetchall())
                outcome = Outcome.ACKNOWLEDGED
            except psycopg.Error as error:
                # Before anything was returned, no commit was asked for.
                unsure = connection.broken and said
                outcome = Outcome.INDETERMINATE if unsure else Outcome.REFUSED
                site.refusals[table] = _reason(error)
            ended_seconds = site.clock.now_seconds()
            times = begun_seconds, ended_seconds
            if outcome is Outcome.REFUSED:
                kept.skip(last - first + 1)
                yield Attempt(table, first, last, *times, outcome)
                continue
            groups = kept.append(said)
            if said:
                yield Attempt(table, first, first + len(said) - 1, *times, outcome, groups)
            if dropped := last - first + 1 - len(said):
                # A trigger let them not pass.
                kept.skip(dropped)
                yield Attempt(table, last - dropped + 1, last, *times, Outcome.REFUSED)


@contextmanager
def _connected(site: Site, relation: str) -> Iterator[tuple[Connection, Shape]]:
    with site.postgres.connect() as connection:
        yield connection, shape_of(connection, relation)


def refused(site: Site, table: str) -> DrillError:
    """Return what to say of a table that takes no rows: the server's reason, and what to write."""
    reason = site.refusals.get(table, "the server gave no reason")
    return DrillError(f"{table}: no row can be written: {reason}", _write_columns(table))


def _there(
    site: Site, table: LedgerTable, kept: KeptRows, connection: Connection
) -> Iterator[Attempt]:
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(kept.said()), sql.Identifier(*table.relation.split("."))
    )
    at_seconds = site.clock.now_seconds()
    groups: dict[int, Vector] = {}
    with connection.transaction(), connection.cursor(name="drill", binary=True) as cursor:
        cursor.itersize = _READ_AT_ONCE
        cursor.execute(query)
        while rows := cursor.fetchmany(_READ_AT_ONCE):
            for group, vector in kept.append(_said(rows)).items():
                groups[group] = groups.get(group, Vector()) + vector
    if len(kept):
        ended_seconds = site.clock.now_seconds()
        outcome = Outcome.ACKNOWLEDGED
        yield Attempt(table.name, 1, len(kept), at_seconds, ended_seconds, outcome, groups)


def _said(rows: list[tuple[object, ...]]) -> list[SaidRow]:
    return [SaidRow(str(row[0]), *(int(str(value)) for value in row[1:])) for row in rows]


def _reason(error: psycopg.Error) -> str:
    said = " ".join(str(error).strip().splitlines()[0].split())
    diag = error.diag
    where = [
        f"{what} {name}"
        for what, name in (("column", diag.column_name), ("constraint", diag.constraint_name))
        if name and name not in said
    ]
    return said + (f" ({', '.join(where)})" if where else "")


def _write_columns(table: str) -> str:
    return (
        f"In platform.yaml, write postgres.ledger.{table}.columns: SQL over n and random for the"
        " column, as in {status: \"'new'\", day: \"date '2026-01-01' + (n % 365)::integer\"}."
    )
