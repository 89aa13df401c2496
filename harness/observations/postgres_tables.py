"""What the tables hold that the ledger does not account for."""

from dataclasses import dataclass, field

from harness.core.ledger import Vector


@dataclass(frozen=True, slots=True)
class TableContents:
    """What one table holds. `kind` is `table`, `unlogged table` or `materialized view`.

    `key` names the primary key's columns, none when it has none. Where the key is one integer,
    the vectors' `keys` add it up; elsewhere they are 0. `fresh` is what a materialized view's
    query returns now, None for a table.
    """

    kind: str
    key: tuple[str, ...]
    groups: dict[int, Vector]
    fresh: dict[int, Vector] | None = None
    is_populated: bool = True

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(vector.rows for vector in self.groups.values())


@dataclass(frozen=True, slots=True)
class Tables:
    """The contents of every table, leaf partition and materialized view, by qualified name."""

    tables: dict[str, TableContents] = field(default_factory=dict)
