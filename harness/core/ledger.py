"""The harness's own append-only history of what it tried to write and what it was told.

Rows are a pure function of (random, table, number), so the ledger keeps ranges of numbers, times,
outcomes and additive digests, never rows. The stores do not vouch for themselves: what they hold
after a restore is compared with this.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

GROUP_BITS = 12
"""Rows are compared in groups of 4,096 consecutive numbers."""


class Outcome(StrEnum):
    """What the store said to an attempt."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Vector:
    """A group of rows in three sums: how many, of which keys, with which contents.

    Sums, not XOR: under XOR a pair of duplicates would cancel out. `digest` adds up the
    fingerprints of the rows' canonical texts, 64 bits each.
    """

    rows: int = 0
    keys: int = 0
    digest: int = 0

    def __add__(self, other: "Vector") -> "Vector":
        return Vector(self.rows + other.rows, self.keys + other.keys, self.digest + other.digest)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One transaction (or batch of publishes) for the numbers `first` to `last`, both included.

    `groups` maps a group's index (number >> GROUP_BITS) to the vector of the rows tried in it.
    """

    table: str
    first: int
    last: int
    begun_seconds: float
    ended_seconds: float
    outcome: Outcome
    groups: dict[int, Vector] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows were tried."""
        return self.last - self.first + 1


@dataclass(slots=True)
class Ledger:
    """All attempts of a drill, in the order they ended."""

    random: int
    attempts: list[Attempt] = field(default_factory=list)

    def record(self, attempt: Attempt) -> None:
        """Append an attempt; nothing is ever changed or removed."""
        self.attempts.append(attempt)

    def of(self, table: str) -> Iterator[Attempt]:
        """Yield the table's attempts in order."""
        return (attempt for attempt in self.attempts if attempt.table == table)

    def tables(self) -> list[str]:
        """Return the tables written to, in the order of their first attempt."""
        return list(dict.fromkeys(attempt.table for attempt in self.attempts))

    def next_number(self, table: str) -> int:
        """Return the first number never tried; numbers begin at 1 and are never tried twice."""
        return max((attempt.last for attempt in self.of(table)), default=0) + 1


def total(attempts: Iterable[Attempt]) -> dict[int, Vector]:
    """Return the sum of the attempts' vectors, group by group."""
    groups: dict[int, Vector] = {}
    for attempt in attempts:
        for group, vector in attempt.groups.items():
            groups[group] = groups.get(group, Vector()) + vector
    return groups
