"""Check that every step of the procedure did what it says, and that the disaster was real."""

from collections.abc import Iterator, Sequence

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.errors import Unread
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.core.history import DisasterProof, Takes
from harness.core.last_words import errors_in


def _completed(check: Check, case: Case) -> Finding:
    failures = case.history.failures
    steps = len(case.history.steps)
    if not failures and (case.failure or not steps):
        first_line = case.failure.partition("\n")[0]
        why = f": {first_line}" if first_line else ""
        raise Unread(f"procedure: ended after {steps} steps{why}")
    if not failures:
        return check.passed(f"procedure: all {steps} steps were carried out")
    return check.failed(
        f"procedure: {len(failures)} steps failed" + named("first", [failures[0].step]),
        expected="every step succeeds",
        actual="; ".join(f"{f.step}: {f.message}" for f in failures),
        examples=tuple(f"{f.step}: {f.store}" for f in failures),
        cause="the procedure does not work as it is written",
        next_step="run the failing command by hand; its output is under actual",
    )


def _without_errors(check: Check, case: Case) -> Finding:
    if not case.history.restorations:
        raise NotApplicable("nothing was restored from a backup")
    complaints = [
        f"{restoration.store}: {line}"
        for restoration in case.history.restorations
        for line in errors_in(restoration.said)
    ]
    restored = len(case.history.restorations)
    if not complaints:
        return check.passed(f"restore: {restored} stores came back without an error message")
    return check.failed(
        f"restore: {len(complaints)} error messages, though it went on",
        expected="no error on the restore's error stream",
        actual="\n".join(complaints[:EXAMPLES_AT_MOST]),
        cause="psql and pg_restore go on after an error and may end with status 0",
        next_step="restore with ON_ERROR_STOP in one transaction, and read the messages",
    )


def _proven(check: Check, case: Case) -> Finding:
    disasters = case.history.disasters
    if not disasters:
        raise NotApplicable("the scenario strikes nothing")
    doubtful = [f"{d.store}: {reason}" for d in disasters for reason in d.doubts()]
    if not doubtful:
        return check.passed(f"disaster: {'; '.join(_proof(disasters))}")
    return check.failed(
        f"disaster: {len(doubtful)} doubts that the data was gone" + named("namely", doubtful),
        expected="data before, nothing after, no answer",
        actual="; ".join(doubtful),
        examples=tuple(doubtful[:EXAMPLES_AT_MOST]),
        cause="the data survived the disaster, so the restore proves nothing",
        next_step="look for a second copy of the volume, or a server that was not stopped",
    )


def _proof(disasters: Sequence[DisasterProof]) -> Iterator[str]:
    """Yield what was taken, by what it is that was."""
    by_kind = {takes: [d for d in disasters if d.takes is takes] for takes in Takes}
    if volumes := by_kind[Takes.VOLUME]:
        entries = sum(d.entries_before for d in volumes)
        yield (
            f"{len(volumes)} of {len(volumes)} volumes were emptied of {entries} entries, and no"
            " server answered"
        )
    for struck in (*by_kind[Takes.DATA], *by_kind[Takes.ROOM]):
        yield f"{struck.target}: none of {struck.entries_before} was left as it was"
    if killed := by_kind[Takes.SERVER]:
        yield f"{' and '.join(d.store for d in killed)} killed, and did not answer"


CHECKS = (
    Check("procedure_completed", "platform", "a step that fails", _completed),
    Check("restore_without_errors", "platform", "a restore that hides errors", _without_errors),
    Check("disaster_proven", "platform", "a disaster that destroyed nothing", _proven),
)
