"""Check that the audit log still takes new rows, and still refuses to change old ones."""

from harness.core.case import Case
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.postgres_behaviour import Answer, Behaviour, Tried

_ABSENT = "audit_log: the table does not exist"


def _append_only(check: Check, case: Case) -> Finding:
    tried = case.after[Behaviour].changes
    expected = "UPDATE, DELETE and TRUNCATE refused for every role and for the owner"
    if tried is None:
        return check.failed(_ABSENT, expected=expected, actual=_ABSENT)
    if not tried:
        raise Unread("audit_log: no role was there to try a change")
    through = [_said(one) for one in tried if one.answer is Answer.ALLOWED]
    broken = [one for one in tried if one.answer is Answer.BROKEN]
    if not through and broken:
        raise Unread(
            f"audit_log: {len(broken)} of {len(tried)} attempts broke off"
            + named("namely", [f"{_said(one)}: {one.said}" for one in broken])
        )
    if not through:
        roles = len({one.role for one in tried})
        return check.passed(
            f"audit_log: UPDATE, DELETE and TRUNCATE refused for all {roles} roles",
            counts={"tried": len(tried), "roles": roles},
        )
    return check.failed(
        f"audit_log: {len(through)} of {len(tried)} forbidden changes allowed"
        + named("namely", through),
        expected=expected,
        actual=f"allowed: {', '.join(through)}",
        examples=tuple(through[:EXAMPLES_AT_MOST]),
        counts={"tried": len(tried), "allowed": len(through)},
        cause="a trigger is missing or disabled, or a privilege was granted",
        next_step="enable the triggers again and revoke what the role must not have",
    )


def _writable(check: Check, case: Case) -> Finding:
    tried = case.after[Behaviour].insert
    expected = "the hub's role adds a row"
    if tried is None:
        return check.failed(_ABSENT, expected=expected, actual=_ABSENT)
    if tried.answer is Answer.ALLOWED:
        return check.passed(f"audit_log: {tried.role} adds a row")
    return check.failed(
        f"audit_log: {tried.role} cannot add a row (SQLSTATE {tried.said})",
        expected=expected,
        actual=f"INSERT {tried.answer} with SQLSTATE {tried.said}",
        examples=(_said(tried),),
        cause="the role, its privileges or what the table refers to did not come back",
        next_step="compare the table's privileges and triggers with those at the backup",
    )


def _said(tried: Tried) -> str:
    return f"{tried.verb} by {tried.role}"


CHECKS = (
    Check("audit_log_append_only", "postgres", "an audit log that can be changed", _append_only),
    Check("audit_log_writable", "postgres", "an audit log that takes no more rows", _writable),
)
