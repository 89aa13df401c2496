"""Write rows that the server makes, of any table, and keep what it says of each with the commit."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import psycopg
from psycopg import sql

from harness.core.errors import DrillError
from harness.core.history import Along
from harness.core.ledger import Attempt, Outcome, Vector
from harness.core.platform import LedgerTable
from harness.drill.reaching import reached
from harness.drill.read_back import Changed, Counted, ReadBack
from harness.platform.kept import KeptRows, SaidRow
from harness.platform.making import Made, Shape, Unmakeable, insertion
from harness.site import Site
from harness.stores.postgres import Connection
from harness.stores.row_making import made_for
from harness.stores.table_shape import shape_of

_READ_AT_ONCE = 10_000


def open_ledger(site: Site) -> None:
    """Make ready to account for each table whose rows the server makes: what is in it already is
    acknowledged, too.

    Raises: DrillError: the schema has no such table, or the server no such role.
    """
    tables = [table for table in site.platform.tables.values() if not table.is_numbered]
    if not tables:
        return
    with site.postgres.connect() as connection:
        _require_roles(connection, tables)
        for table in tables:
            shape = shape_of(connection, table.relation)
            columns = [column.name for column in shape.columns]
            path = site.directory / "ledger" / table.name
            kept = site.kept[table.name] = KeptRows(table.relation, columns, shape.key, path)
            kept.taken = shape.taken
        connection.execute("SET search_path = pg_catalog")
        for table in tables:
            for attempt in _there(site, table, site.kept[table.name], connection):
                site.ledger.record(attempt)


def _require_roles(connection: Connection, tables: list[LedgerTable]) -> None:
    there = {str(name) for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    missing = {
        role: table.name
        for table in tables
        for role in filter(None, (table.writer, *table.refused_to))
        if role not in there
    }
    if missing:
        said = ", ".join(f"{role} (of {table})" for role, table in missing.items())
        raise DrillError(
            f"the server has no role {said}",
            "Let a file in postgres.bootstrap create it, or change platform.yaml.",
        )


def write_made(site: Site, table: str, ranges: list[tuple[int, int]]) -> Iterator[Attempt]:
    """Write the rows of these numbers, each range in a transaction, and yield each attempt; and
    those of rows that triggers wrote along into other tables of the ledger.

    Raises: DrillError: no row can be made for this table, or PostgreSQL does not answer, and not
    by the scenario's doing.
    """
    declared, kept = site.platform.tables[table], site.kept[table]
    made: tuple[Shape, Made] | None = None
    connection: Connection | None = None
    with ExitStack() as opened:
        for first, last in ranges:
            begun_seconds = site.clock.now_seconds()
            if connection is None or connection.closed:
                connection = reached(site, "postgres", site.postgres.connect, opened)
            try:
                if connection and (made is None or any(c.is_free for c in made[0].choices)):
                    made = _made(site, connection, declared, (first, last), ranges[-1][1])
            except psycopg.Error as error:
                made = None
                site.refusals[table] = _reason(error)
            if connection is None or made is None:
                kept.skip(last - first + 1)
                times = begun_seconds, site.clock.now_seconds()
                yield Attempt(table, len(kept) - last + first, len(kept), *times, Outcome.REFUSED)
                continue
            yield from _Write(site, connection, declared, *made).write(first, last)


def _made(
    site: Site, connection: Connection, declared: LedgerTable, numbers: tuple[int, int], until: int
) -> tuple[Shape, Made]:
    random, taken = site.ledger.random, site.kept[declared.name].taken
    try:
        return made_for(connection, declared, numbers, random, taken, until)
    except Unmakeable as error:
        where = site.platform.path or declared.name
        raise DrillError(f"{where}: {error}", _write_columns(declared.name)) from None


@dataclass(frozen=True, slots=True)
class _Write:
    """Writes rows of one table over one connection."""

    _site: Site
    _connection: Connection
    _declared: LedgerTable
    _shape: Shape
    _made: Made

    def write(self, first: int, last: int) -> Iterator[Attempt]:
        """Write the rows of these numbers in one transaction."""
        site, table = self._site, self._declared.name
        kept = site.kept[table]
        begun_seconds = site.clock.now_seconds()
        said: dict[str, list[SaidRow]] = {}
        try:
            with self._connection.transaction():
                said = self._written((first, last))
            outcome = Outcome.ACKNOWLEDGED
        except psycopg.Error as error:
            # Before anything was read back, no commit was asked for.
            unsure = self._connection.broken and said
            outcome = Outcome.INDETERMINATE if unsure else Outcome.REFUSED
            site.refusals[table] = _reason(error)
        times = begun_seconds, site.clock.now_seconds()
        if outcome is Outcome.REFUSED:
            kept.skip(last - first + 1)
            yield Attempt(table, len(kept) - last + first, len(kept), *times, outcome)
            return
        # Less than were asked for where a trigger let them not pass, more where it wrote more.
        dropped = max(0, last - first + 1 - len(said[table]))
        for name, rows in said.items():
            number = len(site.kept[name]) + 1
            groups = site.kept[name].append(rows)
            if rows:
                yield Attempt(name, number, number + len(rows) - 1, *times, outcome, groups)
        if dropped:
            kept.skip(dropped)
            yield Attempt(table, len(kept) - dropped + 1, len(kept), *times, Outcome.REFUSED)

    def _written(self, numbers: tuple[int, int]) -> dict[str, list[SaidRow]]:
        """Return what was written, by table of the ledger, as the owner sees it."""
        connection, declared = self._connection, self._declared
        own_rows = self._site.kept[declared.name]
        counted = Counted(connection)
        back = ReadBack(connection, declared.relation)
        returns = back.may_return(self._shape, declared.writer)
        statement = insertion(
            self._shape,
            self._made,
            own_rows.said() if returns else (),
            numbers,
            self._site.ledger.random,
        )
        if declared.writer:
            role = sql.Identifier(declared.writer)
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
        done = connection.execute(statement, binary=True)
        rows = said_rows(done.fetchall()) if returns else []
        connection.execute("SET LOCAL ROLE NONE")
        # What is deferred is part of it.
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        changed = counted.changed()
        own = changed.pop(declared.relation, Changed())
        if not returns or own != Changed(len(rows)):
            rows = said_rows(back.rows(own_rows, own))
        said = {declared.name: rows}
        for table in self._site.platform.tables.values():
            along = changed.pop(table.relation, None)
            if along is not None and not table.is_numbered:
                kept = self._site.kept[table.name]
                said[table.name] = said_rows(ReadBack(connection, table.relation).rows(kept, along))
        self._note(changed)
        return said

    def _note(self, changed: Mapping[str, Changed]) -> None:
        at_seconds = self._site.clock.now_seconds()
        leaves = [leaf for what in changed.values() for leaf in what.within.items()]
        for relation, what in leaves:
            only_added = not what.updated and not what.deleted
            along = Along(relation, self._declared.name, at_seconds, only_added)
            self._site.history.written_along(along)


def refused(site: Site, table: str) -> DrillError:
    """Return what to say of a table that takes no rows: the server's reason, and what to write."""
    reason = site.refusals.get(table, "a trigger let rows not pass")
    hint = _write_columns(table)
    if writer := site.platform.tables[table].writer:
        hint += f" Or name another writer there, if {writer} must not add such rows."
    return DrillError(f"{table}: no row can be written: {reason}", hint)


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
            for group, vector in kept.append(said_rows(rows)).items():
                groups[group] = groups.get(group, Vector()) + vector
    if len(kept):
        ended_seconds = site.clock.now_seconds()
        outcome = Outcome.ACKNOWLEDGED
        yield Attempt(table.name, 1, len(kept), at_seconds, ended_seconds, outcome, groups)


def said_rows(rows: list[tuple[object, ...]]) -> list[SaidRow]:
    """Return what a server said of rows."""
    return [SaidRow(str(row[0]), *(int(str(value)) for value in row[1:])) for row in rows]


def _reason(error: psycopg.Error) -> str:
    said = " ".join(str(error).strip().splitlines()[0].split())
    diag = error.diag
    where = [
        f"{what} {name}"
        for what, name in (("column", diag.column_name), ("constraint", diag.constraint_name))
        if name and name not in said
    ]
    detail = f": {diag.message_detail}" if diag.message_detail else ""
    return said + (f" ({', '.join(where)})" if where else "") + detail


def _write_columns(table: str) -> str:
    return (
        f"In platform.yaml, write postgres.ledger.{table}.columns: SQL over n and random for the"
        " column, as in {status: \"'new'\", day: \"date '2026-01-01' + (n % 365)::integer\"}."
    )
