"""Check that the newest backup of every store is still there, whatever was cleaned up."""

from harness.core.case import Case, NotApplicable
from harness.core.check import Check
from harness.core.finding import EXAMPLES_AT_MOST, Finding, named
from harness.observations.backups import BackupsKept


def _judge(check: Check, case: Case) -> Finding:
    away = {(kept.backup, kept.store) for kept in case.history.kept if kept.offsite}
    last = {a.store: a for a in case.history.artefacts if a.files}
    newest = {store: a for store, a in last.items() if (a.backup, store) not in away}
    if not newest:
        raise NotApplicable("no backup left a file on this machine")
    seen = case.after[BackupsKept]
    gone = [
        artefact.path
        for artefact in newest.values()
        if seen.files.get(artefact.path, 0) < artefact.files
    ]
    counts = {"newest": len(newest), "gone": len(gone)}
    if not gone:
        return check.passed(
            f"backups: the newest of {len(newest)} stores are all there", counts=counts
        )
    return check.failed(
        f"backups: the newest backups of {len(gone)} of {len(newest)} stores are gone"
        + named("namely", gone),
        expected="the newest backup of a store stays, however old it is",
        actual="; ".join(f"{path}: {seen.files.get(path, 0)} files left" for path in gone)
        if seen.directory_present
        else "the directory of backups is gone with all that it held",
        examples=tuple(gone[:EXAMPLES_AT_MOST]),
        counts=counts,
        cause="the clean-up goes by age alone, and its find matches the directory itself",
        next_step="give find -mindepth 1, and spare the newest backup",
    )


CHECKS = (Check("backups_kept", "platform", "a clean-up that removes the newest backup", _judge),)
