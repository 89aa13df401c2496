"""The checks on ledger tables, judged on literal observations."""

from dataclasses import replace

import pytest
from ledger_samples import AFTER_THE_CUT, attempt, ledger, restored, rows_of, scan_of
from ours import CHECKS, SOURCES, our_case
from pydantic import TypeAdapter

from harness.checks import _accounts, ledger_tables
from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.ledger import Ledger, total
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.ledger_rows import LedgerRows
from harness.platform.scan import Scan
from harness.platforms.made_open.rows import CONTACTS

ROW_CHECKS = (
    "audit_log_complete",
    "audit_log_unaltered",
    "audit_log_unduplicated",
    "audit_log_in_order",
    "audit_log_nothing_unexpected",
)
TABLE_CHECKS = ("contacts_rows", "credentials_rows", "credentials_decrypt")
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
    case = our_case(written, past, Observations(), after)
    return CHECKS[check_id].judge(CHECKS[check_id], case)


def whole(table: str = "audit_log", last: int = 100) -> Scan:
    """Return a scan of a table with exactly the rows 1 to `last`."""
    return Scan(table, total([attempt(table, 1, last)]))


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
    """Return a scan that lacks one row, with what a probe names then."""
    held = [row for row in rows_of("audit_log", 1, 100) if row[0] != number]
    return LedgerRows({"audit_log": scan_of("audit_log", held, WRITTEN, restored())})


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
        rows={"lost": ((17, 17),), "gone": ((101, 120),)},
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


def test_rows_that_are_not_owed_leave_nothing_to_be_complete() -> None:
    """Though they came back."""
    written = ledger(attempt("audit_log", 1, 20, ended_seconds=AFTER_THE_CUT))
    with pytest.raises(NotApplicable, match=r"^audit_log: no row is owed$"):
        judged("audit_log_complete", LedgerRows({"audit_log": whole(last=20)}), written=written)


def test_rows_without_an_id_are_unexpected_and_nothing_else() -> None:
    """They are counted with those that have one, and told apart from them."""
    scan = scan_of(
        "audit_log", rows_of("audit_log", 1, 101), ledger(WRITTEN.attempts[0]), History()
    )
    seen = LedgerRows({"audit_log": replace(scan, unnumbered=2)})
    alone = {"written": ledger(WRITTEN.attempts[0]), "history": History()}
    found = judged("audit_log_nothing_unexpected", seen, **alone)  # type: ignore[arg-type]
    said = "audit_log: 3 beside the 100 rows that were written, 2 of them without an id"
    assert f"{said} (ids 101 and 2 more)" == found.summary
    for check_id in ROW_CHECKS[:-1]:
        assert Verdict.PASS is judged(check_id, seen, **alone).verdict  # type: ignore[arg-type]


def test_a_missing_table_is_a_loss_not_a_gap() -> None:
    """A restore that did not even create the table has failed."""
    absent = LedgerRows({"audit_log": Scan("audit_log", {})}, ("audit_log",))
    assert (
        "audit_log: 100 of 100 owed rows lost (the table does not exist)"
        == judged("audit_log_complete", absent).summary
    )


@pytest.mark.parametrize("check_id", ROW_CHECKS)
def test_groups_that_were_not_explained_never_pass(check_id: str) -> None:
    """A group that differs in an unknown way is a gap in every check it could fail."""
    groups = dict(whole().groups)
    rows = LedgerRows({"audit_log": Scan("audit_log", {0: replace(groups[0], digest=99)})})
    with pytest.raises(Unread, match=r"^audit_log: the rows named do not add up to"):
        judged(check_id, rows)


