"""Settings that change how a server prints and behaves, and nothing of what it holds."""

from psycopg import sql

from harness.stores.postgres import PostgresStore

SETTINGS = {
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "iso_8601",
    "TimeZone": "Asia/Tokyo",
    "bytea_output": "escape",
    "extra_float_digits": "-5",
    "client_encoding": "LATIN1",
    "statement_timeout": "1ms",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "1ms",
    "transaction_timeout": "60ms",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "row_security": "off",
    "search_path": "odd",
    "enable_seqscan": "off",
    "enable_indexscan": "off",
    "enable_bitmapscan": "off",
    "work_mem": "64",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "check_function_bodies": "off",
}


def apply(store: PostgresStore) -> None:
    """Make them the defaults of a database."""
    with store.connect() as connection:
        for setting, value in SETTINGS.items():
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                    sql.Identifier(store._endpoint().database),
                    sql.Identifier(setting),
                    sql.Literal(value),
                )
            )
