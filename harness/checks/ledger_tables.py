"""Check that the other ledger tables in PostgreSQL came back as they were written."""

from functools import partial

from harness.checks._ledger_aspects import ASPECTS, account_of
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding
from harness.platform.rows import CONTACTS, CREDENTIALS


def _judge(table: str, check: Check, case: Case) -> Finding:
    found = account_of(case, table)
    wrong = [aspect for aspect in ASPECTS if found.count(aspect)]
    if wrong:
        said = "; ".join(found.wrong(aspect) for aspect in wrong)
        examples = [number for aspect in wrong for number in found.examples(aspect)]
        return check.failed(
            f"{table}: {said}",
            expected="\n".join(found.right(aspect) for aspect in wrong),
            actual="\n".join(found.wrong(aspect) for aspect in wrong),
            examples=tuple(examples[:EXAMPLES_AT_MOST]),
            counts=found.counts(),
            cause=wrong[0].cause,
            next_step=wrong[0].next_step,
        )
    if found.undetailed():
        raise Unread(f"{table}: {found.undetailed()}")
    if not found.account.owed:
        raise NotApplicable(f"{table}: no row is owed")
    return check.passed(
        f"{table}: all {found.account.owed} owed rows present, unaltered, each once"
        + found.allowed(),
        counts=found.counts(),
    )


CHECKS = tuple(
    Check(
        f"{table}_rows",
        "postgres",
        f"{table} lost, altered, doubled or added",
        partial(_judge, table),
        claims=(table,),
    )
    for table in (CONTACTS.table, CREDENTIALS.table)
)
