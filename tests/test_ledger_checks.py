"""The checks on ledger tables, judged on literal observations."""

from dataclasses import replace

import pytest
from ledger_samples import AFTER_THE_CUT, RANDOM, attempt, ledger, restored
from pydantic import TypeAdapter

from harness.checks import CHECKS
from harness.core.case import Case, NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.ledger import GROUP_BITS, Attempt, Ledger, Outcome, Vector, total
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.ledger_rows import LedgerRows
from harness.platform.accounting import Scan
from harness.platform.fingerprint import fingerprints
from harness.platform.rows import AUDIT_LOG

ROW_CHECKS = (
    "audit_log_complete",
    "audit_log_unaltered",
    "audit_log_unduplicated",
    "audit_log_in_order",
    "audit_log_nothing_unexpected",
)
TABLE_CHECKS = ("contacts_rows", "credentials_rows", "credentials_decrypt")
A_GROUP = 1 << GROUP_BITS
WRITTEN = ledger(
    attempt("audit_log", 1, 100),
    attempt("audit_log", 101, 120, ended_seconds=AFTER_THE_CUT),
    attempt("contacts", 1, 10),
    attempt("credentials", 1, 10),
)


def judged(
    check_id: str, *seen: object, written: Ledger = WRITTEN, history: History | None = None
) -> Finding:
    """Return what a check concludes from these observations."""
    after = Observations()
    for observation in seen:
        after.put(observation)
    past = restored() if history is None else history
    case = Case(written, past, Observations(), after)
    return CHECKS[check_id].judge(CHECKS[check_id], case)


def whole(table: str = "audit_log", last: int = 100) -> Scan:
    """Return a scan of a table with exactly the rows 1 to `last`."""
    return Scan(table, total([attempt(table, 1, last)]))


@pytest.mark.parametrize("check_id", ROW_CHECKS + TABLE_CHECKS)
def test_what_was_not_read_is_not_judged(check_id: str) -> None:
    """Without its observation no check concludes anything."""
    with pytest.raises(Unread, match="was not observed"):
        judged(check_id)


@pytest.mark.parametrize("check_id", ROW_CHECKS + TABLE_CHECKS)
def test_a_table_that_nobody_wrote_to_is_not_judged(check_id: str) -> None:
    """A drill without rows of a table says nothing about it."""
    with pytest.raises(NotApplicable, match="this drill writes no"):
        judged(check_id, written=ledger())


@pytest.mark.parametrize("check_id", ROW_CHECKS)
def test_exactly_the_owed_rows_pass(check_id: str) -> None:
    """What a clean restore leaves is no finding, at-risk rows or not."""
    for last in (100, 120):
        found = judged(check_id, LedgerRows({"audit_log": whole(last=last)}))
        assert found.verdict is Verdict.PASS
        assert found.counts["owed"] == 100


def test_a_check_says_what_became_of_the_rest() -> None:
    """Rows that a restore excuses are told, not blamed."""
    gone = judged("audit_log_complete", LedgerRows({"audit_log": whole()}))
    survived = judged("audit_log_complete", LedgerRows({"audit_log": whole(last=120)}))
    assert [
        "audit_log: all 100 owed rows present; 20 at-risk rows gone, as the backup allows",
        "audit_log: all 100 owed rows present; 20 at-risk rows survived",
    ] == [gone.summary, survived.summary]


def without(number: int) -> LedgerRows:
    """Return a scan that lacks one row, with the details that a probe reads then."""
    lines = AUDIT_LOG.lines(RANDOM, 1, 100)
    bodies = fingerprints(AUDIT_LOG.bodies(lines))
    rows = [(n, digest) for n, digest in enumerate(bodies, 1) if n != number]
    vector = total([attempt("audit_log", 1, 100)])[0]
    lost = fingerprints(lines)[number - 1]
    held = Vector(vector.rows - 1, vector.keys - number, vector.digest - lost)
    return LedgerRows({"audit_log": Scan("audit_log", {0: held}, {0: rows})})


