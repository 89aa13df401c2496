"""Check that the tables without a ledger hold the rows they held at the backup."""

from functools import partial

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.core.ledger import Vector
from harness.observations.postgres_tables import TableContents, Tables

_CAUSES = {
    "table": "the backup left the table out, or the restore passed over an error",
    "unlogged table": "PostgreSQL empties unlogged tables in a recovery; only pg_dump holds them",
    "materialized view": "it was refreshed from rows that are not those it was restored with",
}


def _judge(kind: str, check: Check, case: Case) -> Finding:
    before = {n: t for n, t in case.before[Tables].tables.items() if t.kind == kind}
    after = {n: t for n, t in case.after[Tables].tables.items() if n in before}
    if not before:
        raise NotApplicable(f"the database has no {kind} beside the ledger's")
    differing = {
        name: _difference(contents, after.get(name))
        for name, contents in sorted(before.items())
        if _differs(contents, after.get(name))
    }
    rows = sum(contents.rows for contents in before.values())
    if not differing:
        return check.passed(
            f"{kind}s: all {rows} rows of {len(before)} came back as they were",
            counts={"tables": len(before), "rows": rows},
        )
    return check.failed(
        f"{kind}s: {len(differing)} of {len(before)} hold other rows{named('', list(differing))}",
        expected="\n".join(
            f"{name}: {before[name].rows} rows" for name in list(differing)[:EXAMPLES_AT_MOST]
        ),
        actual="\n".join(
            f"{name}: {text}" for name, text in list(differing.items())[:EXAMPLES_AT_MOST]
        ),
        examples=tuple(differing)[:EXAMPLES_AT_MOST],
        counts={"tables": len(before), "differing": len(differing), "rows": rows},
        cause=_CAUSES[kind],
        next_step="restore these tables from the backup and compare their counts with its log",
    )


def _differs(before: TableContents, after: TableContents | None) -> bool:
    if after is None:
        return bool(before.rows)
    if not after.is_populated or not before.is_populated:
        # Being populated is a property of the view's, judged with its definition.
        return False
    # pg_dump holds no rows of a materialized view: its restore runs the query again.
    return after.groups not in (before.groups, after.fresh)


def _difference(before: TableContents, after: TableContents | None) -> str:
    if after is None:
        return "the table is missing"
    groups = sorted(before.groups.keys() | after.groups.keys())
    pairs = [(before.groups.get(g, Vector()), after.groups.get(g, Vector())) for g in groups]
    lost = sum(max(0, was.rows - now.rows) for was, now in pairs)
    added = sum(max(0, now.rows - was.rows) for was, now in pairs)
    altered = sum(was.rows == now.rows and was.digest != now.digest for was, now in pairs)
    counts = ((lost, "fewer"), (added, "more"), (altered, "groups of keys altered"))
    said = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{after.rows} rows; {said}{_one_by_one(before.key, pairs)}"


def _one_by_one(key: tuple[str, ...], pairs: list[tuple[Vector, Vector]]) -> str:
    """Name the rows of the groups that have one row fewer or more: the sums differ by its key."""
    singles = [
        str(abs(was.keys - now.keys))
        for was, now in pairs
        if abs(was.rows - now.rows) == 1 and was.keys != now.keys
    ]
    return named(key[0], singles) if len(key) == 1 else ""


CHECKS = (
    Check("table_rows", "postgres", "rows lost or changed in any table", partial(_judge, "table")),
    Check(
        "unlogged_table_rows",
        "postgres",
        "unlogged tables emptied by a recovery",
        partial(_judge, "unlogged table"),
    ),
    Check(
        "matview_rows",
        "postgres",
        "a materialized view that shows neither then nor now",
        partial(_judge, "materialized view"),
    ),
)
