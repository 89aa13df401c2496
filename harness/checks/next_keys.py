"""Check that the next row of every table gets a key of its own."""

from harness.checks._earlier import earlier
from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, counted, named
from harness.observations.postgres_behaviour import Behaviour, NextKey

_UNIQUE_VIOLATION = "23505"
_INTERRUPTED = ("55P03", "57014")


def _judge(check: Check, case: Case) -> Finding:
    tried = case.after[Behaviour].next_keys
    if not tried:
        raise NotApplicable("the database has no sequence and no ledger table")
    no_key = [key for key in tried if not key.is_free]
    before = earlier(case, Behaviour(), matters=bool(no_key))
    foreseen = {key.column or key.sequence: key for key in before.next_keys}
    new = [key for key in no_key if not _was_so(foreseen.get(key.column or key.sequence), key)]
    unknown = [key for key in new if _is_unknown(foreseen.get(key.column or key.sequence))]
    stuck = [key for key in new if key not in unknown]
    names = [_named(key) for key in stuck]
    as_before = len(no_key) - len(new)
    counts = {"tried": len(tried), "stuck": len(stuck), "as_before": as_before}
    if not stuck and unknown:
        raise Unread(
            f"{counted(len(unknown), 'key')} could not be foreseen at the backup"
            + named("namely", [_named(key) for key in unknown])
        )
    if not stuck and as_before:
        return check.passed(
            f"sequences: {len(tried) - as_before} of {len(tried)} give a free key next;"
            f" {as_before} gave none at the backup either",
            counts=counts,
        )
    if not stuck:
        return check.passed(f"sequences: all {len(tried)} give a free key next", counts=counts)
    return check.failed(
        f"sequences: {len(stuck)} of {len(tried)} give no free key next" + named("namely", names),
        expected="a free key from each that gave one at the backup",
        actual="\n".join(
            f"{_named(key)}: {f'SQLSTATE {key.said}' if key.said else 'the key is taken'}"
            for key in stuck
        ),
        examples=tuple(names[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="the rows came back and the sequence did not, or setval was given false",
        next_step="setval each of them to the greatest key in use, with is_called true",
    )


def _was_so(before: NextKey | None, now: NextKey) -> bool:
    """Tell whether it would have met the same at the backup.

    Where a row's key was chosen beyond the sequence, it may be met now: a recovery skips values.
    """
    if before is None:
        return False
    if before.said or now.said not in ("", _UNIQUE_VIOLATION):
        return before.said == now.said
    return not before.is_free or before.is_beyond is False


def _is_unknown(before: NextKey | None) -> bool:
    return before is not None and before.said in _INTERRUPTED


def _named(key: NextKey) -> str:
    return f"{key.sequence} for {key.column}" if key.column else key.sequence


CHECKS = (Check("sequences_advance", "postgres", "a next insert that is refused", _judge),)
