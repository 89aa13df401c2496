"""Rows of three whole numbers as COPY sends them, in batches of arrays."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from harness.stores.postgres import Connection

# The format of COPY: a header, then each row's number of columns and, of each, length and value.
_HEADER_BYTES = 19
ROW = np.dtype(
    [("columns", ">i2")]
    + [
        (name, kind)
        for column in ("number", "digest", "body")
        for name, kind in ((f"{column}_length", ">i4"), (column, ">i8"))
    ]
)
"""A row of a number (or the hash of a key), the digest of the row, and that of its body."""

_ROWS_AT_ONCE = 1 << 14


def copied(connection: Connection, query: sql.Composed) -> Iterator[NDArray[np.void]]:
    """Yield what `COPY … TO STDOUT (FORMAT binary)` of three bigint columns returns."""
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        read = bytearray()
        start = _HEADER_BYTES
        for chunk in copy:
            read += chunk
            if len(read) - start >= _ROWS_AT_ONCE * ROW.itemsize:
                rows = (len(read) - start) // ROW.itemsize
                yield np.frombuffer(bytes(read), ROW, rows, start)
                del read[: start + rows * ROW.itemsize]
                start = 0
        # The end is marked by a number of columns that no row has.
        rows = (len(read) - start) // ROW.itemsize
        if rows:
            yield np.frombuffer(bytes(read), ROW, rows, start)
