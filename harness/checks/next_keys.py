"""Check that the next row of every table gets a key of its own."""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.postgres_behaviour import Behaviour, NextKey


def _judge(check: Check, case: Case) -> Finding:
    tried = case.after[Behaviour].next_keys
    if not tried:
        raise NotApplicable("the database has no sequence and no ledger table")
    stuck = [_named(key) for key in tried if not key.is_free]
    counts = {"tried": len(tried), "stuck": len(stuck)}
    if not stuck:
        return check.passed(f"sequences: all {len(tried)} give a free key next", counts=counts)
    return check.failed(
        f"sequences: {len(stuck)} of {len(tried)} give no free key next" + named("namely", stuck),
        expected=f"a free key from all {len(tried)}",
        actual="\n".join(
            f"{_named(key)}: {f'SQLSTATE {key.said}' if key.said else 'the key is taken'}"
            for key in tried
            if not key.is_free
        ),
        examples=tuple(stuck[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="the rows came back and the sequence did not, or setval was given false",
        next_step="setval each of them to the greatest key in use, with is_called true",
    )


def _named(key: NextKey) -> str:
    return f"{key.sequence} for {key.column}" if key.column else key.sequence


CHECKS = (Check("sequences_advance", "postgres", "a next insert that is refused", _judge),)
