"""Check that an append-only table still takes new rows, and still refuses to change old ones."""

from collections.abc import Callable
from functools import partial

from harness.core.case import Case
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.core.platform import Platform
from harness.observations.postgres_behaviour import Answer, AppendOnly, Behaviour, Tried


def _tried(case: Case, table: str) -> AppendOnly:
    behaviour = case.after[Behaviour]
    if case.platform.is_ours and not behaviour.append_only:
        # An older release tried the one table that there was.
        return AppendOnly(behaviour.changes, behaviour.insert)
    if table not in behaviour.append_only:
        raise Unread(f"{table} was not tried")
    return behaviour.append_only[table]


def _append_only(table: str, whom: str, check: Check, case: Case) -> Finding:
    tried = _tried(case, table).changes
    expected = f"UPDATE, DELETE and TRUNCATE refused for {whom}"
    if tried is None:
        return _absent(check, table, expected)
    if not tried:
        raise Unread(f"{table}: no role was there to try a change")
    through = [_said(one) for one in tried if one.answer is Answer.ALLOWED]
    broken = [one for one in tried if one.answer is Answer.BROKEN]
    if not through and broken:
        raise Unread(
            f"{table}: {len(broken)} of {len(tried)} attempts broke off"
            + named("namely", [f"{_said(one)}: {one.said}" for one in broken])
        )
    if not through:
        roles = len({one.role for one in tried})
        return check.passed(
            f"{table}: UPDATE, DELETE and TRUNCATE refused for all {roles} roles",
            counts={"tried": len(tried), "roles": roles},
        )
    return check.failed(
        f"{table}: {len(through)} of {len(tried)} forbidden changes allowed"
        + named("namely", through),
        expected=expected,
        actual=f"allowed: {', '.join(through)}",
        examples=tuple(through[:EXAMPLES_AT_MOST]),
        counts={"tried": len(tried), "allowed": len(through)},
        cause="a trigger is missing or disabled, or a privilege was granted",
        next_step="enable the triggers again and revoke what the role must not have",
    )


def _writable(table: str, whom: str, check: Check, case: Case) -> Finding:
    tried = _tried(case, table).insert
    expected = f"{whom} adds a row"
    if tried is None:
        return _absent(check, table, expected)
    if tried.answer is Answer.ALLOWED:
        return check.passed(f"{table}: {tried.role} adds a row")
    return check.failed(
        f"{table}: {tried.role} cannot add a row (SQLSTATE {tried.said})",
        expected=expected,
        actual=f"INSERT {tried.answer} with SQLSTATE {tried.said}",
        examples=(_said(tried),),
        cause="the role, its privileges or what the table refers to did not come back",
        next_step="compare the table's privileges and triggers with those at the backup",
    )


def _absent(check: Check, table: str, expected: str) -> Finding:
    said = f"{table}: the table does not exist"
    return check.failed(said, expected=expected, actual=said)


def _said(tried: Tried) -> str:
    return f"{tried.verb} by {tried.role}"


def _checks(table: str, refused_to: str, writer: str) -> tuple[Check, ...]:
    kinds: tuple[tuple[str, str, Callable[[Check, Case], Finding]], ...] = (
        (
            "append_only",
            f"{table} that can be changed",
            partial(_append_only, table, refused_to),
        ),
        ("writable", f"{table} that takes no more rows", partial(_writable, table, writer)),
    )
    return tuple(
        Check(f"{table}_{id_}", "postgres", catches, judge) for id_, catches, judge in kinds
    )


def checks_of(platform: Platform) -> tuple[Check, ...]:
    """Return the checks of each of the platform's tables that are append-only."""
    checks: list[Check] = []
    for table in platform.tables.values():
        if table.is_append_only:
            refused_to = " and ".join(table.refused_to) or "every role"
            writer = table.writer or "a superuser"
            checks += _checks(table.name, refused_to, writer)
    return tuple(checks)


CHECKS: tuple[Check, ...] = ()
"""Which there are follows from the platform."""
