"""Check that the other ledger tables in PostgreSQL came back as they were written."""

from collections.abc import Iterable
from functools import partial

from harness.checks._accounts import named_rows
from harness.checks._ledger_aspects import ASPECTS, TableAccount, account_of
from harness.core.case import Case
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding
from harness.core.history import store_of
from harness.platform.numbers import Ranges


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
            rows=_rows(found),
            keys=found.keys,
        )
    owed = found.account.owed
    return check.passed(
        f"{table}: "
        + (f"all {owed} owed rows present, unaltered, each once" if owed else "no row is owed")
        + (found.allowed() or ("" if owed else ", and none is there")),
        counts=found.counts(),
        rows=_rows(found),
    )


def _rows(found: TableAccount) -> dict[str, Ranges]:
    # Numbers of rows that the server made mean nothing outside the ledger.
    return {} if found.keys is not None else named_rows(found.account)


def checks_of(tables: Iterable[str]) -> tuple[Check, ...]:
    """Return a check of each table that lives in PostgreSQL."""
    return tuple(
        Check(
            f"{table}_rows",
            "postgres",
            f"{table} lost, altered, doubled or added",
            partial(_judge, table),
            claims=(table,),
        )
        for table in tables
        if store_of(table) == "postgres"
    )


CHECKS: tuple[Check, ...] = ()
"""Which there are follows from the platform."""
