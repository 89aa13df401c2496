"""The user's own tables, from the catalog, and how to read them without leaving anything out."""

from dataclasses import dataclass, replace
from typing import cast

from psycopg import sql

from harness.stores.postgres import Connection


@dataclass(frozen=True, slots=True)
class UserTable:
    """A relation that holds rows: a table, a leaf partition or a materialized view.

    `kind` is `table`, `unlogged table` or `materialized view`. `key` holds the columns of the
    primary key, or of another unique one without NULLs; `integers` those that hold integers.
    Generated columns are left out: they are computed anew, and compared with their expression.
    `query` is a materialized view's own; `asks_clock` tells whether it, or a view under it, asks
    for the time, for chance, or for what only this session or server is; `asks_settings` whether
    what it computes may hang on how a session is set to print and read.
    """

    schema: str
    table: str
    kind: str
    is_populated: bool
    columns: tuple[str, ...]
    key: tuple[str, ...]
    integers: tuple[str, ...]
    query: str
    asks_clock: bool
    asks_settings: bool

    @property
    def counts_up(self) -> bool:
        """Whether its key is one integer."""
        return len(self.key) == 1 and self.key[0] in self.integers

    def keyed_as(self, key: tuple[str, ...] | None) -> "UserTable":
        """Return it with the key that it had at another look, if its columns are still there."""
        return self if key is None or set(key) - set(self.columns) else replace(self, key=key)

    @property
    def name(self) -> str:
        """Its qualified name, for people."""
        return f"{self.schema}.{self.table}"

    @property
    def relation(self) -> sql.Composed:
        """What stands after FROM: the relation's own rows, not those of its children."""
        only = sql.SQL("") if self.query else sql.SQL("ONLY ")
        return only + sql.Identifier(self.schema, self.table)


_PINNED = (
    "search_path = ''",
    "row_security = off",
    "quote_all_identifiers = off",
    "standard_conforming_strings = on",
    "client_encoding = 'UTF8'",
    "TimeZone = 'UTC'",
    "DateStyle = 'ISO, MDY'",
    "IntervalStyle = 'postgres'",
    "extra_float_digits = 1",
    "bytea_output = 'hex'",
    "lc_monetary = 'C'",
    "xmlbinary = 'base64'",
    "xmloption = 'content'",
)
"""Settings that change how a server prints what it holds, whatever file, database or role sets."""


def pin_reading(connection: Connection) -> None:
    """Make text print the same whatever is set, names qualified, and a read that row security
    would filter an error.
    """
    for setting in _PINNED:
        connection.execute(sql.SQL("SET {}").format(sql.SQL(setting)))


_USER_TABLES = r"""
SELECT n.nspname, c.relname,
  CASE WHEN c.relkind = 'm' THEN 'materialized view' WHEN c.relpersistence = 'u'
       THEN 'unlogged table' ELSE 'table' END,
  c.relispopulated,
  ARRAY(SELECT a.attname::text FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        ORDER BY a.attnum),
  key.columns,
  ARRAY(SELECT a.attname::text FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND a.atttypid::regtype::text IN ('smallint', 'integer', 'bigint')),
  CASE WHEN c.relkind = 'm' THEN rtrim(pg_get_viewdef(c.oid), ';') ELSE '' END,
  coalesce(asks.clock, false), coalesce(asks.settings, false)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT coalesce((
    SELECT array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_index AS x
    JOIN pg_attribute AS a ON a.attrelid = x.indrelid
      AND a.attnum = ANY ((x.indkey::smallint[])[0:x.indnkeyatts - 1])
    WHERE x.indrelid = c.oid AND x.indisunique AND x.indpred IS NULL AND x.indexprs IS NULL
      AND x.indisvalid AND x.indimmediate
    GROUP BY x.indexrelid, x.indisprimary, x.indnkeyatts
    HAVING bool_and(a.attnotnull)
    ORDER BY x.indisprimary DESC, x.indnkeyatts, 1 LIMIT 1), '{}') AS columns
) AS key
-- PostgreSQL promises the same answer for the same rows of IMMUTABLE functions only.
LEFT JOIN LATERAL (
  WITH RECURSIVE under (oid) AS (
    SELECT c.oid
    UNION
    SELECT d.refobjid FROM under JOIN pg_rewrite AS r ON r.ev_class = under.oid
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class AS v ON v.oid = d.refobjid AND v.relkind = 'v'
  )
  SELECT
    bool_or(said.parts[1] IN ('SQLVALUEFUNCTION', 'TABLESAMPLECLAUSE') OR said.parts[4] IS NOT NULL
      OR said.parts[2] = 'relid' AND said.parts[3]::oid BETWEEN 1 AND 16383
      OR f.provolatile = 'v'
      OR f.provolatile = 's' AND (f.pronargs = 0 OR f.oid < 16384
        AND f.proname ~ '^(age|current_setting|txid_|pg_|has_|row_security|to_reg|.*_to_xml)')
    ) AS clock,
    bool_or(said.parts[1] = 'COERCEVIAIO' OR f.provolatile = 's') AS settings
  FROM under JOIN pg_rewrite AS r ON r.ev_class = under.oid
  CROSS JOIN LATERAL regexp_matches(r.ev_action::text,
    '\{(SQLVALUEFUNCTION|TABLESAMPLECLAUSE|COERCEVIAIO)|'
    ':(relid|funcid|opfuncid|winfnoid|aggfnoid) (\d+)|:varattno (-[1-9])', 'g') AS said (parts)
  LEFT JOIN pg_proc AS f ON said.parts[2] <> 'relid' AND f.oid = said.parts[3]::oid
) AS asks ON c.relkind = 'm'
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass
                  AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""


def user_tables(connection: Connection) -> list[UserTable]:
    """Return every relation of the user's that holds rows, ordered by name."""
    return [
        UserTable(
            str(schema),
            str(table),
            str(kind),
            bool(is_populated),
            tuple(cast(list[str], columns)),
            tuple(cast(list[str], key)),
            tuple(cast(list[str], integers)),
            str(query),
            *map(bool, asks),
        )
        for row in connection.execute(_USER_TABLES)
        for schema, table, kind, is_populated, columns, key, integers, query, *asks in [row]
    ]
