"""Walk every index and scan its table, and compare which rows each leads to.

The planner is left no other way: its other indexes are hidden from it, in a transaction that never
commits. A B-tree is walked in its order, which must be that of its keys; any other index by a
condition that holds for every row in it, or by the keys of the rows. Tables beyond 256 MB are not
sorted: their B-trees must lead to each row, in whatever order.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psycopg
from psycopg import sql

from harness.observations.postgres_integrity import IndexCount
from harness.stores.postgres import Connection

_INDEXES = Path(__file__).with_suffix(".sql")

_DIGEST = (
    "SELECT count(*), coalesce(sum(hashtidextended(at, place)), 0) FROM ({}) AS found (at, place)"
)

_METHODS = (
    *("seqscan", "sort", "incremental_sort", "hashjoin", "mergejoin", "nestloop", "memoize"),
    *("indexscan", "indexonlyscan", "bitmapscan", "tidscan"),
)

# Rolled back with everything: what the planner believes of one table's indexes and columns.
_ONLY_INDEX = (
    "UPDATE pg_index SET indisvalid = (indexrelid = %s), indcheckxmin = false WHERE indrelid = %s"
)
_NULLS_ALLOWED = "UPDATE pg_attribute SET attnotnull = false WHERE attrelid = %s AND attnum > 0"
_FIRST_USER_OID = 16384


@dataclass(frozen=True, slots=True)
class _Index:
    """An index, and how to walk it; `walk` is None where no way is known."""

    name: str
    oid: int
    relname: str
    table: int
    kind: str
    walk: str | None
    scan: str | None
    in_two_parts: bool


def walk_all(connection: Connection) -> tuple[dict[str, IndexCount], dict[str, str]]:
    """Return what each index leads to, and for those that cannot be forced, the reason.

    The connection has pinned what it reads, and is in a transaction of one snapshot that its owner
    rolls back.
    """
    connection.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
    connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    indexes = _indexes(connection)
    with connection.transaction(force_rollback=True):
        _allow(connection, "seqscan", "sort", "hashjoin", "nestloop")
        queries = dict.fromkeys(index.scan for index in indexes if index.scan is not None)
        scanned = {query: _scanned(connection, query) for query in queries}
    counts: dict[str, IndexCount] = {}
    unforced: dict[str, str] = {}
    with connection.transaction(force_rollback=True):
        _allow(connection, "indexscan", "bitmapscan", "nestloop")
        for index in indexes:
            if index.walk is None or index.scan is None:
                unforced[index.name] = f"no condition holds for all of {index.kind}"
                continue
            found = scanned[index.scan]
            if isinstance(found, str):
                unforced[index.name] = f"its table cannot be scanned: SQLSTATE {found}"
                continue
            count = _walked(connection, index, index.walk, found)
            if count is None:
                unforced[index.name] = f"the planner does not walk {index.kind}"
            else:
                counts[index.name] = count
    return counts, unforced


def _scanned(connection: Connection, query: str) -> tuple[int, int] | str:
    try:
        with connection.transaction():
            return _digest(connection, query)
    except psycopg.Error as error:
        return str(error.sqlstate)


def _walked(
    connection: Connection, index: _Index, query: str, scanned: tuple[int, int]
) -> IndexCount | None:
    rows, digest = scanned
    try:
        with connection.transaction(force_rollback=True):
            _leave_alone(connection, index)
            if not _is_walked(connection, index, query):
                return None
            by_index, index_digest = _digest(connection, query)
    except psycopg.Error as error:
        return IndexCount(0, rows, 0, digest, said=str(error.sqlstate))
    return IndexCount(by_index, rows, index_digest, digest)


def _indexes(connection: Connection) -> list[_Index]:
    found = connection.execute(_INDEXES.read_text(encoding="utf-8")).fetchall()
    return [
        _Index(*cast(tuple[str, int, str, int, str, str | None, str | None, bool], row))
        for row in found
    ]


def _leave_alone(connection: Connection, index: _Index) -> None:
    """Hide the table's other indexes; those of the catalog itself are left as they are."""
    if index.table < _FIRST_USER_OID:
        return
    # Not everybody who may look may do this: then the planner's own choice must do.
    with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute(_ONLY_INDEX, (index.oid, index.table))
        connection.execute(_NULLS_ALLOWED, (index.table,))


def _allow(connection: Connection, *allowed: str) -> None:
    for method in _METHODS:
        connection.execute(
            sql.SQL("SET LOCAL {} = {}").format(
                sql.Identifier(f"enable_{method}"), sql.SQL("on" if method in allowed else "off")
            )
        )


def _is_walked(connection: Connection, index: _Index, query: str) -> bool:
    plan = connection.execute(f"EXPLAIN (FORMAT JSON, COSTS OFF) {query}").fetchone()
    assert plan is not None
    walked = [name for name in _index_names(plan[0]) if name == index.relname]
    return len(walked) >= 1 + index.in_two_parts


def _index_names(plan: object) -> Iterator[str]:
    if isinstance(plan, dict):
        if "Index Name" in plan:
            yield str(plan["Index Name"])
        plan = list(plan.values())
    if isinstance(plan, list):
        for part in plan:
            yield from _index_names(part)


def _digest(connection: Connection, query: str) -> tuple[int, int]:
    row = connection.execute(_DIGEST.format(query)).fetchone()
    assert row is not None
    return int(str(row[0])), int(str(row[1]))
