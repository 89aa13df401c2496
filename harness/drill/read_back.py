"""What a transaction has written, as the owner of the database reads it before it is committed."""

from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import sql

from harness.core.errors import DrillError
from harness.platform.kept import KeptRows
from harness.platform.making import Shape
from harness.stores.postgres import Connection

# Counts of a session that were not handed on yet are among these, so two looks are compared. What
# is in a partition or a child is its root's.
_COUNTED = """
WITH RECURSIVE above (relid, root) AS (
  SELECT s.relid, s.relid FROM pg_stat_xact_user_tables AS s
  WHERE s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0
  UNION ALL
  SELECT above.relid, i.inhparent FROM above JOIN pg_inherits AS i ON i.inhrelid = above.root
)
SELECT n.nspname || '.' || c.relname, s.schemaname || '.' || s.relname,
       s.n_tup_ins, s.n_tup_upd, s.n_tup_del
FROM above
JOIN pg_stat_xact_user_tables AS s USING (relid)
JOIN pg_class AS c ON c.oid = above.root AND c.relpersistence <> 't'
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = above.root)
"""

_MAY_RETURN = """
SELECT NOT c.relrowsecurity AND has_table_privilege(%s::text, c.oid, 'SELECT')
FROM pg_class AS c WHERE c.oid = %s::regclass
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """How many rows of a table were inserted, updated and deleted, and of each partition of it."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    within: dict[str, "Changed"] = field(default_factory=dict, compare=False)

    def __add__(self, other: "Changed") -> "Changed":
        return Changed(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.deleted + other.deleted,
            {**self.within, **other.within},
        )


class Counted:
    """What a transaction does to tables from now on, whoever does it, triggers among them."""

    def __init__(self, connection: Connection) -> None:
        connection.execute("SET LOCAL track_counts = on")
        self._connection = connection
        self._before = self._now()

    def changed(self) -> dict[str, Changed]:
        """Return what was changed since, by the name of the table."""
        found: dict[str, Changed] = {}
        for (root, leaf), now in self._now().items():
            before = self._before.get((root, leaf), (0, 0, 0))
            what = Changed(now[0] - before[0], now[1] - before[1], now[2] - before[2])
            if what != Changed():
                found[root] = found.get(root, Changed()) + replace(what, within={leaf: what})
        return found

    def _now(self) -> dict[tuple[str, str], tuple[int, ...]]:
        rows: list[Any] = self._connection.execute(_COUNTED).fetchall()
        return {(str(root), str(leaf)): tuple(map(int, c)) for root, leaf, *c in rows}


class ReadBack:
    """Reads what the transaction has written into one table."""

    def __init__(self, connection: Connection, relation: str) -> None:
        self._connection, self._relation = connection, relation
        self._quoted = sql.Identifier(*relation.split("."))
        found = connection.execute(
            "SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::integer",
            (self._quoted.as_string(connection),),
        ).fetchone()
        assert found is not None
        self._pages = int(str(found[0]))

    def may_return(self, shape: Shape, writer: str) -> bool:
        """Tell whether the statement itself can say what it wrote: its writer may read it, and it
        reads the same to everybody.
        """
        if not writer:
            return shape.reads_alike
        name = self._quoted.as_string(self._connection)
        found = self._connection.execute(_MAY_RETURN, (writer, name)).fetchone()
        return shape.reads_alike and found == (True,)

    def rows(self, kept: KeptRows, changed: Changed) -> list[tuple[object, ...]]:
        """Return what this transaction left of its rows. Raises: DrillError: it changed others."""
        wanted = changed.inserted - changed.deleted
        self._connection.execute("SET LOCAL search_path = pg_catalog")
        # New rows lie at the end, unless there was room before.
        for page in dict.fromkeys((max(0, self._pages - 1), 0)):
            query = sql.SQL(
                "SELECT {} FROM {} WHERE age(xmin) <= age(pg_current_xact_id()::xid)"
                " AND ctid >= {}::tid"
            ).format(
                sql.SQL(", ").join(kept.said()),
                self._quoted,
                sql.Literal(f"({page},0)"),
            )
            rows = self._connection.execute(query, binary=True).fetchall()
            if len(rows) == wanted:
                return rows
        raise DrillError(
            f"{self._relation}: a trigger changes rows that were written before, so they cannot be"
            " accounted for one by one",
            "Leave that table out of the platform's ledger; as any other it is compared with what"
            " it was at the backup.",
        )
