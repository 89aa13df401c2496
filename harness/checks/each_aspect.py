"""Check each way in which a ledger table can differ for itself, where that matters most."""

from functools import partial

from harness.checks._accounts import named_rows
from harness.checks._ledger_aspects import ASPECTS, COMPLETE, NOTHING_UNEXPECTED, Aspect, account_of
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import Finding

_NAMED = {COMPLETE: ("lost", "gone")}
"""The kinds of rows that an aspect names, where they are others than its own."""


def _judge(table: str, aspect: Aspect, check: Check, case: Case) -> Finding:
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


def each_aspect(table: str) -> tuple[Check, ...]:
    """Return a check of each way in which a table can differ from what is owed."""
    return tuple(
        Check(
            f"{table}_{aspect.id}",
            "postgres",
            aspect.catches,
            partial(_judge, table, aspect),
            claims=(table,) if aspect is COMPLETE else (),
        )
        for aspect in ASPECTS
    )


CHECKS: tuple[Check, ...] = ()
"""A platform's own checks say of which table."""
