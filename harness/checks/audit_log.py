"""Check that every acknowledged row of the audit log came back, once, unaltered and in order."""

from functools import partial

from harness.checks._ledger_aspects import ASPECTS, COMPLETE, NOTHING_UNEXPECTED, Aspect, account_of
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.platform.rows import AUDIT_LOG


def _judge(aspect: Aspect, check: Check, case: Case) -> Finding:
    table = AUDIT_LOG.table
    found = account_of(case, table)
    judged = found.account.owed if aspect is COMPLETE else found.present
    if found.count(aspect):
        return check.failed(
            f"{table}: {found.wrong(aspect)}",
            expected=found.right(aspect),
            actual=found.wrong(aspect),
            examples=found.examples(aspect),
            counts=found.counts(),
            cause=aspect.cause,
            next_step=aspect.next_step,
        )
    if found.undetailed():
        raise Unread(f"{table}: {found.undetailed()}")
    if not judged and aspect is not NOTHING_UNEXPECTED:
        raise NotApplicable(f"{table}: no row is {'owed' if aspect is COMPLETE else 'present'}")
    allowed = found.allowed() if aspect is COMPLETE else ""
    return check.passed(f"{table}: {found.right(aspect)}{allowed}", counts=found.counts())


CHECKS = tuple(
    Check(
        f"audit_log_{aspect.id}",
        "postgres",
        aspect.catches,
        partial(_judge, aspect),
        claims=(AUDIT_LOG.table,) if aspect is COMPLETE else (),
    )
    for aspect in ASPECTS
)
