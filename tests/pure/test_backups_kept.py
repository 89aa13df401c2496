"""A clean-up that removes the newest backup is caught, and one that spares it is let be."""

import pytest
from ours import CHECKS, our_case

from harness.core.case import Case, NotApplicable
from harness.core.history import Artefact, History, Kept
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.judge import find
from harness.observations.backups import BackupsKept

CHECK = CHECKS["backups_kept"]


def artefact(backup: str, store: str, files: int = 1) -> Artefact:
    """Return what a backup left of a store."""
    path = f"{backup}/{store}"
    return Artefact(backup, store, "volume", path, files, 9, "digest", "tar", 1.0, 2.0)


def case(kept: BackupsKept, *artefacts: Artefact) -> Case:
    """Return a case with these backups, of which this is left."""
    after = Observations()
    after.put(kept)
    return our_case(Ledger(1), History(artefacts=list(artefacts)), Observations(), after)


def test_an_older_backup_may_go() -> None:
    """Only the newest of each store must stay."""
    kept = BackupsKept(True, {"friday/nats": 1})
    found = find(CHECK, case(kept, artefact("monday", "nats"), artefact("friday", "nats")))
    said = "backups: the newest of 1 stores are all there"
    assert (Verdict.PASS, said) == (found.verdict, found.summary)


def test_the_newest_backup_must_stay() -> None:
    """A backup of which files are missing is gone, and named."""
    kept = BackupsKept(True, {"friday/nats": 1, "friday/postgres": 2})
    taken = (artefact("friday", "nats"), artefact("friday", "postgres", files=3))
    found = find(CHECK, case(kept, *taken))
    said = "backups: the newest backups of 1 of 2 stores are gone (namely friday/postgres)"
    assert (Verdict.FAIL, said) == (found.verdict, found.summary)
    assert "friday/postgres: 2 files left" == found.actual


def test_the_directory_itself_must_stay() -> None:
    """A directory that is gone took every backup with it."""
    found = find(CHECK, case(BackupsKept(False), artefact("friday", "nats")))
    said = "the directory of backups is gone with all that it held"
    assert (Verdict.FAIL, said) == (found.verdict, found.actual)


def test_what_is_kept_elsewhere_is_not_looked_for_here() -> None:
    """A copy away from the machine is not the clean-up's to remove; one on it is."""
    taken = artefact("friday", "nats")
    for offsite in ("s3", ""):
        seen = case(BackupsKept(True), taken)
        seen.history.kept.append(Kept("friday", "nats", offsite, "bucket", "", (), ()))
        if offsite:
            with pytest.raises(NotApplicable):
                CHECK.judge(CHECK, seen)
        else:
            assert "friday/nats: 0 files left" == find(CHECK, seen).actual


def test_without_a_backup_there_is_nothing_to_keep() -> None:
    """A backup method that leaves no file promises none."""
    with pytest.raises(NotApplicable) as reason:
        find(CHECK, case(BackupsKept(True), artefact("friday", "redis", files=0)))
    assert "no backup left a file on this machine" == str(reason.value)
