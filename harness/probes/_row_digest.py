r"""The digest of a ledger table's row, in SQL: that of the text in `harness.platform.rows`.

A row whose columns, joined by tabs, could be taken for another's has a text of its own: as many
tabs as there are columns, which no other text has, and what PostgreSQL prints of a whole row,
which tells NULL, no text and every character apart.
"""

from collections.abc import Collection

from psycopg import sql

from harness.platform.fingerprint import SQL_FUNCTION
from harness.platform.rows import RowSource


def row_text(source: RowSource, held: Collection[str], *, keyed: bool = True) -> sql.Composed:
    """Return a row's canonical text, with its key or without.

    A column that the table holds no longer reads as NULL.
    """
    columns = source.columns if keyed else source.columns[1:]
    values = {c: sql.Identifier(c) if c in held else sql.SQL("NULL::text") for c in columns}
    certain = [values[c] for c in columns if c not in source.nullable]
    ambiguous: list[sql.Composable] = [
        sql.SQL("num_nulls({}) > 0").format(sql.SQL(", ").join(certain)),
        # The collation of a column may be one in which nothing can be searched for.
        *(
            sql.SQL("strpos({}::text COLLATE \"C\", E'\\t') > 0").format(values[c])
            for c in source.texts
        ),
        *(sql.SQL("{}::text COLLATE \"C\" = E'\\\\N'").format(values[c]) for c in source.nullable),
    ]
    joined = [
        sql.SQL("coalesce({}::text, E'\\\\N')").format(value) if c in source.nullable else value
        for c, value in values.items()
    ]
    return sql.SQL(
        "CASE WHEN {ambiguous} THEN repeat(E'\\t', {count}) || ROW({row})::text"
        " ELSE concat_ws(E'\\t', {joined}) END"
    ).format(
        ambiguous=sql.SQL(" OR ").join(ambiguous),
        count=sql.Literal(len(columns)),
        row=sql.SQL(", ").join(values.values()),
        joined=sql.SQL(", ").join(joined),
    )


def row_digest(source: RowSource, held: Collection[str], *, keyed: bool = True) -> sql.Composed:
    """Return the digest of a row, with its key or without."""
    text = row_text(source, held, keyed=keyed)
    return sql.SQL(SQL_FUNCTION + "({}, 0)").format(text)
