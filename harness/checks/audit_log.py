"""Check that every acknowledged row of the audit log came back, once, unaltered and in order."""

from functools import partial

from harness.checks._accounts import named_rows
from harness.checks._ledger_aspects import ASPECTS, COMPLETE, NOTHING_UNEXPECTED, Aspect, account_of
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import Finding
from harness.platform.rows import AUDIT_LOG

_NAMED = {COMPLETE: ("lost", "gone")}
"""The kinds of rows that an aspect names, where they are others than its own."""


def _judge(aspect: Aspect, check: Check, case: Case) -> Finding:
    table = AUDIT_LOG.table
    found = account_of(case, table)
    judged = found.account.owed if aspect is COMPLETE else found.present
    rows = named_rows(found.account, _NAMED.get(aspect, (aspect.numbers,)))
    if found.count(aspect):
        return check.failed(
            f"{table}: {found.wrong(aspect)}",
            expected=found.right(aspect),
            actual=found.wrong(aspect),
            examples=found.examples(aspect),
            counts=found.counts(),
            cause=aspect.cause,
            next_step=aspect.next_step,
            rows=rows,
        )
    if not judged and aspect is not NOTHING_UNEXPECTED:
        raise NotApplicable(f"{table}: no row is {'owed' if aspect is COMPLETE else 'present'}")
    allowed = found.allowed() if aspect is COMPLETE else ""
    return check.passed(
        f"{table}: {found.right(aspect)}{allowed}", counts=found.counts(), rows=rows
    )


CHECKS = tuple(
    Check(
        f"{AUDIT_LOG.table}_{aspect.id}",
        "postgres",
        aspect.catches,
        partial(_judge, aspect),
        claims=(AUDIT_LOG.table,) if aspect is COMPLETE else (),
        is_ours=True,
    )
    for aspect in ASPECTS
)
