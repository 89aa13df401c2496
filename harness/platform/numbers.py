"""Many row numbers in little memory: consecutive ones are kept as one span."""

from bisect import bisect_left
from collections.abc import Iterator

Ranges = tuple[tuple[int, int], ...]
"""First and last numbers, both included, in ascending order."""


class Numbers:
    """Row numbers in ascending order, each once."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def add(self, first: int, last: int) -> None:
        """Append the numbers `first` to `last`, both included, all above those it holds."""
        assert not self._lasts or first > self._lasts[-1]
        if self._lasts and first == self._lasts[-1] + 1:
            self._lasts[-1] = last
        else:
            self._firsts.append(first)
            self._lasts.append(last)

    @property
    def ranges(self) -> Ranges:
        """The same numbers in as few ranges as there can be."""
        return tuple(zip(self._firsts, self._lasts, strict=True))

    def count_within(self, first: int, last: int) -> int:
        """Return how many of the numbers lie between `first` and `last`, both included."""
        count = 0
        for at in range(bisect_left(self._lasts, first), len(self._firsts)):
            if self._firsts[at] > last:
                break
            count += min(last, self._lasts[at]) - max(first, self._firsts[at]) + 1
        return count

    def __len__(self) -> int:
        return sum(self._lasts) - sum(self._firsts) + len(self._firsts)

    def __iter__(self) -> Iterator[int]:
        for first, last in zip(self._firsts, self._lasts, strict=True):
            yield from range(first, last + 1)

    def __repr__(self) -> str:
        return f"Numbers({list(self.ranges)!r})"
