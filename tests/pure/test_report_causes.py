"""Failures stand under the event that explains them, and nothing is explained by chance."""

from dataclasses import replace

import evidence_samples
import pytest

from harness.core.evidence import Evidence
from harness.core.finding import Finding
from harness.core.history import Doubt, StepFailure, StepRecord
from harness.core.verdict import Verdict
from harness.platform.accounting import Account
from harness.report.causes import causes


def failed(check: str, store: str) -> Finding:
    """Return a failure of a check."""
    return Finding(check, store, Verdict.FAIL, f"{check} does not hold")


ROWS, INDEX, HUB = failed("rows", "postgres"), failed("index", "meilisearch"), failed("hub", "hub")
EVENTS, RPO = failed("events", "nats"), failed("rpo", "platform")
ALL = (ROWS, INDEX, HUB, EVENTS, RPO)


def with_history(
    *,
    doubts: tuple[Doubt, ...] = (),
    failures: tuple[StepFailure, ...] = (),
    steps: tuple[StepRecord, ...] = (),
) -> Evidence:
    """Return the evidence of a drill in which this happened."""
    evidence = evidence_samples.clean()
    return replace(
        evidence,
        history=replace(
            evidence.history, doubts=list(doubts), failures=list(failures), steps=list(steps)
        ),
    )


def account(table: str, *, owed: int, lost: int = 0, altered: int = 0, gone: int = 0) -> Account:
    """Return an account in which a table's last rows are lost or altered, and later ones gone."""
    found = Account(table, owed=owed)
    for numbers, count in ((found.lost, lost), (found.altered, altered)):
        if count:
            numbers.add(owed - count + 1, owed)
    if gone:
        found.gone.add(owed + 1, owed + gone)
    return found


def test_nothing_that_happened_explains_nothing() -> None:
    """Without an event each failure stands for itself."""
    assert ((), ALL) == causes(with_history(), (), ALL)


def test_a_bad_backup_explains_what_lives_on_its_store() -> None:
    """One card names the file; what index, cache, hub and platform suffer lies below it."""
    evidence = with_history(
        doubts=(Doubt("nightly", "postgres", "postgres.sql is empty"),),
        steps=(
            StepRecord(
                "damage",
                "damage nightly: postgres truncated",
                1,
                0,
                1,
                "cut in half",
                ("postgres",),
            ),
        ),
        failures=(StepFailure("restore nightly: postgres", "postgres", "psql: no\nmore"),),
    )
    (cause,), left = causes(evidence, (), ALL)
    assert (
        "the postgres backup nightly is not sound: damaged on purpose: cut in half; postgres.sql"
        " is empty. Its restore failed: psql: no"
    ) == cause.said
    assert ((ROWS, INDEX, HUB, RPO), (EVENTS,)) == (cause.findings, left)


def test_a_failed_step_explains_its_own_store() -> None:
    """And no store beside it."""
    evidence = with_history(failures=(StepFailure("restore nightly", "nats", "stream exists"),))
    (cause,), left = causes(evidence, (), ALL)
    assert "step 'restore nightly' failed for nats: stream exists" == cause.said
    assert ((HUB, EVENTS, RPO), (ROWS, INDEX)) == (cause.findings, left)
    assert ((), (ROWS, RPO)) == causes(evidence, (), (ROWS, RPO))


def test_a_failed_step_explains_that_the_procedure_failed() -> None:
    """Though nothing could be read of its store."""
    evidence = with_history(
        failures=(
            StepFailure("restore nightly", "postgres", "it ended in its recovery"),
            StepFailure("start hub", "hub", "it was not ready"),
        )
    )
    steps = replace(RPO, check="procedure_completed")
    (cause,), left = causes(evidence, (), (HUB, steps))
    assert cause.said.endswith("failed for postgres: it ended in its recovery")
    assert ((HUB, steps), ()) == (cause.findings, left)


@pytest.mark.parametrize(
    ("accounts", "said"),
    [
        (
            (account("audit_log", owed=10_000, lost=10_000),),
            "holds none of 10,000 owed rows: it is empty, or of another platform",
        ),
        (
            (account("audit_log", owed=10_000, altered=10_000),),
            "is of another platform: each of 10,000 rows has other contents",
        ),
        (
            (account("contacts", owed=2_000, gone=50), account("credentials", owed=50, lost=50)),
            (
                "is older than it should be: nothing that was acknowledged after +1.08 s is there,"
                " and the backup promises all until +1.90 s"
            ),
        ),
    ],
    ids=["empty", "another platform", "older"],
)
def test_rows_tell_of_another_backup(accounts: tuple[Account, ...], said: str) -> None:
    """None, all altered, or nothing after a moment: that is no damage but another backup."""
    (cause,), _ = causes(with_history(), accounts, ALL)
    assert f"what the restore of backup nightly brought back {said}" == cause.said


@pytest.mark.parametrize(
    "accounts",
    [
        (account("audit_log", owed=10_000),),
        (account("audit_log", owed=10_000, lost=3),),
        (account("audit_log", owed=10_000, altered=3),),
        (account("contacts", owed=2_000, lost=2_000), account("credentials", owed=50)),
        (account("audit_log", owed=0),),
    ],
    ids=["all", "a few lost", "a few altered", "the earlier lost", "nothing owed"],
)
def test_a_few_rows_tell_of_no_other_backup(accounts: tuple[Account, ...]) -> None:
    """What has any other pattern is not explained by it."""
    assert ((), ALL) == causes(with_history(), accounts, ALL)