def test_a_failed_check_tells_a_reader_what_to_do() -> None:
    """Counts over a denominator, the keys, the likely cause and the next step."""
    assert Finding(
        check="audit_log_complete",
        store="postgres",
        verdict=Verdict.FAIL,
        summary="audit_log: 1 of 100 owed rows lost (id 17)",
        expected="all 100 owed rows present",
        actual="1 of 100 owed rows lost (id 17)",
        examples=("17",),
        counts={
            "owed": 100,
            "lost": 1,
            "altered": 0,
            "duplicated": 0,
            "reordered": 0,
            "unexpected": 0,
            "gone": 20,
            "survived": 0,
            "recovered": 0,
        },
        cause="the backup did not hold these rows, or the restore stopped or skipped before them",
        next_step=(
            "read what the restore said on its error stream, then look for the ids in the"
            " backup itself"
        ),
    ) == judged("audit_log_complete", without(17))


@pytest.mark.parametrize("check_id", ROW_CHECKS[1:])
def test_a_lost_row_is_no_other_fault(check_id: str) -> None:
    """Only the check of completeness fails for a lost row."""
    assert judged(check_id, without(17)).verdict is Verdict.PASS


@pytest.mark.parametrize("check_id", ["audit_log_unaltered", "audit_log_in_order"])
def test_rows_that_are_all_lost_are_neither_altered_nor_in_order(check_id: str) -> None:
    """Of no rows nothing can be said; that they are lost is said by another check."""
    with pytest.raises(NotApplicable, match=r"^audit_log: no row is present$"):
        judged(check_id, LedgerRows({"audit_log": Scan("audit_log", {})}, ("audit_log",)))


def test_a_missing_table_is_a_loss_not_a_gap() -> None:
    """A restore that did not even create the table has failed."""
    absent = LedgerRows({"audit_log": Scan("audit_log", {})}, ("audit_log",))
    assert (
        "audit_log: 100 of 100 owed rows lost (the table does not exist)"
        == judged("audit_log_complete", absent).summary
    )


MANY = Attempt(
    "audit_log",
    A_GROUP,
    21 * A_GROUP - 1,
    4,
    5,
    Outcome.ACKNOWLEDGED,
    {g: Vector(A_GROUP, g, g) for g in range(1, 21)},
)


def test_groups_that_were_not_read_make_a_lower_bound() -> None:
    """What could not be named is still counted, and called at least."""
    groups = {g: replace(v, rows=v.rows - 3) for g, v in MANY.groups.items()}
    found = judged(
        "audit_log_complete",
        LedgerRows({"audit_log": Scan("audit_log", groups)}),
        written=ledger(MANY),
    )
    assert "audit_log: at least 60 of 81920 owed rows lost" == found.summary


@pytest.mark.parametrize("check_id", ROW_CHECKS)
def test_groups_that_were_not_read_never_pass(check_id: str) -> None:
    """A group that differs in an unknown way is a gap in every check it could fail."""
    groups = {**MANY.groups, 7: replace(MANY.groups[7], digest=99)}
    rows = LedgerRows({"audit_log": Scan("audit_log", groups)})
    with pytest.raises(
        Unread,
        match=r"^audit_log: differing groups that were not read row by row: 1$",
    ):
        judged(check_id, rows, written=ledger(MANY))


def test_a_table_of_several_faults_tells_them_all() -> None:
    """One check for a whole table counts each fault apart."""
    rows = LedgerRows({"contacts": Scan("contacts", {})})
    assert (
        "contacts: 10 of 10 owed rows lost (ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)"
        == judged("contacts_rows", rows).summary
    )
    assert (
        "contacts: all 10 owed rows present, unaltered, each once"
        == judged("contacts_rows", LedgerRows({"contacts": whole("contacts", 10)})).summary
    )


def test_scans_survive_being_saved() -> None:
    """Saved evidence is judged again exactly as it was."""
    adapter = TypeAdapter(LedgerRows)
    assert without(17) == adapter.validate_json(adapter.dump_json(without(17)))
