"""Read a ledger table whose rows the server made: each row found again by its key."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
from psycopg import sql

from harness.core.finding import EXAMPLES_AT_MOST
from harness.core.ledger import GROUP_BITS, Vector
from harness.kinds import Look
from harness.observations.ledger_rows import LedgerRows
from harness.platform.accounting import account, remade
from harness.platform.detailing import Detailing, Rows
from harness.platform.kept import Integers, KeptRows, vectors_of
from harness.platform.scan import Scan
from harness.probes._copied_rows import copied
from harness.probes._kept_keys import Naming
from harness.stores.postgres import Connection

NAMED = ("lost", "gone", "altered", "duplicated", "reordered", "unexpected")
"""The kinds of rows that are named one and all."""


def made_scan(look: Look, connection: Connection, table: str, seen: LedgerRows) -> None:
    """Enter the scan of one table, and at the end of the drill the rows that differ, by name."""
    kept = look.site.kept[table]
    reader = _Reader(connection, kept)
    if not reader.columns:
        seen.absent = (*seen.absent, table)
        seen.scans[table] = Scan(table, {}, remade={})
    else:
        groups = reader.groups()
        detailing = Detailing(table, groups, look.ledger, look.history, kept)
        unexplained = set(detailing.unexplained())
        for index, rows in reader.rows(unexplained):
            detailing.compare(index, rows)
        scan = replace(detailing.scan(reader.strangers), remade={})
        parts = remade(scan, look.ledger, look.history)
        seen.scans[table] = replace(scan, remade=kept.digests(parts))
    if not look.at_backup:
        _name(look, table, seen, reader)


def _name(look: Look, table: str, seen: LedgerRows, reader: "_Reader") -> None:
    kept, scan = look.site.kept[table], seen.scans[table]
    found = account(scan, look.ledger, look.history)
    examples: dict[int, str] = {}
    naming = Naming(look.site, f"{table}_rows")

    def told() -> Iterator[tuple[str, str]]:
        for kind in NAMED:
            numbers = getattr(found, kind)
            first = set(islice(numbers, EXAMPLES_AT_MOST))
            for number, name in kept.names(numbers) if numbers else ():
                if number in first:
                    examples[number] = name
                yield kind, name
        for name in reader.names_of_strangers() if reader.strangers else ():
            yield "unexpected", name

    naming.add(table, told())
    seen.scans[table] = replace(scan, names=dict(sorted(examples.items())))
    seen.named[table] = naming.named()


class _Reader:
    """What a table holds; `strangers` are rows with a key that was never acknowledged."""

    def __init__(self, connection: Connection, kept: KeptRows) -> None:
        self._connection, self._kept = connection, kept
        quoted = sql.Identifier(*kept.relation.split(".")).as_string(connection)
        found = connection.execute(_COLUMNS, (quoted,))
        self.columns = {str(column) for (column,) in found}
        self._said = kept.said(self.columns)
        self._relation = sql.Identifier(*kept.relation.split("."))
        self.strangers = 0
        self._strange: list[Integers] = []

    def groups(self) -> dict[int, Vector]:
        """Return the vectors of the rows that were ever acknowledged, by group."""
        groups: dict[int, Vector] = {}
        self.strangers, self._strange = 0, []
        for numbers, batch in self._batches():
            strange = numbers == 0
            self.strangers += int(strange.sum())
            self._strange.append(batch["number"][strange].astype(np.int64))
            held = vectors_of(numbers[~strange], batch["digest"][~strange].astype(np.int64))
            for group, vector in held.items():
                groups[group] = groups.get(group, Vector()) + vector
        return groups

    def rows(self, groups: set[int]) -> Iterator[tuple[int, Rows]]:
        """Yield these groups in order, each with all of its rows."""
        if not groups:
            return
        wanted = np.array(sorted(groups), np.int64)
        parts: list[Rows] = []
        for numbers, batch in self._batches():
            inside = np.isin(numbers >> GROUP_BITS, wanted) & (numbers > 0)
            digests, bodies = (batch[name][inside].astype(np.int64) for name in ("digest", "body"))
            parts.append(Rows(numbers[inside], digests, bodies))
        numbers, digests, bodies = (
            np.concatenate([getattr(part, name) for part in parts] or [_NONE])
            for name in ("numbers", "digests", "bodies")
        )
        order = np.argsort(numbers, kind="stable")
        for index in wanted.tolist():
            low, high = np.searchsorted(
                numbers[order], [index << GROUP_BITS, (index + 1) << GROUP_BITS]
            )
            at = order[low:high]
            yield index, Rows(numbers[at], digests[at], bodies[at])

    def names_of_strangers(self) -> Iterator[str]:
        """Yield the keys of the rows that nobody was acknowledged for."""
        name, key, *_ = self._said
        strange = np.unique(np.concatenate(self._strange)).tolist()
        query = sql.SQL("SELECT {} FROM {} WHERE {} = ANY(%s::bigint[]) ORDER BY 1").format(
            name, self._relation, key
        )
        for (found,) in self._connection.execute(query, (strange,)):
            yield str(found)

    def _batches(self) -> Iterator[tuple[Integers, np.ndarray]]:
        said = sql.SQL(", ").join(self._said[1:])
        query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT binary)").format(
            said, self._relation
        )
        for batch in copied(self._connection, query):
            keys, digests = (batch[name].astype(np.int64) for name in ("number", "digest"))
            yield self._kept.numbers_of(keys, digests), batch


_NONE = np.empty(0, np.int64)

_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
