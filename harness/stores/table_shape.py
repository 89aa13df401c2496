"""What the catalog says of a table that a drill writes to."""

import re
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from harness.core.errors import DrillError
from harness.platform.making import Column, Reference, Shape
from harness.stores.postgres import Connection

KEYS_AT_MOST = 1_000
"""Of a table that is referred to, so many keys are taken, the first ones."""

_COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN b.typcategory = 'A' THEN 'array' ELSE b.typname END AS base,
       a.attnotnull OR t.typnotnull AS is_required,
       a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' OR t.typdefault IS NOT NULL
         AS is_given,
       coalesce(a.attnum = ANY (k.conkey), false) AS is_in_key,
       coalesce(e.typname, '') AS element,
       ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = b.oid ORDER BY enumsortorder)::text[]
         AS labels,
       CASE WHEN b.typname IN ('varchar', 'bpchar') AND m.typmod > 4 THEN m.typmod - 4 ELSE 0 END
         AS "limit",
       CASE WHEN b.typname = 'numeric' AND m.typmod >= 4
            THEN ((m.typmod - 4) >> 16) - ((m.typmod - 4) & 2047) ELSE 0 END AS digits,
       ARRAY(SELECT pg_get_constraintdef(c.oid) FROM pg_constraint AS c
             WHERE c.contype = 'c' AND (c.conrelid = a.attrelid AND a.attnum = ANY (c.conkey)
                                        OR c.contypid = a.atttypid) ORDER BY c.oid)::text[]
         AS checks,
       ARRAY(SELECT cardinality(c.conkey) FROM pg_constraint AS c
             WHERE c.contype = 'c' AND (c.conrelid = a.attrelid AND a.attnum = ANY (c.conkey)
                                        OR c.contypid = a.atttypid) ORDER BY c.oid)::integer[]
         AS widths
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_type AS b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
CROSS JOIN LATERAL (
  SELECT CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod) AS m
LEFT JOIN pg_type AS e ON e.oid = b.typelem AND b.typcategory = 'A'
LEFT JOIN pg_constraint AS k ON k.conrelid = a.attrelid AND k.contype = 'p'
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""

_KEY = """
SELECT a.attname FROM pg_constraint AS k
CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS c (number, position)
JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = c.number
WHERE k.conrelid = %s::regclass AND k.contype = 'p' ORDER BY c.position
"""

_REFERENCES = """
SELECT n.nspname AS schema, r.relname AS table, f.confrelid = f.conrelid AS is_itself,
       ARRAY(SELECT a.attname FROM unnest(f.conkey) WITH ORDINALITY AS c (number, position)
             JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = c.number
             ORDER BY c.position)::text[] AS columns,
       ARRAY(SELECT a.attname FROM unnest(f.confkey) WITH ORDINALITY AS c (number, position)
             JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = c.number
             ORDER BY c.position)::text[] AS keys
FROM pg_constraint AS f
JOIN pg_class AS r ON r.oid = f.confrelid
JOIN pg_namespace AS n ON n.oid = r.relnamespace
WHERE f.conrelid = %s::regclass AND f.contype = 'f' AND f.conparentid = 0
ORDER BY f.conname
"""

# What pg_get_constraintdef makes of `status IN ('new', 'paid')`.
_LISTED = re.compile(r"= ANY \(+ARRAY\[(.*?)\]")
_LITERAL = re.compile(r"'((?:[^']|'')*)'")


def shape_of(connection: Connection, relation: str) -> Shape:
    """Return a table's shape. Raises: DrillError: there is no such table."""
    quoted = sql.Identifier(*relation.split(".")).as_string(connection)
    if connection.execute("SELECT to_regclass(%s)", (quoted,)).fetchone() == (None,):
        raise DrillError(
            f"the schema has no table {relation}",
            "The platform's ledger names it; the tables are those that schema and bootstrap make.",
        )
    key = tuple(str(name) for (name,) in connection.execute(_KEY, (quoted,)))
    with connection.cursor(row_factory=dict_row) as cursor:
        columns = tuple(_column(row) for row in cursor.execute(_COLUMNS, (quoted,)))
        found = cursor.execute(_REFERENCES, (quoted,)).fetchall()
    references = tuple(_reference(connection, row) for row in found)
    return Shape(relation, columns, key, references, _taken(connection, relation, columns))


def _column(row: dict[str, Any]) -> Column:
    checks, widths = row.pop("checks"), row.pop("widths")
    allowed: tuple[str, ...] = ()
    for check, width in zip(checks, widths, strict=True):
        listed = _LISTED.search(check)
        # A domain's constraint is about no column.
        if listed and width in (None, 1):
            allowed = tuple(v.replace("''", "'") for v in _LITERAL.findall(listed[1]))
    labels = tuple(row.pop("labels"))
    return Column(**row, labels=labels, allowed=allowed, is_checked=bool(checks))


def _reference(connection: Connection, row: dict[str, Any]) -> Reference:
    target, columns = f"{row['schema']}.{row['table']}", tuple(row["columns"])
    if row["is_itself"]:
        # The first rows have none to refer to.
        return Reference(columns, target)
    keys = row["keys"]
    names = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(key)) for key in keys)
    found = connection.execute(
        sql.SQL("SELECT {} FROM {} ORDER BY {} LIMIT {}").format(
            names,
            sql.Identifier(row["schema"], row["table"]),
            sql.SQL(", ").join(map(sql.Identifier, keys)),
            sql.Literal(KEYS_AT_MOST),
        )
    ).fetchall()
    rows = [tuple(None if v is None else str(v) for v in values) for values in found]
    return Reference(columns, target, tuple(row for row in rows if None not in row))


def _taken(connection: Connection, relation: str, columns: tuple[Column, ...]) -> int:
    """Return the greatest whole number in the key's columns; 0 where there is none."""
    greatest = 0
    for column in columns:
        if column.is_in_key and column.base in ("int2", "int4", "int8") and not column.is_given:
            found = connection.execute(
                sql.SQL("SELECT coalesce(max({}), 0)::text FROM {}").format(
                    sql.Identifier(column.name), sql.Identifier(*relation.split("."))
                )
            ).fetchone()
            greatest = max(greatest, int(str(found[0])) if found else 0)
    return greatest
