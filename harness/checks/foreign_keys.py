"""Check that the database agrees with itself: keys lead somewhere, values are what they derive."""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.postgres_integrity import Integrity


def _keys_hold(check: Check, case: Case) -> Finding:
    orphans = case.after[Integrity].orphans
    if not orphans:
        raise NotApplicable("the database has no foreign keys")
    broken = {name: found for name, found in orphans.items() if found.rows}
    if not broken:
        return check.passed(f"foreign keys: all {len(orphans)} hold for every row")
    return check.failed(
        f"foreign keys: {len(broken)} of {len(orphans)} are broken{named('', list(broken))}",
        expected="every key of a row is there in the table it refers to",
        actual="\n".join(
            f"{name}: {found.rows} rows refer to what is not there{named('key', list(found.keys))}"
            for name, found in list(broken.items())[:EXAMPLES_AT_MOST]
        ),
        examples=tuple(broken)[:EXAMPLES_AT_MOST],
        counts={"foreign_keys": len(orphans), "broken": len(broken)},
        cause="rows were loaded with triggers off, or from backups of different moments",
        next_step="restore the tables that the keys refer to from the same backup",
    )


def _recompute(check: Check, case: Case) -> Finding:
    stale = case.after[Integrity].stale
    if not stale:
        raise NotApplicable("the database has no generated columns")
    wrong = {name: rows for name, rows in stale.items() if rows}
    if not wrong:
        return check.passed(f"generated columns: all {len(stale)} are what their expression gives")
    return check.failed(
        f"generated columns: {len(wrong)} of {len(stale)} hold stale values"
        + named("", list(wrong)),
        expected="every stored value is what its expression gives now",
        actual="\n".join(
            f"{name}: {rows} rows differ" for name, rows in list(wrong.items())[:EXAMPLES_AT_MOST]
        ),
        examples=tuple(wrong)[:EXAMPLES_AT_MOST],
        counts={"columns": len(stale), "stale": len(wrong)},
        cause="a function in the expression is not what it was when the rows were written",
        next_step="restore the function, or rewrite the rows of these columns",
    )


def _indexes_agree(check: Check, case: Case) -> Finding:
    seen = case.after[Integrity]
    wrong = {n: c for n, c in seen.index_counts.items() if c.by_index != c.by_scan}
    bad = [*wrong, *seen.invalid_indexes]
    total = len(seen.index_counts) + len(seen.invalid_indexes)
    if not total:
        raise NotApplicable("the database has no unique indexes")
    if not bad:
        return check.passed(f"indexes: all {total} unique ones lead to every row of their table")
    return check.failed(
        f"indexes: {len(bad)} of {total} do not lead to every row{named('', bad)}",
        expected="an index leads to as many rows as a sequential scan finds",
        actual="\n".join(
            [f"{n}: {c.by_index} rows by index, {c.by_scan} by scan" for n, c in wrong.items()]
            + [f"{n}: invalid" for n in seen.invalid_indexes]
        ),
        examples=tuple(bad)[:EXAMPLES_AT_MOST],
        counts={"indexes": total, "disagreeing": len(bad)},
        cause="files were copied while the server wrote to them, or the collation changed",
        next_step="REINDEX them, and look for duplicates that they let in",
    )


CHECKS = (
    Check("foreign_keys_hold", "postgres", "rows that refer to nothing", _keys_hold),
    Check("generated_columns_recompute", "postgres", "stale generated values", _recompute),
    Check("indexes_agree", "postgres", "an index that hides rows", _indexes_agree),
)
