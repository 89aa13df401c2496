"""Try the key that the next row of each table would get.

nextval is not rolled back, so each sequence is one value further afterwards, which is legal.
"""

import psycopg
from psycopg import sql

from harness.core.history import store_of
from harness.core.ledger import Ledger
from harness.observations.postgres_behaviour import NextKey
from harness.platform.rows import SOURCES, RowSource
from harness.stores.postgres import Connection

# Sequences that belong to a column, and those that a column's default draws from.
_SEQUENCES = """
SELECT sn.nspname, s.relname, tn.nspname, t.relname, a.attname
FROM pg_class AS s
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
LEFT JOIN pg_class AS t ON t.oid = used.relation
LEFT JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = used.number
WHERE s.relkind = 'S' AND sn.nspname !~ '^pg_' AND sn.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass
                  AND d.objid = s.oid AND d.deptype = 'e')
ORDER BY 1, 2, 3, 4
"""


def next_keys(connection: Connection, ledger: Ledger) -> tuple[NextKey, ...]:
    """Insert a row without its key into each ledger table; elsewhere draw the next value and look
    for a row that has it already. The connection is in a transaction, which its owner rolls back.
    """
    inserted = {
        f"{source.relation}.{source.key}": source
        for table, source in SOURCES.items()
        if store_of(table) == "postgres"
    }
    found: dict[str, NextKey] = {}
    for schema, name, *of_column in connection.execute(_SEQUENCES).fetchall():
        column = ".".join(str(part) for part in of_column) if of_column[0] is not None else ""
        if column not in inserted:
            sequence = f"{schema}.{name}"
            key = _drawn(connection, sequence, [str(part) for part in of_column if part])
            found[f"{sequence} {column}"] = key
    for column, source in inserted.items():
        table = connection.execute("SELECT to_regclass(%s)", (source.relation,)).fetchone()
        if table != (None,):
            found[column] = _inserted(connection, ledger, source)
    return tuple(found.values())


def _drawn(connection: Connection, sequence: str, of_column: list[str]) -> NextKey:
    is_taken: sql.Composable = sql.SQL("false")
    if of_column:
        is_taken = sql.SQL("EXISTS (SELECT FROM {} WHERE {} = given.value)").format(
            sql.Identifier(*of_column[:2]), sql.Identifier(of_column[2])
        )
    query = sql.SQL("SELECT {} FROM (SELECT nextval({}) AS value OFFSET 0) AS given").format(
        is_taken, sql.Literal(sql.Identifier(*sequence.split(".")).as_string(connection))
    )
    column = ".".join(of_column)
    try:
        with connection.transaction(force_rollback=True):
            return NextKey(sequence, column, connection.execute(query).fetchone() == (False,))
    except psycopg.Error as error:
        return NextKey(sequence, column, is_free=False, said=str(error.sqlstate))


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
