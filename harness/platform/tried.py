"""What was tried of a ledger table, group by group: one side of every account."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.core.history import History
from harness.core.ledger import GROUP_BITS, Ledger, Outcome, Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Standing(StrEnum):
    """What a row is to a drill: its outcome, or of acknowledged ones, whether it is owed."""

    OWED = "owed"
    AT_RISK = "at risk"
    INDETERMINATE = "indeterminate"
    REFUSED = "refused"
    NEVER_TRIED = "never tried"


_EXPLAINED = (
    (Standing.OWED,),
    (Standing.OWED, Standing.AT_RISK),
    (Standing.OWED, Standing.INDETERMINATE),
    (Standing.OWED, Standing.AT_RISK, Standing.INDETERMINATE),
    (),
)


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive rows of one group, tried in one attempt."""

    first: int
    last: int
    standing: Standing
    vector: Vector


@dataclass(slots=True)
class Group:
    """What was tried of one group: its spans in ascending order."""

    spans: list[Span] = field(default_factory=list)

    def sum(self, standings: Iterable[Standing] = tuple(Standing)) -> Vector:
        """Return the vector of all rows of these standings."""
        return sum((s.vector for s in self.spans if s.standing in standings), Vector())

    def kept(self, held: Vector) -> tuple[Standing, ...] | None:
        """Return the standings whose rows, all of them, are exactly what is held, or None."""
        return next((kept for kept in _EXPLAINED if self.sum(kept) == held), None)

    @property
    def numbers(self) -> "NDArray[np.int64]":
        """The numbers tried, in ascending order."""
        # Only rows that are compared one by one need it; sums do not.
        import numpy as np  # noqa: PLC0415 - see above

        ranges = [np.arange(s.first, s.last + 1, dtype=np.int64) for s in self.spans]
        return np.concatenate(ranges) if ranges else np.empty(0, np.int64)


def tried(ledger: Ledger, history: History, table: str) -> dict[int, Group]:
    """Return what was tried of a table by group, number >> GROUP_BITS."""
    groups: dict[int, Group] = {}
    for attempt in ledger.of(table):
        if attempt.outcome is not Outcome.ACKNOWLEDGED:
            standing = Standing(attempt.outcome.value)
        else:
            standing = Standing.OWED if history.is_owed(attempt) else Standing.AT_RISK
        for index, vector in attempt.groups.items():
            first = max(attempt.first, index << GROUP_BITS)
            span = Span(first, first + vector.rows - 1, standing, vector)
            groups.setdefault(index, Group()).spans.append(span)
    for group in groups.values():
        group.spans.sort(key=lambda span: span.first)
    return groups
