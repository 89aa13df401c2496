"""Ask the database whether what it holds agrees with itself, reading every row to do so.

A restore can load rows that no constraint has looked at: with triggers off, or file by file.
"""

from collections.abc import Callable
from typing import LiteralString, TypeVar

import psycopg
from psycopg import IsolationLevel, sql

from harness.core.finding import EXAMPLES_AT_MOST
from harness.kinds import Look, Probe
from harness.observations.postgres_integrity import IndexCount, Integrity, Orphans
from harness.probes._index_walks import walk_all
from harness.probes._user_tables import pin_reading
from harness.stores.postgres import Connection

Seen = TypeVar("Seen")

KEYS_AT_MOST = 1_000
"""Missing keys of one foreign key that are kept one by one, to be told from those before."""


def observe(look: Look) -> Integrity:
    """Read every foreign key and generated column of the user's, and at the end every index."""
    with look.site.postgres.connect(look.snapshot) as connection:
        pin_reading(connection)
        orphans, unread_keys = _asked(connection, _FOREIGN_KEYS, _orphans)
        stale, unread_columns = _asked(connection, _GENERATED, _orphans)
        invalid = tuple(name for name, _ in _pairs(connection, _INVALID_INDEXES))
        counts: dict[str, IndexCount] = {}
        unforced: dict[str, str] = {}
        if not look.at_backup:
            # One snapshot: what others write in between must not look like a difference.
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            with connection.transaction(force_rollback=True):
                counts, unforced = walk_all(connection)
        number = {name: found.rows for name, found in stale.items()}
        return Integrity(
            orphans, number, counts, invalid, unread_keys, unread_columns, unforced, stale
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
  'SELECT %s FROM ONLY %s AS stale WHERE (%I)::text IS DISTINCT FROM (%s)::text',
  coalesce(key.text, 'hashtextextended((stale.*)::text, 0)::text'),
  d.adrelid::regclass, a.attname, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attrdef AS d
JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
JOIN pg_class AS c ON c.oid = d.adrelid AND c.relkind = 'r'
LEFT JOIN LATERAL (
  SELECT CASE WHEN count(*) = 1 THEN min(format('%I::text', k.attname))
    ELSE format('ROW(%s)::text', string_agg(quote_ident(k.attname), ', ' ORDER BY part.n)) END
    AS text
  FROM pg_index AS x
  CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS part (number, n)
  JOIN pg_attribute AS k ON k.attrelid = x.indrelid AND k.attnum = part.number
  WHERE x.indrelid = d.adrelid AND x.indisprimary AND part.n <= x.indnkeyatts
  HAVING count(*) > 0
) AS key ON true
WHERE a.attgenerated = 's'
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


def _asked(
    connection: Connection, pairs: LiteralString, ask: Callable[[Connection, str], Seen]
) -> tuple[dict[str, Seen], dict[str, str]]:
    """Return the answer for each name, and the SQLSTATE where there was none."""
    found: dict[str, Seen] = {}
    unread: dict[str, str] = {}
    for name, query in _pairs(connection, pairs):
        try:
            with connection.transaction():
                found[name] = ask(connection, query)
        except psycopg.Error as error:
            unread[name] = str(error.sqlstate)
    return found, unread


def _orphans(connection: Connection, query: str) -> Orphans:
    rows = connection.execute(
        sql.SQL(
            "SELECT key, count(*), sum(count(*)) OVER (),"
            " sum(sum(hashtextextended(key, 0))) OVER () FROM ({}) AS orphan (key)"
            " GROUP BY key ORDER BY length(key), key LIMIT {}"
        ).format(sql.SQL(query), sql.Literal(KEYS_AT_MOST + 1))
    ).fetchall()
    if not rows:
        return Orphans(0, by_key={})
    by_key = {str(key): int(str(count)) for key, count, *_ in rows}
    return Orphans(
        int(str(rows[0][2])),
        tuple(by_key)[:EXAMPLES_AT_MOST],
        by_key if len(by_key) <= KEYS_AT_MOST else None,
        int(str(rows[0][3])),
    )


PROBE = Probe("postgres_integrity", "postgres", Integrity, at_backup=True, observe=observe)
