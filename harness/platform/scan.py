"""What a store holds of a ledger table, in sums, and by number wherever that is not as tried."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import NamedTuple

from harness.core.ledger import GROUP_BITS, Vector
from harness.platform.rows import RowSource

_ROWS_AT_ONCE = 1 << GROUP_BITS
_MANY_PARTS = 200
"""Of a group; from here on it is faster to make all of its rows than each part for itself."""


class Deviation(NamedTuple):
    """The numbers `first` to `last`, each of which stands for other than one row as it was tried.

    Under each of them are `right` rows as they were tried and `wrong` others: neither, where
    the row is absent. `moved` tells that the wrong ones hold what was tried under numbers
    that do not hold it themselves.
    """

    first: int
    last: int
    right: int
    wrong: int
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """What a store holds of one ledger table.

    `groups` maps number >> GROUP_BITS to its vector. Of the groups that whole attempts do not
    explain, `deviations` names every number that is not as tried, in ascending order, and
    `wrong_digests` holds the sum of the digests of the rows that are wrong. `unnumbered` counts
    rows without a number. Of rows that the server made, `remade` holds the sums of digests that
    the account of the groups that differ takes, and `names` the keys of some rows by number.
    """

    table: str
    groups: dict[int, Vector]
    deviations: tuple[Deviation, ...] = ()
    wrong_digests: dict[int, int] = field(default_factory=dict)
    unnumbered: int = 0
    remade: dict[int, int] | None = None
    names: dict[int, str] = field(default_factory=dict)


class Part(NamedTuple):
    """Rows as they are tried, `weight` times each, of one group."""

    group: int
    first: int
    last: int
    weight: int


def digests(source: RowSource, random: int, parts: Iterable[Part]) -> dict[int, int]:
    """Return the weighted sums of the rows' digests by group; the parts are in order."""
    # It computes with numpy, which only rows that are made again need.
    from harness.platform.fingerprint import fingerprints  # noqa: PLC0415 - see above

    sums: dict[int, int] = {}
    lines: list[str] = []
    waiting: list[Part] = []

    def add_up() -> None:
        made = iter(fingerprints(lines))
        for part in waiting:
            total = sum(islice(made, part.last - part.first + 1))
            sums[part.group] = sums.get(part.group, 0) + part.weight * total
        lines.clear()
        waiting.clear()

    # One call for many rows: that of a single row costs as much as that of hundreds.
    for _, of_group in groupby(parts, key=lambda part: part.group):
        several = list(of_group)
        waiting += several
        lines += _lines(source, random, several)
        if len(lines) >= _ROWS_AT_ONCE:
            add_up()
    add_up()
    return sums


def _lines(source: RowSource, random: int, parts: list[Part]) -> Iterator[str]:
    if len(parts) < _MANY_PARTS:
        for part in parts:
            yield from source.lines(random, part.first, part.last)
    else:
        start = parts[0].first
        every = source.lines(random, start, parts[-1].last)
        for part in parts:
            yield from every[part.first - start : part.last - start + 1]
