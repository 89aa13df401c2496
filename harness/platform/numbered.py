"""Rows as they were tried, for comparing them: by number, whoever made them."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from harness.platform.fingerprint import fingerprints
from harness.platform.rows import RowSource
from harness.platform.scan import Part, digests

Integers = NDArray[np.int64]


class TriedRows(Protocol):
    """The rows of one table as they were tried."""

    def fingerprints(self, ranges: Iterable[tuple[int, int]]) -> Integers:
        """Return the digests of the rows in ranges of numbers, both ends included, in order."""

    def bodies(self, ranges: Iterable[tuple[int, int]]) -> Integers:
        """Return the digests of these rows without their keys."""

    def digests(self, parts: Iterable[Part]) -> dict[int, int]:
        """Return the weighted sums of the rows' digests by group; the parts are in order."""


class NumberedRows:
    """Rows that are a pure function of their number."""

    def __init__(self, source: RowSource, random: int) -> None:
        self._source, self._random = source, random

    def fingerprints(self, ranges: Iterable[tuple[int, int]]) -> Integers:
        """Return the digests of the rows in these ranges."""
        return np.array(fingerprints(self._lines(ranges)), np.int64)

    def bodies(self, ranges: Iterable[tuple[int, int]]) -> Integers:
        """Return the digests of these rows without their numbers."""
        return np.array(fingerprints(self._source.bodies(self._lines(ranges))), np.int64)

    def digests(self, parts: Iterable[Part]) -> dict[int, int]:
        """Return the weighted sums of the rows' digests by group."""
        return digests(self._source, self._random, parts)

    def _lines(self, ranges: Iterable[tuple[int, int]]) -> list[str]:
        return [line for r in ranges for line in self._source.lines(self._random, *r)]
