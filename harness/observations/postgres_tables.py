"""What the tables hold that the ledger does not account for."""

from dataclasses import dataclass, field

from harness.core.finding import NamedKeys
from harness.core.ledger import Vector


@dataclass(frozen=True, slots=True)
class TableContents:
    """What one table holds. `kind` is `table`, `unlogged table` or `materialized view`.

    `key` names the columns that tell its rows apart, none when it has none. Where the key is one
    integer, the vectors' `keys` add it up; elsewhere they are 0. `by_key` adds up the rows'
    fingerprints by key (a number, or # and the fingerprint of another key); None for a large table.
    `names` has the keys of those rows that were not like this at the backup, by fingerprint. Of a
    large table with a number as its key, `weighed` adds up the fingerprints, each times its key.

    `fresh` is what a materialized view's query returns now, None for a table, at a backup and where
    it fails, with `fresh_said` the SQLSTATE. `is_volatile` tells that its answer changes by itself.
    """

    kind: str
    key: tuple[str, ...]
    groups: dict[int, Vector]
    fresh: dict[int, Vector] | None = None
    is_populated: bool = True
    by_key: dict[str, int] | None = None
    names: dict[str, str] = field(default_factory=dict)
    weighed: dict[int, int] = field(default_factory=dict)
    fresh_said: str = ""
    is_volatile: bool = False

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.total.rows

    @property
    def total(self) -> Vector:
        """All groups added up."""
        return sum(self.groups.values(), Vector())


Apart = dict[str, tuple[int, tuple[str, ...]]]
"""What became of the rows that are not as they were: how many, and the keys of the first."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The contents of every table, leaf partition and materialized view, by qualified name.

    `named` has every row that is not as it was at the backup, by kind of table; `apart` the same in
    short, by table. A table whose keys were not kept is in neither.
    """

    tables: dict[str, TableContents] = field(default_factory=dict)
    named: dict[str, NamedKeys] = field(default_factory=dict)
    apart: dict[str, Apart] = field(default_factory=dict)
