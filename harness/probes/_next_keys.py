"""Try the key that the next row of each table would get, or foresee it without drawing it.

nextval is not rolled back, so each sequence is one value further afterwards, which is legal at the
end of a drill and not before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

from harness.core.ledger import Ledger
from harness.observations.postgres_behaviour import NextKey
from harness.platform.rows import RowSource
from harness.stores.postgres import Connection

# Sequences that belong to a column, and those that a column's default draws from.
_SEQUENCES = """
SELECT sn.nspname, s.relname, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle,
  tn.nspname, t.relname, a.attname
FROM pg_class AS s
JOIN pg_sequence AS q ON q.seqrelid = s.oid
JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
LEFT JOIN LATERAL (
  SELECT d.refobjid AS relation, d.refobjsubid AS number FROM pg_depend AS d
  WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
  UNION
  SELECT ad.adrelid, ad.adnum FROM pg_depend AS d JOIN pg_attrdef AS ad ON ad.oid = d.objid
  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid = s.oid
) AS used ON true
-- A column of another type holds no bare number of the sequence's.
LEFT JOIN pg_class AS t ON t.oid = used.relation AND EXISTS (
  SELECT FROM pg_attribute AS a JOIN pg_type AS y ON y.oid = a.atttypid
  WHERE a.attrelid = used.relation AND a.attnum = used.number AND y.typcategory = 'N')
LEFT JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = used.number
WHERE s.relkind = 'S' AND sn.nspname !~ '^pg_' AND sn.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass
                  AND d.objid = s.oid AND d.deptype = 'e')
ORDER BY 1, 2, 7, 8, 9
"""


@dataclass(frozen=True, slots=True)
class _Sequence:
    """A sequence, and the column whose keys it gives, if there is one."""

    schema: str
    name: str
    increment: int
    least: int
    most: int
    cycles: bool
    of_schema: str | None
    of_table: str | None
    of_column: str | None

    @property
    def title(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def column(self) -> str:
        return f"{self.of_schema}.{self.of_table}.{self.of_column}" if self.of_table else ""

    def is_in_use(self, comparison: LiteralString) -> sql.Composable:
        """Return whether a row has a key that compares so with the given value."""
        if self.of_schema is None or self.of_table is None or self.of_column is None:
            return sql.SQL("false")
        return sql.SQL("EXISTS (SELECT FROM {} WHERE {} " + comparison + " given.value)").format(
            sql.Identifier(self.of_schema, self.of_table), sql.Identifier(self.of_column)
        )


def next_keys(
    connection: Connection, ledger: Ledger, numbered: Iterable[RowSource]
) -> tuple[NextKey, ...]:
    """Insert a row without its key into each numbered table; elsewhere draw the next value and look
    for a row that has it already. The connection is in a transaction, which its owner rolls back.
    """
    inserted = {f"{source.relation}.{source.key}": source for source in numbered}
    found = [_drawn(connection, s) for s in _sequences(connection) if s.column not in inserted]
    for source in inserted.values():
        table = connection.execute("SELECT to_regclass(%s)", (source.relation,)).fetchone()
        if table != (None,):
            found.append(_inserted(connection, ledger, source))
    return tuple(found)


def foreseen(connection: Connection) -> tuple[NextKey, ...]:
    """Tell of each sequence what its next value would meet, without drawing it."""
    return tuple(_foreseen(connection, sequence) for sequence in _sequences(connection))


def _sequences(connection: Connection) -> list[_Sequence]:
    return [_Sequence(*cast(Any, row)) for row in connection.execute(_SEQUENCES).fetchall()]


_GIVEN = """
SELECT {taken}, {further} FROM (SELECT ({value})::bigint AS value OFFSET 0) AS given
"""

_EXHAUSTED = "2200H"


def _drawn(connection: Connection, sequence: _Sequence) -> NextKey:
    name = sql.Identifier(sequence.schema, sequence.name).as_string(connection)
    value = sql.SQL("nextval({})").format(sql.Literal(name))
    return _met(connection, sequence, value)


def _foreseen(connection: Connection, sequence: _Sequence) -> NextKey:
    relation = sql.Identifier(sequence.schema, sequence.name)
    row = connection.execute(
        sql.SQL("SELECT last_value, is_called FROM {}").format(relation)
    ).fetchone()
    assert row is not None
    value = int(str(row[0])) + (sequence.increment if row[1] else 0)
    if not sequence.least <= value <= sequence.most:
        if not sequence.cycles:
            return NextKey(sequence.title, sequence.column, is_free=False, said=_EXHAUSTED)
        value = sequence.least if sequence.increment > 0 else sequence.most
    return _met(connection, sequence, sql.Literal(value))


def _met(connection: Connection, sequence: _Sequence, value: sql.Composable) -> NextKey:
    query = sql.SQL(_GIVEN).format(
        taken=sequence.is_in_use("="),
        further=sequence.is_in_use(">=" if sequence.increment > 0 else "<="),
        value=value,
    )
    try:
        with connection.transaction(force_rollback=True):
            row = connection.execute(query).fetchone()
    except psycopg.Error as error:
        return NextKey(sequence.title, sequence.column, is_free=False, said=str(error.sqlstate))
    assert row is not None
    is_taken, is_further = row
    return NextKey(sequence.title, sequence.column, is_free=not is_taken, is_beyond=not is_further)


def _inserted(connection: Connection, ledger: Ledger, source: RowSource) -> NextKey:
    number = ledger.next_number(source.table)
    values = source.lines(ledger.random, number, number)[0].split("\t")[1:]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(*source.relation.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, source.columns[1:])),
        sql.SQL(", ").join(
            sql.SQL("NULL") if value == r"\N" else sql.Literal(value) for value in values
        ),
    )
    column = f"{source.relation}.{source.key}"
    try:
        with connection.transaction(force_rollback=True):
            found = connection.execute(
                "SELECT pg_get_serial_sequence(%s, %s)", (source.relation, source.key)
            ).fetchone()
            sequence = str(found[0]) if found and found[0] else "no sequence"
            connection.execute(statement)
    except psycopg.Error as error:
        return NextKey(sequence, column, is_free=False, said=str(error.sqlstate))
    return NextKey(sequence, column, is_free=True)
