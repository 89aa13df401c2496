"""Check that the database agrees with itself: keys lead somewhere, values are what they derive."""

import re

from harness.checks._earlier import earlier
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, counted, named
from harness.observations.postgres_integrity import IndexCount, Integrity, Orphans

# The kinds of indexes that no query can be made to walk from end to end: those that only search for
# what is near or alike, and operator classes for which no condition is known that always holds. Of
# any other, that there was no walk may be the damage.
_NO_WALK = re.compile(
    r"no condition holds for all of (hnsw|ivfflat|rum|pgroonga|bm25|gin|gist|spgist|brin|bloom)\b"
    r"|the planner does not walk (hnsw|ivfflat|rum|pgroonga|bm25)\b"
)


def _keys_hold(check: Check, case: Case) -> Finding:
    seen = case.after[Integrity]
    found_now = [name for name, found in seen.orphans.items() if found.rows]
    before = earlier(case, Integrity(), matters=bool(found_now))
    total = len(seen.orphans)
    new = [n for n in found_now if _is_new(before.orphans.get(n), seen.orphans[n])]
    broken = {n: seen.orphans[n] for n in new if n not in before.unread_keys}
    if not broken:
        _refuse_unknown(new, before.unread_keys)
        _refuse_unread(before.unread_keys, seen.unread_keys)
        if not total:
            raise NotApplicable("the database has no foreign keys")
    as_before = len(found_now) - len(new)
    counts = {"foreign_keys": total, "broken": len(broken), "as_before": as_before}
    if not broken and as_before:
        return check.passed(
            f"foreign keys: {total - as_before} of {total} hold for every row;"
            f" {as_before} did not at the backup either",
            counts=counts,
        )
    if not broken:
        return check.passed(f"foreign keys: all {total} hold for every row", counts=counts)
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
    lead = f"{counted(now.rows, 'row')} referring to what is not there"
    if before is None or not before.rows:
        return f"{lead}{named('key', list(now.keys))}"
    return f"{lead}, {before.rows} at the backup{named('new: key', _new_keys(before, now))}"


def _new_keys(before: Orphans, now: Orphans) -> list[str]:
    then, keys = before.by_key or {}, now.by_key or {}
    return [key for key, rows in keys.items() if rows > then.get(key, 0)]


def _refuse_unknown(new: list[str], unread_before: dict[str, str]) -> None:
    if new:
        said = [f"{name}: SQLSTATE {unread_before[name]}" for name in new]
        raise Unread(f"{len(new)} could not be asked at the backup{named('', said)}")


def _refuse_unread(before: dict[str, str], now: dict[str, str]) -> None:
    new = [f"{name}: SQLSTATE {said}" for name, said in now.items() if before.get(name) != said]
    if new:
        raise Unread(f"{len(new)} could not be asked{named('', new)}")


def _recompute(check: Check, case: Case) -> Finding:
    seen = case.after[Integrity]
    found_now = [name for name, rows in seen.stale.items() if rows]
    before = earlier(case, Integrity(), matters=bool(found_now))
    total = len(seen.stale)
    new = [name for name in found_now if _is_staler(before, seen, name)]
    wrong = {n: seen.stale[n] for n in new if n not in before.unread_columns}
    if not wrong:
        _refuse_unknown(new, before.unread_columns)
        _refuse_unread(before.unread_columns, seen.unread_columns)
        if not total:
            raise NotApplicable("the database has no generated columns")
        uncompared = [n for n in found_now if not _are_rows_known(before, seen, n)]
        if uncompared:
            raise Unread(
                "which rows were stale was not looked at, by an older release"
                + named("namely", uncompared)
            )
    as_before = len(found_now) - len(new)
    counts = {"columns": total, "stale": len(wrong), "as_before": as_before}
    if not wrong and as_before:
        return check.passed(
            f"generated columns: {total - as_before} of {total} are what their expression gives;"
            f" {as_before} stale at the backup too",
            counts=counts,
        )
    if not wrong:
        return check.passed(
            f"generated columns: all {total} are what their expression gives", counts=counts
        )
    return check.failed(
        f"generated columns: {len(wrong)} of {total} hold stale values" + named("", list(wrong)),
        expected="every stored value is what its expression gives now, or was not at the backup",
        actual="\n".join(
            f"{name}: {_stale(before, seen, name)}" for name in list(wrong)[:EXAMPLES_AT_MOST]
        ),
        examples=tuple(wrong)[:EXAMPLES_AT_MOST],
        counts=counts | {"rows": sum(wrong.values())},
        cause="a function in the expression is not what it was when the rows were written",
        next_step="restore the function, or rewrite the rows of these columns",
    )


def _are_rows_known(before: Integrity, now: Integrity, name: str) -> bool:
    return name in before.stale_rows and name in now.stale_rows


def _is_staler(before: Integrity, now: Integrity, name: str) -> bool:
    """Tell whether rows are stale that were not at the backup."""
    if _are_rows_known(before, now, name):
        return _is_new(before.stale_rows[name], now.stale_rows[name])
    return now.stale[name] > before.stale.get(name, 0)


def _stale(before: Integrity, now: Integrity, name: str) -> str:
    differ = f"{counted(now.stale[name], 'stale row')}"
    if not before.stale.get(name):
        return differ
    new = []
    if _are_rows_known(before, now, name):
        new = _new_keys(before.stale_rows[name], now.stale_rows[name])
    return f"{differ}, {before.stale[name]} at the backup{named('new: row', new)}"


def _indexes_agree(check: Check, case: Case) -> Finding:
    seen = case.after[Integrity]
    wrong = {n: c for n, c in seen.index_counts.items() if not c.agrees}
    # An index that disagrees does so whatever was at the backup; that one is invalid may be old.
    before = earlier(case, Integrity(), matters=bool(seen.invalid_indexes) and not wrong)
    invalid = [name for name in seen.invalid_indexes if name not in before.invalid_indexes]
    bad = [*wrong, *invalid]
    total = len(seen.index_counts) + len(invalid)
    unforced = [f"{name}: {reason}" for name, reason in seen.unforced.items()]
    counts = {"indexes": total, "disagreeing": len(bad), "unforced": len(unforced)}
    if not total and unforced:
        raise Unread(f"no index could be walked{named('', unforced)}")
    if not total:
        raise NotApplicable("the database has no indexes")
    unread = [f"{n}: {why}" for n, why in seen.unforced.items() if not _NO_WALK.match(why)]
    if unread and not bad:
        raise Unread(f"{len(unread)} could not be walked{named('', unread)}")
    if not bad:
        left_out = f"; {len(unforced)} of a kind that has no walk" if unforced else ""
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
        return f"{counted(count.by_index, 'row')}, which are others or in another order"
    return f"{counted(count.by_index, 'row')} by index, {count.by_scan} by scan"


CHECKS = (
    Check("foreign_keys_hold", "postgres", "rows that refer to nothing", _keys_hold),
    Check("generated_columns_recompute", "postgres", "stale generated values", _recompute),
    Check("indexes_agree", "postgres", "an index that hides rows", _indexes_agree),
)
