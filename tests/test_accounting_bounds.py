"""Vast differences are accounted for in little memory, and what is not named is still counted."""

import tracemalloc
from dataclasses import replace

from ledger_samples import ledger

from harness.core.history import History
from harness.core.ledger import GROUP_BITS, Attempt, Outcome, Vector
from harness.platform.accounting import Scan, account

A_GROUP = 1 << GROUP_BITS
COUNTED = ("owed", "undetailed_groups", "undetailed_missing")


def many_groups(count: int) -> Attempt:
    """Return one attempt over many groups; its vectors need not be those of real rows."""
    groups = {g: Vector(A_GROUP, g, g) for g in range(1, count + 1)}
    return Attempt(
        "audit_log", A_GROUP, (count + 1) * A_GROUP - 1, 4, 5, Outcome.ACKNOWLEDGED, groups
    )


def test_more_groups_than_are_read_are_counted_at_least() -> None:
    """What is not named is bounded from below, never left out."""
    written = ledger(many_groups(30))
    groups = dict(written.attempts[0].groups)
    for g in range(1, 31):
        groups[g] = replace(groups[g], rows=A_GROUP - 2)
    found = account(Scan("audit_log", groups), written, History())
    assert {
        "owed": 30 * A_GROUP,
        "undetailed_groups": 30,
        "undetailed_missing": 60,
    } == {f: getattr(found, f) for f in COUNTED}


def test_a_vast_loss_stays_small() -> None:
    """Eight million lost rows are counted and named without listing them."""
    written = ledger(many_groups(2_000))
    tracemalloc.start()
    found = account(Scan("audit_log", {}), written, History())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 2_000 * A_GROUP == len(found.lost)
    assert A_GROUP == next(iter(found.lost))
    assert peak < 4 << 20
