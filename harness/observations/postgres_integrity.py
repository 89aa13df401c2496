"""What the database says of itself, row against row and index against table."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Orphans:
    """Rows whose foreign key leads nowhere; `keys` are at most ten of the keys that are missing.

    Of stale rows the keys are their own: the primary key, or a digest of the row where it has none.
    `by_key` counts the rows by key, None where there are too many keys; `digest` adds up the
    fingerprints of all these keys.
    """

    rows: int
    keys: tuple[str, ...] = ()
    by_key: dict[str, int] | None = None
    digest: int = 0


@dataclass(frozen=True, slots=True)
class IndexCount:
    """How many rows an index leads to, and how many a sequential scan finds.

    The digests add up fingerprints of where these rows are, and of their places in the index's
    order where it has one. `said` is the SQLSTATE of a walk that broke off.
    """

    by_index: int
    by_scan: int
    index_digest: int = 0
    scan_digest: int = 0
    said: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the index leads to the very rows that a scan finds."""
        by_index = (self.by_index, self.index_digest)
        return not self.said and by_index == (self.by_scan, self.scan_digest)


@dataclass(frozen=True, slots=True)
class Integrity:
    """What the database says of itself.

    `orphans` is by `table: foreign key`; `stale` counts, by `table.column`, the rows whose
    generated value is not what its expression gives, and `stale_rows` tells which; `unread_keys`
    and `unread_columns` have the SQLSTATE for those that could not be asked. `invalid_indexes`
    names those that no query uses.
    The rest is looked at only at the end of a drill: `index_counts` by index, and in `unforced`
    each index that the planner will not walk, with the reason.
    """

    orphans: dict[str, Orphans] = field(default_factory=dict)
    stale: dict[str, int] = field(default_factory=dict)
    index_counts: dict[str, IndexCount] = field(default_factory=dict)
    invalid_indexes: tuple[str, ...] = ()
    unread_keys: dict[str, str] = field(default_factory=dict)
    unread_columns: dict[str, str] = field(default_factory=dict)
    unforced: dict[str, str] = field(default_factory=dict)
    stale_rows: dict[str, Orphans] = field(default_factory=dict)
