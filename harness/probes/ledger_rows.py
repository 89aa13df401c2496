"""Read every row of the ledger tables in one scan each, and name the rows where that differs."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from harness.core.ledger import GROUP_BITS, Vector
from harness.kinds import Look, Probe
from harness.observations.ledger_rows import LedgerRows
from harness.platform.accounting import remade
from harness.platform.detailing import Detailing, Rows
from harness.platform.numbered import NumberedRows
from harness.platform.own_code import sources
from harness.platform.rows import RowSource
from harness.platform.scan import Scan
from harness.probes._copied_rows import ROW, copied
from harness.probes._made_rows import made_scan
from harness.probes._row_digest import row_digest
from harness.stores.postgres import Connection


def observe(look: Look) -> LedgerRows:
    """Scan every ledger table of PostgreSQL, all of them in one snapshot.

    Those that the drill wrote nothing to as well: nothing may be in them.
    """
    seen = LedgerRows()
    postgres = look.site.postgres
    given = look.snapshot
    with (
        nullcontext(given) if given else postgres.exported_snapshot() as snapshot,
        postgres.connect(snapshot) as connection,
    ):
        connection.execute(_READING)
        for table, declared in look.site.platform.tables.items():
            if declared.is_numbered:
                _scan(look, connection, table, seen)
            else:
                made_scan(look, connection, table, seen)
    return seen


def _scan(look: Look, connection: Connection, table: str, seen: LedgerRows) -> None:
    source = sources(look.site.platform)[table]
    reader, rows = _Reader(connection, source), NumberedRows(source, look.ledger.random)
    if not reader.columns:
        seen.absent = (*seen.absent, table)
        seen.scans[table] = Scan(table, {})
        return
    groups, unnumbered = reader.groups()
    detailing = Detailing(table, groups, look.ledger, look.history, rows)
    if lacking := detailing.lacking():
        detailing.explain(reader.presence(lacking))
    if unexplained := detailing.unexplained():
        for index, found in reader.rows(unexplained):
            detailing.compare(index, found)
    scan = detailing.scan(unnumbered)
    if not look.site.platform.is_ours:
        # Whoever judges elsewhere cannot make them again.
        parts = remade(replace(scan, remade={}), look.ledger, look.history)
        scan = replace(scan, remade=rows.digests(parts))
    seen.scans[table] = scan


# A corrupt index hides rows, so none is used. The planner takes the groups for as many as the
# rows; without the other settings it would sort them all on disk or give up its workers.
_READING = """
SET LOCAL enable_indexscan = off;
SET LOCAL enable_indexonlyscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_sort = off;
SET LOCAL work_mem = '64MB';
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL row_security = off;
SET LOCAL search_path = pg_catalog;
"""

_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""

_BLOCK_BITS = 6
_BLOCKS_A_GROUP = 1 << (GROUP_BITS - _BLOCK_BITS)


class _Reader:
    """What one table holds, read without an index."""

    def __init__(self, connection: Connection, source: RowSource) -> None:
        self._connection = connection
        found = connection.execute(_COLUMNS, (source.relation,))
        self.columns = {str(column) for (column,) in found}
        self._names = {
            "key": sql.Identifier(source.key),
            "group": sql.SQL("{} >> {}").format(
                sql.Identifier(source.key), sql.Literal(GROUP_BITS)
            ),
            "digest": row_digest(source, self.columns),
            "body": row_digest(source, self.columns, keyed=False),
            "relation": sql.Identifier(*source.relation.split(".")),
        }

    def groups(self) -> tuple[dict[int, Vector], int]:
        """Return the vectors of all groups, and how many rows have no number."""
        query = sql.SQL(
            "SELECT {group}, count(*), sum({key}), sum({digest}) FROM {relation} GROUP BY 1"
        ).format(**self._names)
        groups: dict[int, Vector] = {}
        unnumbered = 0
        for group, *sums in self._connection.execute(query):
            if group is None:
                unnumbered = int(str(sums[0]))
            else:
                groups[int(str(group))] = Vector(*(int(str(value)) for value in sums))
        return groups, unnumbered

    def presence(self, groups: list[int]) -> dict[int, bytes]:
        """Return the numbers that these groups hold, as Detailing takes them."""
        query = sql.SQL(
            "SELECT {key} >> {bits}, bit_or(1::bigint << ({key} & {mask})::integer)"
            " FROM {relation} WHERE {group} = ANY(%s::bigint[]) GROUP BY 1"
        ).format(
            bits=sql.Literal(_BLOCK_BITS), mask=sql.Literal((1 << _BLOCK_BITS) - 1), **self._names
        )
        blocks = {group: np.zeros(_BLOCKS_A_GROUP, "<i8") for group in groups}
        for block, numbers in self._connection.execute(query, (groups,)):
            group, at = divmod(int(str(block)), _BLOCKS_A_GROUP)
            blocks[group][at] = numbers
        return {group: held.tobytes() for group, held in blocks.items()}

    def rows(self, groups: list[int]) -> Iterator[tuple[int, Rows]]:
        """Yield these groups in order, each with all of its rows."""
        self._connection.execute("SET LOCAL enable_sort = on")
        query = sql.SQL(
            "COPY (SELECT {key}::bigint, {digest}, {body} FROM {relation}"
            " WHERE {group} = ANY({groups}::bigint[]) ORDER BY 1) TO STDOUT (FORMAT binary)"
        ).format(groups=sql.Literal(groups), **self._names)
        waiting = np.empty(0, ROW)
        for more in copied(self._connection, query):
            waiting = np.concatenate([waiting, more])
            indexes = waiting["number"] >> GROUP_BITS
            yield from _parted(waiting[indexes != indexes[-1]])
            waiting = waiting[indexes == indexes[-1]]
        yield from _parted(waiting)
        self._connection.execute("SET LOCAL enable_sort = off")


def _parted(rows: NDArray[np.void]) -> Iterator[tuple[int, Rows]]:
    """Yield ordered rows group by group."""
    numbers, digests, bodies = (
        rows[column].astype(np.int64) for column in ("number", "digest", "body")
    )
    indexes = numbers >> GROUP_BITS
    borders = np.flatnonzero(np.diff(indexes)) + 1
    for at in np.split(np.arange(len(rows)), borders):
        if len(at):
            yield int(indexes[at[0]]), Rows(numbers[at], digests[at], bodies[at])


PROBE = Probe(
    id="ledger_rows",
    store="postgres",
    observation=LedgerRows,
    at_backup=True,
    observe=observe,
)
