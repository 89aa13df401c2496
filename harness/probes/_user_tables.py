"""The user's own tables, from the catalog, and how to read them without leaving anything out."""

from dataclasses import dataclass
from typing import cast

from psycopg import sql

from harness.stores.postgres import Connection


@dataclass(frozen=True, slots=True)
class UserTable:
    """A relation that holds rows: a table, a leaf partition or a materialized view.

    `kind` is `table`, `unlogged table` or `materialized view`. `key` holds the primary key's
    columns; `counts_up` tells whether it is one integer. `query` is a materialized view's own.
    """

    schema: str
    table: str
    kind: str
    is_populated: bool
    columns: tuple[str, ...]
    key: tuple[str, ...]
    counts_up: bool
    query: str

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


_USER_TABLES = """
SELECT n.nspname, c.relname,
  CASE WHEN c.relkind = 'm' THEN 'materialized view' WHEN c.relpersistence = 'u'
       THEN 'unlogged table' ELSE 'table' END,
  c.relispopulated,
  ARRAY(SELECT a.attname::text FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
  key.columns, key.counts_up,
  CASE WHEN c.relkind = 'm' THEN rtrim(pg_get_viewdef(c.oid), ';') ELSE '' END
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}') AS columns,
         count(*) = 1 AND bool_and(a.atttypid::regtype::text IN ('smallint', 'integer', 'bigint'))
           AS counts_up
  FROM pg_index AS x
  JOIN pg_attribute AS a ON a.attrelid = x.indrelid
    AND a.attnum = ANY ((x.indkey::smallint[])[0:x.indnkeyatts - 1])
  WHERE x.indrelid = c.oid AND x.indisprimary
) AS key
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
            bool(counts_up),
            str(query),
        )
        for schema, table, kind, is_populated, columns, key, counts_up, query in connection.execute(
            _USER_TABLES
        )
    ]
