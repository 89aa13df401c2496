"""Every column of the server's catalogs is compared, or exempt by name with a reason."""

import re

import psycopg
from psycopg import sql

from harness.probes import _catalog_exempt, _catalog_rows, postgres_catalog
from harness.probes._user_tables import pin_reading
from harness.stores.postgres import Connection, PostgresStore


def named_by_queries(
    connection: Connection, has: dict[str, list[_catalog_rows.Column]]
) -> set[str]:
    """Return every column without which some query cannot be read.

    The server itself tells: a view in the place of a catalog lacks one column at a time.
    """
    found: set[str] = set()
    for kind in postgres_catalog.QUERIED:
        query = postgres_catalog.query_of(kind)
        named = set(re.findall(r"\w+", query))
        for catalog in has.keys() & named:
            # A view cannot have a column of type anyarray.
            columns = [column.name for column in has[catalog] if column.type != "anyarray"]
            assert can_be_read(connection, query, catalog, columns), (kind, catalog)
            found |= {
                f"{catalog}.{column}"
                for column in named.intersection(columns)
                if f"->> '{column}'" in query
                or not can_be_read(
                    connection, query, catalog, [other for other in columns if other != column]
                )
            }
    return found


def can_be_read(connection: Connection, query: str, catalog: str, columns: list[str]) -> bool:
    """Tell whether a query is understood where a catalog has these columns only."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(
                sql.SQL("CREATE TEMP VIEW {0} AS SELECT {1} FROM pg_catalog.{0}").format(
                    sql.Identifier(catalog), sql.SQL(", ").join(map(sql.Identifier, columns))
                )
            )
            connection.execute(f"PREPARE as_read AS {query}".encode())
            connection.execute("DEALLOCATE as_read")
    except psycopg.errors.UndefinedColumn:
        return False
    return True


def test_every_column_is_compared_or_exempt(postgres_store: PostgresStore) -> None:
    """A column that a newer server adds is compared, or somebody says here why not."""
    with postgres_store.connect() as connection:
        pin_reading(connection)
        has = _catalog_rows.columns(connection)
        read = named_by_queries(connection, has)
    by_row = {
        f"{catalog}.{column.name}"
        for catalog in (*_catalog_rows.READ_BY_ROW, *postgres_catalog.BY_ROW["types"])
        for column in has[catalog]
        if _catalog_rows.reads(catalog, column)
    }
    printed = {
        f"{catalog}.{column}"
        for catalog, columns in (said.split(": ") for said in _catalog_exempt.PRINTED.values())
        for column in columns.split()
    }
    neither = {
        f"{catalog}.{column.name}"
        for catalog, columns in has.items()
        for column in columns
        if not _catalog_exempt.is_exempt(catalog, column.name)
    } - (read | by_row | printed)
    assert set() == neither
