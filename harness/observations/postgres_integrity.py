"""What the database says of itself, row against row and index against table."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Orphans:
    """Rows whose foreign key leads nowhere; `keys` are at most ten of the keys that are missing."""

    rows: int
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexCount:
    """How many rows a unique index leads to, and how many a sequential scan finds."""

    by_index: int
    by_scan: int


@dataclass(frozen=True, slots=True)
class Integrity:
    """What the database says of itself.

    `orphans` is by `table: foreign key`; `stale` counts, by `table.column`, the rows whose
    generated value is not what its expression gives; `index_counts` is by index, and
    `invalid_indexes` names those that no query uses.
    """

    orphans: dict[str, Orphans] = field(default_factory=dict)
    stale: dict[str, int] = field(default_factory=dict)
    index_counts: dict[str, IndexCount] = field(default_factory=dict)
    invalid_indexes: tuple[str, ...] = ()
