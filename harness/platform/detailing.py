"""Name what of a table is not as tried, where sums show that something is not.

Most groups that differ only lack rows: which numbers are there is enough to name those, and sums
prove that nothing else is wrong. Of the other groups every row is compared.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.core.history import History
from harness.core.ledger import GROUP_BITS, Ledger, Vector
from harness.platform.numbered import Integers, TriedRows
from harness.platform.scan import Deviation, Part, Scan
from harness.platform.tried import Group, tried

PRESENCE_BYTES = (1 << GROUP_BITS) // 8
_IN_GROUP = (1 << GROUP_BITS) - 1


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows that a store holds of one group, in any order: numbers and digests.

    A body's digest is that of a row without its number.
    """

    numbers: Integers
    digests: Integers
    bodies: Integers


class Detailing:
    """One table's differing groups, each to be explained by what is present or by its rows."""

    def __init__(
        self,
        table: str,
        groups: dict[int, Vector],
        ledger: Ledger,
        history: History,
        rows: TriedRows,
    ) -> None:
        """`rows` are those that were tried."""
        self._table, self._groups = table, groups
        self._rows = rows
        self._tried = tried(ledger, history, table)
        self._open = {
            index for index, held in groups.items() if self._group(index).kept(held) is None
        }
        self._absent: dict[int, list[Deviation]] = {}
        self._compared: dict[int, _Compared] = {}
        # Where one row is absent, the sum of the numbers tells which.
        lacks = {
            index: self._group(index).sum().keys - groups[index].keys
            for index in sorted(self._open)
            if groups[index].rows + 1 == self._group(index).sum().rows
        }
        self._explain(
            {
                index: np.array([number], np.int64)
                for index, number in lacks.items()
                if number > 0 and number >> GROUP_BITS == index
            }
        )

    def lacking(self) -> list[int]:
        """Return the groups that may only lack rows."""
        return sorted(i for i in self._open if self._groups[i].rows < self._group(i).sum().rows)

    def explain(self, presence: Mapping[int, bytes]) -> None:
        """Name the rows that are absent, of the groups where the others are then as tried.

        `presence` maps groups to PRESENCE_BYTES: the lowest bit of the first byte stands for the
        first number, and is set where there is a row.
        """
        absent: dict[int, Integers] = {}
        for index, held in presence.items():
            bits = np.unpackbits(np.frombuffer(held, np.uint8), bitorder="little").astype(bool)
            numbers = self._group(index).numbers
            absent[index] = numbers[~bits[numbers & _IN_GROUP]]
        self._explain(absent)

    def unexplained(self) -> list[int]:
        """Return the groups of which every row has to be compared, in order."""
        return sorted(self._open)

    def compare(self, index: int, rows: Rows) -> None:
        """Compare all rows of a group with those that were tried."""
        self._open.remove(index)
        group = self._group(index)
        numbers = group.numbers
        ranges = [(span.first, span.last) for span in group.spans]
        self._compared[index] = _compared(
            numbers, self._rows.fingerprints(ranges), self._rows.bodies(ranges), rows
        )

    def scan(self, unnumbered: int = 0) -> Scan:
        """Return what is known now; a group that was not explained is left without an answer."""
        contents = np.unique(
            np.concatenate([c.wrong_bodies for c in self._compared.values()] or [_NONE])
        )
        displaced = np.zeros(len(contents), bool)
        if len(contents):
            for bodies in self._homeless():
                at = np.searchsorted(contents, bodies)
                at[at == len(contents)] = 0
                displaced[at[contents[at] == bodies]] = True
        deviations: list[Deviation] = []
        for index in sorted(self._absent.keys() | self._compared.keys()):
            if index in self._absent:
                runs: Iterable[Deviation] = self._absent[index]
            else:
                runs = self._compared[index].runs(contents, displaced)
            for run in runs:
                _append(deviations, run)
        wrong = {i: c.wrong_digest for i, c in self._compared.items() if c.wrong_digest}
        return Scan(self._table, self._groups, tuple(deviations), wrong, unnumbered)

    def _explain(self, absent: dict[int, Integers]) -> None:
        """Take these numbers for all that deviates, in the groups where the sums agree."""
        found = {
            index: list(_runs(numbers, np.zeros((3, len(numbers)), np.int64)))
            for index, numbers in absent.items()
        }
        parts = [Part(index, run.first, run.last, 1) for index in found for run in found[index]]
        made = self._rows.digests(parts)
        for index, runs in found.items():
            lacked = Vector(
                sum(run.last - run.first + 1 for run in runs),
                sum((run.first + run.last) * (run.last - run.first + 1) // 2 for run in runs),
                made.get(index, 0),
            )
            if self._groups[index] + lacked == self._group(index).sum():
                self._absent[index] = runs
                self._open.remove(index)

    def _group(self, index: int) -> Group:
        return self._tried.get(index, Group())

    def _homeless(self) -> Iterator[Integers]:
        """Yield the contents that are not held under the numbers they were tried under."""
        for index, group in self._tried.items():
            if index in self._compared:
                yield self._compared[index].homeless
                continue
            kept = group.kept(self._groups.get(index, Vector()))
            ranges = [(s.first, s.last) for s in group.spans if s.standing not in (kept or ())]
            if kept is None:
                ranges = [(run.first, run.last) for run in self._absent.get(index, [])]
            yield self._rows.bodies(ranges)


_NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class _Compared:
    """What deviates in one group; numbers and counts of their right and wrong rows in parallel.

    `wrong_numbers` and `wrong_bodies` hold each wrong row under a number that was tried,
    `homeless` the contents of numbers without a right row.
    """

    numbers: Integers
    right: NDArray[np.int32]
    wrong: NDArray[np.int32]
    wrong_numbers: Integers
    wrong_bodies: Integers
    wrong_digest: int
    homeless: Integers

    def runs(self, contents: Integers, displaced: NDArray[np.bool_]) -> Iterator[Deviation]:
        """Yield the deviations; of the `contents` (sorted), some are `displaced`."""
        moved = np.isin(self.numbers, self.wrong_numbers)
        if len(contents):
            stays = ~displaced[np.searchsorted(contents, self.wrong_bodies)]
            moved &= ~np.isin(self.numbers, self.wrong_numbers[stays])
        return _runs(self.numbers, np.stack([self.right, self.wrong, moved]))


def _compared(numbers: Integers, expected: Integers, bodies: Integers, rows: Rows) -> _Compared:
    every = np.union1d(numbers, rows.numbers)
    at = np.searchsorted(every, rows.numbers)
    tried_at = np.searchsorted(every, numbers)
    was_tried = np.zeros(len(every), bool)
    was_tried[tried_at] = True
    wanted = np.zeros(len(every), np.int64)
    wanted[tried_at] = expected
    is_right = was_tried[at] & (wanted[at] == rows.digests)
    right = np.bincount(at[is_right], minlength=len(every))
    wrong = np.bincount(at[~is_right], minlength=len(every))
    deviates = (right != was_tried) | (wrong > 0)
    strange = ~is_right & was_tried[at]
    return _Compared(
        every[deviates],
        right[deviates].astype(np.int32),
        wrong[deviates].astype(np.int32),
        rows.numbers[strange],
        rows.bodies[strange],
        sum(rows.digests[~is_right].tolist()),
        bodies[right[tried_at] == 0],
    )


def _runs(numbers: Integers, properties: NDArray[np.signedinteger]) -> Iterator[Deviation]:
    """Yield runs of consecutive numbers whose properties (right, wrong, moved) are equal."""
    if not len(numbers):
        return
    breaks = (np.diff(numbers) != 1) | (np.diff(properties, axis=1) != 0).any(axis=0)
    starts = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    ends = np.concatenate([starts[1:] - 1, [len(numbers) - 1]])
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        right, wrong, moved = properties[:, start].tolist()
        yield Deviation(int(numbers[start]), int(numbers[end]), right, wrong, bool(moved))


def _append(deviations: list[Deviation], run: Deviation) -> None:
    """Append a run, or lengthen the last one by it."""
    last = deviations[-1] if deviations else None
    if last is not None and last.last + 1 == run.first and last[2:] == run[2:]:
        deviations[-1] = last._replace(last=run.last)
    else:
        deviations.append(run)
