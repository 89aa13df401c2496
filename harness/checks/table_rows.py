"""Check that the tables without a ledger hold the rows they held at the backup."""

from collections import Counter
from functools import partial

from harness.checks._row_difference import Difference, difference, differs
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.postgres_tables import TableContents, Tables

_CAUSES = {
    "table": "the backup left the table out, or the restore passed over an error",
    "unlogged table": "PostgreSQL empties unlogged tables in a recovery; only pg_dump holds them",
    "materialized view": "it was refreshed from rows that are not those it was restored with",
}


_PHYSICAL = ("volume", "base_backup")
"""Backup methods that bring the stored rows of a materialized view; others run its query again."""


def _judge(kind: str, check: Check, case: Case) -> Finding:
    before = {n: t for n, t in sorted(case.before[Tables].tables.items()) if t.kind == kind}
    after = {n: t for n, t in case.after[Tables].tables.items() if n in before}
    if not before:
        raise NotApplicable(f"the database has no {kind} beside the ledger's")
    differing = {n: t for n, t in before.items() if differs(t, after.get(n))}
    methods = [r.method for r in case.history.restorations if r.store == "postgres"]
    volatile: list[str] = []
    if any(method not in _PHYSICAL for method in methods):
        volatile = [n for n in differing if n in after and after[n].is_volatile]
    apart = case.after[Tables].apart
    found = {
        n: difference(t, after.get(n), apart.get(n))
        for n, t in differing.items()
        if n not in volatile
    }
    grown = _grown(case, found, after)
    found = {n: told for n, told in found.items() if n not in grown}
    unknown = [n for n in found if n in after and after[n].fresh_said]
    if unknown and len(unknown) == len(found):
        raise Unread(f"{len(unknown)} of {len(before)} could not be queried{named('', unknown)}")
    if len(volatile) == len(before):
        raise NotApplicable(f"its query is volatile: not compared{named('', volatile)}")
    rows = sum(contents.rows for contents in before.values())
    counts = {"tables": len(before), "differing": len(found), "rows": rows}
    if volatile:
        counts |= {"not_compared": len(volatile)}
    if grown:
        counts |= {"grown": len(grown)}
    beside = f"; volatile, not compared: {len(volatile)}{named('', volatile)}" if volatile else ""
    beside += _written_along(grown)
    if not found:
        return check.passed(
            f"{kind}s: all {rows - sum(before[n].rows for n in volatile)} rows of"
            f" {len(before) - len(volatile)} came back as they were" + beside,
            counts=counts,
        )
    totals: Counter[str] = Counter()
    for told in found.values():
        totals.update(told.counts)
    return check.failed(
        f"{kind}s: {len(found)} of {len(before)} hold other rows{named('', list(found))}" + beside,
        expected="\n".join(
            f"{name}: {before[name].rows} rows" for name in list(found)[:EXAMPLES_AT_MOST]
        ),
        actual="\n".join(
            f"{name}: {told.text}" for name, told in list(found.items())[:EXAMPLES_AT_MOST]
        ),
        examples=tuple(found)[:EXAMPLES_AT_MOST],
        counts=counts | totals,
        cause=_CAUSES[kind],
        next_step="restore these tables from the backup and compare their counts with its log",
        keys=case.after[Tables].named.get(kind),
    )


def _grown(
    case: Case, found: dict[str, Difference], after: dict[str, TableContents]
) -> dict[str, bool]:
    """Return the tables that differ by no more than what triggers wrote after the backup, and of
    each whether its rows could be compared: where others than new ones were written, they cannot.
    """
    grown: dict[str, bool] = {}
    for name, only_added in case.history.grown().items():
        told = found.get(name)
        if told is None or name not in after:
            continue
        others = sum(count for word, count in told.counts.items() if word != "unexpected")
        is_compared = only_added and bool(after[name].key)
        if not (others and only_added):
            grown[name] = is_compared
    return grown


def _written_along(grown: dict[str, bool]) -> str:
    """Say which tables hold what triggers wrote after the backup; begins with a semicolon."""
    said = ""
    compared = [name for name, is_compared in grown.items() if is_compared]
    others = [name for name in grown if name not in compared]
    if compared:
        count = len(compared)
        said += (
            f"; beside them what triggers added since the backup: in {count}{named('', compared)}"
        )
    if others:
        count = len(others)
        said += f"; written by triggers since the backup, not compared: {count}{named('', others)}"
    return said


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
