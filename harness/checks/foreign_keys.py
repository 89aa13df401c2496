"""Check that the database agrees with itself: keys lead somewhere, values are what they derive."""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.postgres_integrity import IndexCount, Integrity, Orphans


def _keys_hold(check: Check, case: Case) -> Finding:
    before, seen = case.before.get(Integrity) or Integrity(), case.after[Integrity]
    total = len(seen.orphans)
    broken = {n: o for n, o in seen.orphans.items() if _is_new(before.orphans.get(n), o)}
    if not broken:
        _refuse_unread(before.unread_keys, seen.unread_keys)
        if not total:
            raise NotApplicable("the database has no foreign keys")
    as_before = sum(found.rows > 0 for found in seen.orphans.values()) - len(broken)
    counts = {"foreign_keys": total, "broken": len(broken), "as_before": as_before}
    if not broken:
        exempt = f", {as_before} of them as far as at the backup" if as_before else ""
        return check.passed(f"foreign keys: all {total} hold for every row{exempt}", counts=counts)
    return check.failed(
        f"foreign keys: {len(broken)} of {total} are broken{named('', list(broken))}",
        expected="every key of a row is there in the table it refers to, or was not at the backup",
        actual="\n".join(
            f"{name}: {_missing(before.orphans.get(name), found)}"
            for name, found in list(broken.items())[:EXAMPLES_AT_MOST]
        ),
        examples=tuple(broken)[:EXAMPLES_AT_MOST],
        counts=counts | {"rows": sum(found.rows for found in broken.values())},
        cause="rows were loaded with triggers off, or from backups of different moments",
        next_step="restore the tables that the keys refer to from the same backup",
    )


def _is_new(before: Orphans | None, now: Orphans) -> bool:
    """Tell whether rows refer to nothing that did not at the backup (NOT VALID keys allow it)."""
    if before is None or not now.rows:
        return now.rows > 0
    if before.by_key is not None and now.by_key is not None:
        return any(rows > before.by_key.get(key, 0) for key, rows in now.by_key.items())
    return (before.rows, before.digest) != (now.rows, now.digest)


def _missing(before: Orphans | None, now: Orphans) -> str:
    if before is None or not before.rows:
        return f"{now.rows} rows refer to what is not there{named('key', list(now.keys))}"
    then, keys = before.by_key or {}, now.by_key or {}
    new = [key for key, rows in keys.items() if rows > then.get(key, 0)]
    return (
        f"{now.rows} rows refer to what is not there, {before.rows} at the backup"
        f"{named('new: key', new)}"
    )


def _refuse_unread(before: dict[str, str], now: dict[str, str]) -> None:
    new = [f"{name}: SQLSTATE {said}" for name, said in now.items() if before.get(name) != said]
    if new:
        raise Unread(f"{len(new)} could not be asked{named('', new)}")


def _recompute(check: Check, case: Case) -> Finding:
    before, seen = case.before.get(Integrity) or Integrity(), case.after[Integrity]
    total = len(seen.stale)
    wrong = {n: rows for n, rows in seen.stale.items() if rows > before.stale.get(n, 0)}
    if not wrong:
        _refuse_unread(before.unread_columns, seen.unread_columns)
        if not total:
            raise NotApplicable("the database has no generated columns")
    as_before = sum(rows > 0 for rows in seen.stale.values()) - len(wrong)
    counts = {"columns": total, "stale": len(wrong), "as_before": as_before}
    if not wrong:
        exempt = f", or were stale at the backup ({as_before} columns)" if as_before else ""
        return check.passed(
            f"generated columns: all {total} are what their expression gives{exempt}",
            counts=counts,
        )
    return check.failed(
        f"generated columns: {len(wrong)} of {total} hold stale values" + named("", list(wrong)),
        expected="every stored value is what its expression gives now, or was not at the backup",
        actual="\n".join(
            f"{name}: {rows} rows differ"
            + (f", {before.stale[name]} at the backup" if before.stale.get(name) else "")
            for name, rows in list(wrong.items())[:EXAMPLES_AT_MOST]
        ),
        examples=tuple(wrong)[:EXAMPLES_AT_MOST],
        counts=counts | {"rows": sum(wrong.values())},
        cause="a function in the expression is not what it was when the rows were written",
        next_step="restore the function, or rewrite the rows of these columns",
    )


def _indexes_agree(check: Check, case: Case) -> Finding:
    before, seen = case.before.get(Integrity) or Integrity(), case.after[Integrity]
    wrong = {n: c for n, c in seen.index_counts.items() if not c.agrees}
    invalid = [name for name in seen.invalid_indexes if name not in before.invalid_indexes]
    bad = [*wrong, *invalid]
    total = len(seen.index_counts) + len(invalid)
    unforced = [f"{name}: {reason}" for name, reason in seen.unforced.items()]
    counts = {"indexes": total, "disagreeing": len(bad), "unforced": len(unforced)}
    if not total and unforced:
        raise Unread(f"no index could be walked{named('', unforced)}")
    if not total:
        raise NotApplicable("the database has no indexes")
    if not bad:
        left_out = f"; {len(unforced)} cannot be walked" if unforced else ""
        return check.passed(
            f"indexes: all {total} lead to the rows that a scan finds{left_out}",
            actual="\n".join(unforced),
            counts=counts,
        )
    return check.failed(
        f"indexes: {len(bad)} of {total} do not lead to every row{named('', bad)}",
        expected="an index leads to the very rows that a sequential scan finds, in its order",
        actual="\n".join(
            [
                *(f"{name}: {_disagreement(count)}" for name, count in wrong.items()),
                *(f"{name}: invalid" for name in invalid),
                *unforced,
            ]
        ),
        examples=tuple(bad)[:EXAMPLES_AT_MOST],
        counts=counts,
        cause="files were copied while the server wrote to them, or the collation changed",
        next_step="REINDEX them, and look for duplicates that they let in",
    )


def _disagreement(count: IndexCount) -> str:
    if count.said:
        return f"SQLSTATE {count.said}"
    if count.by_index == count.by_scan:
        return f"{count.by_index} rows, which are others or in another order"
    return f"{count.by_index} rows by index, {count.by_scan} by scan"


CHECKS = (
    Check("foreign_keys_hold", "postgres", "rows that refer to nothing", _keys_hold),
    Check("generated_columns_recompute", "postgres", "stale generated values", _recompute),
    Check("indexes_agree", "postgres", "an index that hides rows", _indexes_agree),
)
