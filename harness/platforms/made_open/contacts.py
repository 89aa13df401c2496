"""A contact as the application sees it: the row in PostgreSQL, as JSON values.

The cache and the search index both hold copies of it, so both are compared with this one reading.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from harness.platforms.made_open.rows import CONTACTS

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

Contact = dict[str, object]
"""Values by column, in the order of the row; `number`, `tenant_id` and `version` are integers."""

Connection: TypeAlias = "psycopg.Connection[tuple[object, ...]]"

_TYPED: dict[str, Callable[[str], object]] = {
    "number": int,
    "tenant_id": int,
    "attributes": json.loads,
    "version": int,
}

_ROWS_A_PAGE = 5_000


def contact(texts: Sequence[str | None]) -> Contact:
    """Return the contact of a row whose columns are given as PostgreSQL prints them."""
    return {
        column: text if text is None else _TYPED.get(column, str)(text)
        for column, text in zip(CONTACTS.columns, texts, strict=True)
    }


def read(
    connection: Connection, *, first: int = 1, numbers: Sequence[int] | None = None
) -> Iterator[Contact]:
    """Yield contacts in ascending order: those from `first` on, or just those with `numbers`.

    Rows are read in pages; between two of them the connection is free for other work.
    """
    wanted = None if numbers is None else list(numbers)
    while True:
        page = connection.execute(_page(), (first, wanted, wanted)).fetchall()
        for row in page:
            yield contact([None if value is None else str(value) for value in row])
        if len(page) < _ROWS_A_PAGE:
            return
        first = int(str(page[-1][0])) + 1


@cache
def _page() -> "sql.Composed":
    # Whoever only asks what a contact is needs no client.
    from psycopg import sql  # noqa: PLC0415 - see above

    return sql.SQL(
        "SELECT {columns} FROM {relation} AS contact WHERE {key} >= %s"
        " AND (%s::bigint[] IS NULL OR {key} = ANY (%s)) ORDER BY {key} LIMIT {limit}"
    ).format(
        columns=sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier(column)) for column in CONTACTS.columns
        ),
        relation=sql.Identifier(*CONTACTS.relation.split(".")),
        # Unqualified, ORDER BY would mean the text of the output column.
        key=sql.Identifier("contact", CONTACTS.key),
        limit=sql.Literal(_ROWS_A_PAGE),
    )
