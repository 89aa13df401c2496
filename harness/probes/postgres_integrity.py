"""Ask the database whether what it holds agrees with itself, reading every row to do so.

A restore can load rows that no constraint has looked at: with triggers off, or file by file.
"""

from typing import LiteralString

from psycopg import sql

from harness.core.finding import EXAMPLES_AT_MOST
from harness.kinds import Look, Probe
from harness.observations.postgres_integrity import IndexCount, Integrity, Orphans
from harness.probes._user_tables import pin_reading
from harness.stores.postgres import Connection


def observe(look: Look) -> Integrity:
    """Read every foreign key, generated column and unique index of the user's tables."""
    with look.site.postgres.connect(look.snapshot) as connection:
        pin_reading(connection)
        return Integrity(
            {
                name: _orphans(connection, query)
                for name, query in _pairs(connection, _FOREIGN_KEYS)
            },
            {name: _number(connection, query) for name, query in _pairs(connection, _GENERATED)},
            _index_counts(connection),
            tuple(name for name, _ in _pairs(connection, _INVALID_INDEXES)),
        )


# Each of these returns a name and the query to ask; the catalog quotes every identifier in it.
_FOREIGN_KEYS = """
SELECT format('%s: %I', con.conrelid::regclass, con.conname), format(
  'SELECT %s::text FROM %s AS child WHERE %s AND NOT EXISTS (SELECT FROM %s AS parent WHERE %s)',
  CASE WHEN count(*) = 1 THEN min(pair.child) ELSE format('ROW(%s)', string_agg(pair.child, ', '
    ORDER BY pair.n)) END,
  CASE child.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || con.conrelid::regclass,
  CASE con.confmatchtype
    WHEN 'f' THEN format('num_nonnulls(%s) > 0', string_agg(pair.child, ', '))
    ELSE string_agg(pair.child || ' IS NOT NULL', ' AND ') END,
  CASE parent.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || con.confrelid::regclass,
  string_agg(format('%s OPERATOR(%I.%s) %s', pair.parent, pair.space, pair.operator, pair.child),
             ' AND '))
FROM pg_constraint AS con
JOIN pg_class AS child ON child.oid = con.conrelid
JOIN pg_class AS parent ON parent.oid = con.confrelid
CROSS JOIN LATERAL (
  SELECT k.n, format('child.%I', c.attname) AS child, format('parent.%I', p.attname) AS parent,
         o.oprname AS operator, s.nspname AS space
  FROM unnest(con.conkey, con.confkey, con.conpfeqop) WITH ORDINALITY AS k (child, parent, op, n)
  JOIN pg_attribute AS c ON c.attrelid = con.conrelid AND c.attnum = k.child
  JOIN pg_attribute AS p ON p.attrelid = con.confrelid AND p.attnum = k.parent
  JOIN pg_operator AS o ON o.oid = k.op
  JOIN pg_namespace AS s ON s.oid = o.oprnamespace
) AS pair
WHERE con.contype = 'f' AND con.conparentid = 0
GROUP BY con.oid, con.conrelid, con.conname, con.confmatchtype, con.confrelid, child.relkind,
         parent.relkind
ORDER BY 1
"""

_GENERATED = """
SELECT format('%s.%I', d.adrelid::regclass, a.attname), format(
  'SELECT count(*) FROM ONLY %s WHERE (%I)::text IS DISTINCT FROM (%s)::text',
  d.adrelid::regclass, a.attname, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attrdef AS d
JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
JOIN pg_class AS c ON c.oid = d.adrelid AND c.relkind = 'r'
WHERE a.attgenerated = 's'
ORDER BY 1
"""

# In the index's own order no other index will do; without sorting, nor will a sequential scan.
_UNIQUE_INDEXES = """
SELECT x.indexrelid::regclass::text, format(
  'SELECT count(*) FROM (SELECT FROM ONLY %s ORDER BY %s OFFSET 0) AS ordered',
  x.indrelid::regclass, string_agg(quote_ident(a.attname), ', ' ORDER BY k.n)),
  format('SELECT count(*) FROM ONLY %s', x.indrelid::regclass)
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_class AS t ON t.oid = x.indrelid AND t.relkind = 'r'
JOIN pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_am AS am ON am.oid = i.relam AND am.amname = 'btree'
CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (column_number, n)
JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.column_number
WHERE x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND k.n <= x.indnkeyatts
GROUP BY x.indexrelid, x.indrelid
ORDER BY 1
"""

_INVALID_INDEXES = """
SELECT x.indexrelid::regclass::text, ''
FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indexrelid
WHERE NOT (x.indisvalid AND x.indisready) AND c.relkind = 'i'
ORDER BY 1
"""


def _pairs(connection: Connection, query: LiteralString) -> list[tuple[str, str]]:
    return [(str(name), str(text)) for name, text in connection.execute(query)]


def _number(connection: Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(str(row[0]))


def _orphans(connection: Connection, query: str) -> Orphans:
    rows = connection.execute(
        sql.SQL(
            "SELECT key, sum(count(*)) OVER () FROM ({}) AS orphan (key)"
            " GROUP BY key ORDER BY length(key), key LIMIT {}"
        ).format(sql.SQL(query), sql.Literal(EXAMPLES_AT_MOST))
    ).fetchall()
    total = int(str(rows[0][1])) if rows else 0
    return Orphans(total, tuple(str(key) for key, _ in rows))


def _index_counts(connection: Connection) -> dict[str, IndexCount]:
    """Count by each unique index; one that the planner will not walk is left out."""
    counts: dict[str, IndexCount] = {}
    scanned: dict[str, int] = {}
    with connection.transaction():
        for found in connection.execute(_UNIQUE_INDEXES).fetchall():
            name, walk, scan = map(str, found)
            if scan not in scanned:
                _read_by(connection, "seqscan")
                scanned[scan] = _number(connection, scan)
            _read_by(connection, "indexscan", "indexonlyscan")
            plan = connection.execute(f"EXPLAIN {walk}").fetchall()
            index = name.rpartition(".")[2]
            if any(f" using {index} on " in str(line) for (line,) in plan):
                counts[name] = IndexCount(_number(connection, walk), scanned[scan])
    return counts


def _read_by(connection: Connection, *allowed: str) -> None:
    for method in ("seqscan", "indexscan", "indexonlyscan", "bitmapscan", "sort"):
        connection.execute(
            sql.SQL("SET LOCAL {} = {}").format(
                sql.Identifier(f"enable_{method}"), sql.SQL("on" if method in allowed else "off")
            )
        )


PROBE = Probe("postgres_integrity", "postgres", Integrity, at_backup=False, observe=observe)
