"""Check that backups go on after a restore: the next one could be restored from."""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named


def _judge(check: Check, case: Case) -> Finding:
    again = case.history.again
    if not again:
        raise NotApplicable("nothing was backed up after a restore")
    wrong = [f"{taken.backup}/{taken.store}: {taken.wrong}" for taken in again if taken.wrong]
    counts = {"taken": len(again), "wrong": len(wrong)}
    if not wrong:
        told = [f"{taken.store} by {taken.method}" for taken in again]
        return check.passed(
            f"next backup: {len(again)} of {len(again)} taken after a restore could be restored"
            f" from{named('', told)}",
            counts=counts,
        )
    return check.failed(
        f"next backup: {len(wrong)} of {len(again)} taken after a restore could not be restored"
        " from",
        expected="a restored store is backed up as it was before",
        actual="; ".join(wrong),
        examples=tuple(wrong[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="the restore left the store without what its backups need: an archive, a base",
        next_step="put the method to work anew after a restore, and take a full backup at once",
    )


CHECKS = (
    Check(
        "next_backup",
        "platform",
        "a restored store that is not backed up any more",
        _judge,
        since="0.3.0",
    ),
)