def test_rows_of_a_table_that_nobody_wrote_to_are_unexpected() -> None:
    """An empty ledger owes nothing, and still allows nothing."""
    held = rows_of("audit_log", 1, 50)
    rows = LedgerRows({"audit_log": scan_of("audit_log", held, ledger(), restored())})
    found = judged("audit_log_nothing_unexpected", rows, written=ledger())
    assert Verdict.FAIL is found.verdict
    assert (
        "audit_log: 50 beside the 0 rows that were written"
        " (ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 40 more)"
    ) == found.summary
    assert {"unexpected": ((1, 50),)} == found.rows
    assert 50 == found.counts["unexpected"]


def test_an_empty_table_that_nobody_wrote_to_is_as_it_should_be() -> None:
    """That nothing was added to it is a judgement; that all of nothing came back is none."""
    rows = LedgerRows({table: Scan(table, {}) for table in ("audit_log", "contacts")})
    assert [
        "audit_log: nothing beside the 0 rows that were written",
        "contacts: no row is owed, and none is there",
    ] == [
        judged(check_id, rows, written=ledger()).summary
        for check_id in ("audit_log_nothing_unexpected", "contacts_rows")
    ]
    with pytest.raises(NotApplicable, match=r"^audit_log: no row is owed$"):
        judged("audit_log_complete", rows, written=ledger())


@pytest.mark.parametrize("check_id", [*ROW_CHECKS, "contacts_rows"])
def test_a_missing_table_of_which_nothing_is_owed_is_not_judged(check_id: str) -> None:
    """It is neither complete nor without strangers: it is not there, and that is said."""
    table = check_id.partition("_rows")[0] if check_id == "contacts_rows" else "audit_log"
    rows = LedgerRows({table: Scan(table, {})}, (table,))
    with pytest.raises(
        NotApplicable, match=rf"^{table}: the table does not exist, and no row of it is owed$"
    ):
        judged(check_id, rows, written=ledger())


@pytest.mark.parametrize("check_id", [*ROW_CHECKS, "contacts_rows"])
def test_a_table_that_was_not_scanned_is_not_judged(check_id: str) -> None:
    """Evidence of a version that scanned only what was written to says nothing about the rest."""
    with pytest.raises(Unread, match=r"^(audit_log|contacts) was not read$"):
        judged(check_id, LedgerRows({}), written=ledger())


def test_rows_without_a_number_are_unexpected() -> None:
    """A table that lost its key may hold rows that cannot be named; they are counted."""
    rows = LedgerRows({"audit_log": replace(whole(), unnumbered=3)})
    assert (
        "audit_log: 3 beside the 100 rows that were written, 3 of them without an id"
        == judged("audit_log_nothing_unexpected", rows).summary
    )


def test_every_ledger_table_has_a_check_that_claims_its_rows() -> None:
    """A table that is added to the list gets its check by that alone."""
    claimed = [table for check in CHECKS.values() for table in check.claims]
    assert sorted(SOURCES) == sorted(claimed)
    added = ledger_tables.checks_of(["orders", "invoices"])
    assert [("contacts_rows", "contacts"), ("credentials_rows", "credentials")] == [
        (check.id, *check.claims)
        for check in CHECKS.values()
        if check.id.endswith("_rows") and check.claims
    ]
    assert ["orders_rows", "invoices_rows"] == [check.id for check in added]
    assert [("postgres", ("invoices",))] == [(c.store, c.claims) for c in added[-1:]]


def test_the_rows_of_an_added_table_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is owed of it and lost fails its check."""
    invoices = replace(CONTACTS, table="invoices", relation="public.invoices")
    monkeypatch.setitem(SOURCES, "invoices", invoices)
    monkeypatch.setattr(_accounts, "sources", lambda _: SOURCES)
    check = ledger_tables.checks_of(SOURCES)[-1]
    after = Observations()
    after.put(LedgerRows({"invoices": Scan("invoices", {})}))
    written = ledger(attempt("invoices", 1, 300))
    found = check.judge(check, our_case(written, restored(), Observations(), after))
    assert ("invoices_rows", Verdict.FAIL, {"lost": ((1, 300),)}) == (
        found.check,
        found.verdict,
        found.rows,
    )


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
