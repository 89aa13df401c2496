"""Read every row of the ledger tables in one scan each, and name the rows where that differs."""

from collections.abc import Iterator
from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from harness.core.history import store_of
from harness.core.ledger import GROUP_BITS, Vector
from harness.kinds import Look, Probe
from harness.observations.ledger_rows import LedgerRows
from harness.platform.detailing import Detailing, Rows
from harness.platform.rows import SOURCES, RowSource
from harness.platform.scan import Scan
from harness.probes._row_digest import row_digest
from harness.stores.postgres import Connection


def observe(look: Look) -> LedgerRows:
    """Scan every ledger table of PostgreSQL, all of them in one snapshot.

    Those that the drill wrote nothing to as well: nothing may be in them.
    """
    scans: dict[str, Scan] = {}
    absent: list[str] = []
    postgres = look.site.postgres
    given = look.snapshot
    with (
        nullcontext(given) if given else postgres.exported_snapshot() as snapshot,
        postgres.connect(snapshot) as connection,
    ):
        connection.execute(_READING)
        for table, source in SOURCES.items():
            if store_of(table) != "postgres":
                continue
            reader = _Reader(connection, source)
            if not reader.columns:
                absent.append(table)
                scans[table] = Scan(table, {})
                continue
            groups, unnumbered = reader.groups()
            detailing = Detailing(table, groups, look.ledger, look.history)
            if lacking := detailing.lacking():
                detailing.explain(reader.presence(lacking))
            if unexplained := detailing.unexplained():
                for index, rows in reader.rows(unexplained):
                    detailing.compare(index, rows)
            scans[table] = detailing.scan(unnumbered)
    return LedgerRows(scans, tuple(absent))


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
"""

_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""

_BLOCK_BITS = 6
_BLOCKS_A_GROUP = 1 << (GROUP_BITS - _BLOCK_BITS)

# The format of COPY: a header, then each row's number of columns and, of each, length and value.
_HEADER_BYTES = 19
_ROW = np.dtype(
    [("columns", ">i2")]
    + [
        (name, kind)
        for column in ("number", "digest", "body")
        for name, kind in ((f"{column}_length", ">i4"), (column, ">i8"))
    ]
)
_ROWS_AT_ONCE = 1 << 14


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
        waiting = np.empty(0, _ROW)
        for more in self._batches(query):
            waiting = np.concatenate([waiting, more])
            indexes = waiting["number"] >> GROUP_BITS
            yield from _parted(waiting[indexes != indexes[-1]])
            waiting = waiting[indexes == indexes[-1]]
        yield from _parted(waiting)
        self._connection.execute("SET LOCAL enable_sort = off")

    def _batches(self, query: sql.Composed) -> Iterator[NDArray[np.void]]:
        with self._connection.cursor() as cursor, cursor.copy(query) as copy:
            read = bytearray()
            start = _HEADER_BYTES
            for chunk in copy:
                read += chunk
                if len(read) - start >= _ROWS_AT_ONCE * _ROW.itemsize:
                    rows = (len(read) - start) // _ROW.itemsize
                    yield np.frombuffer(bytes(read), _ROW, rows, start)
                    del read[: start + rows * _ROW.itemsize]
                    start = 0
            # The end is marked by a number of columns that no row has.
            rows = (len(read) - start) // _ROW.itemsize
            if rows:
                yield np.frombuffer(bytes(read), _ROW, rows, start)


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
