"""Rows that the server made: of each, what it said when it acknowledged it, on disk.

A row's number is its place in the order of writing, from 1 on. Its key is found again by the hash
of the key's text, and what it held is compared by the digest of the whole row's text.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from harness.core.ledger import GROUP_BITS, Vector
from harness.platform.fingerprint import SQL_FUNCTION
from harness.platform.scan import Part

Integers = NDArray[np.int64]

_NEVER = -(1 << 63)
_RECORD = np.dtype([("key", "<i8"), ("digest", "<i8"), ("body", "<i8")])


@dataclass(frozen=True, slots=True)
class SaidRow:
    """What the server says of one row: its key as text, and the hashes of its key, of all of it,
    and of what is not its key.
    """

    name: str
    key: int
    digest: int
    body: int


class KeptRows:
    """The rows of one table in two files: fixed records by number, and the keys' texts in lines.

    `columns` are those that were there when the first row was written, `key` those of the primary
    key; of a table without one a row is its own key. `taken` is the greatest number that
    a key held before the first row.
    """

    def __init__(
        self, relation: str, columns: Sequence[str], key: Sequence[str], path: Path
    ) -> None:
        self.relation = relation
        self.columns, self.key = tuple(columns), tuple(key)
        self._records, self._names = path.with_suffix(".rows"), path.with_suffix(".keys")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._records.touch()
        self._names.touch()
        self._index: _ByKey | None = None
        self.taken = 0

    def __len__(self) -> int:
        return self._records.stat().st_size // _RECORD.itemsize

    def append(self, rows: Sequence[SaidRow]) -> dict[int, Vector]:
        """Keep rows under the next numbers, and return their vectors by group."""
        first = len(self) + 1
        records = np.array([(row.key, row.digest, row.body) for row in rows], _RECORD)
        self._write(records, [row.name for row in rows])
        numbers = np.arange(first, first + len(rows), dtype=np.int64)
        return vectors_of(numbers, records["digest"].astype(np.int64))

    def skip(self, rows: int) -> None:
        """Leave the next numbers to rows that there never were."""
        first = len(self) + 1
        # The hash of no key, as likely as not.
        never = [(_NEVER + number, 0, 0) for number in range(first, first + rows)]
        self._write(np.array(never, _RECORD), [""] * rows)

    def numbers_of(self, keys: Integers, digests: Integers) -> Integers:
        """Return the number of each row that has this key, 0 where no row ever had.

        Of several rows that had the same key, one after the other, it is the one with this digest,
        else the last.
        """
        known = self._by_key()
        held = known.keys
        at = np.searchsorted(held, keys, side="left")
        inside = np.minimum(at, max(0, len(held) - 1))
        found = np.zeros(len(keys), np.int64)
        if not len(held):
            return found
        is_known = held[inside] == keys
        last = np.searchsorted(held, keys, side="right") - 1
        found[is_known] = known.numbers[last[is_known]]
        for row in np.flatnonzero(is_known & (last > inside)).tolist():
            for number in known.numbers[inside[row] : last[row] + 1].tolist():
                if self._table()["digest"][number - 1] == digests[row]:
                    found[row] = number
        return found

    def fingerprints(self, ranges: Iterable[tuple[int, int]]) -> Integers:
        """Return the digests of the rows in ranges of numbers, both ends included, in order."""
        return self._of("digest", ranges)

    def bodies(self, ranges: Iterable[tuple[int, int]]) -> Integers:
        """Return the digests of these rows without their keys."""
        return self._of("body", ranges)

    def digests(self, parts: Iterable[Part]) -> dict[int, int]:
        """Return the weighted sums of the rows' digests by group."""
        sums: dict[int, int] = {}
        for part in parts:
            total = sum(self.fingerprints([(part.first, part.last)]).tolist())
            sums[part.group] = sums.get(part.group, 0) + part.weight * total
        return sums

    def names(self, numbers: Collection[int]) -> Iterator[tuple[int, str]]:
        """Yield these numbers, in ascending order, each with its row's key as text."""
        wanted = set(numbers)
        with self._names.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if number in wanted:
                    yield number, json.loads(line)

    def said(self, held: Collection[str] | None = None) -> list[sql.Composable]:
        """Return SQL for what a server is to say of a row: see SaidRow, in its order.

        Of the columns only those that are `held` can be read; the others read as NULL.
        """

        def row(columns: Sequence[str]) -> sql.Composed:
            values = [
                sql.Identifier(name) if held is None or name in held else sql.SQL("NULL::text")
                for name in columns
            ]
            return sql.SQL('ROW({})::text COLLATE "C"').format(sql.SQL(", ").join(values))

        def hashed(text: sql.Composed) -> sql.Composed:
            return sql.SQL(SQL_FUNCTION + "({}, 0)").format(text)

        key = self.key or self.columns
        beside = [name for name in self.columns if name not in key]
        name = row(key)
        if len(key) == 1 and (held is None or key[0] in held):
            name = sql.SQL("coalesce({}::text, 'NULL')").format(sql.Identifier(key[0]))
        whole = hashed(row(self.columns))
        return [name, hashed(row(key)), whole, hashed(row(beside)) if beside else whole]

    def _of(self, what: str, ranges: Iterable[tuple[int, int]]) -> Integers:
        table = self._table()
        parts = [table[what][first - 1 : last].astype(np.int64) for first, last in ranges]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def _write(self, records: NDArray[np.void], names: Sequence[str]) -> None:
        with self._records.open("ab") as file:
            file.write(records.tobytes())
        with self._names.open("a", encoding="utf-8") as lines:
            lines.writelines(f"{json.dumps(name, ensure_ascii=True)}\n" for name in names)
        self._index = None

    def _table(self) -> NDArray[np.void]:
        if not len(self):
            return np.empty(0, _RECORD)
        return np.memmap(self._records, _RECORD, "r")

    def _by_key(self) -> "_ByKey":
        if self._index is None:
            keys = self._table()["key"].astype(np.int64)
            order = np.argsort(keys, kind="stable")
            self._index = _ByKey(keys[order], order.astype(np.int64) + 1)
        return self._index


@dataclass(frozen=True, slots=True)
class _ByKey:
    """Hashes of keys in ascending order, and the numbers of their rows."""

    keys: Integers
    numbers: Integers


def vectors_of(numbers: Integers, digests: Integers) -> dict[int, Vector]:
    """Return the vectors of rows by group, from their numbers and digests in parallel."""
    if not len(numbers):
        return {}
    order = np.argsort(numbers >> GROUP_BITS, kind="stable")
    indexes = (numbers >> GROUP_BITS)[order]
    borders = [0, *(np.flatnonzero(np.diff(indexes)) + 1).tolist(), len(indexes)]
    vectors: dict[int, Vector] = {}
    for start, end in pairwise(borders):
        at = order[start:end]
        vectors[int(indexes[start])] = Vector(
            len(at), sum(numbers[at].tolist()), sum(digests[at].tolist())
        )
    return vectors
