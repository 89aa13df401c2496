"""Rows of the ledger: lost, altered, doubled, moved, added, past a target, and no longer opened."""

from dataclasses import replace

from ledger_samples import (
    AFTER_THE_CUT,
    RESTORED,
    Held,
    attempt,
    ledger,
    restored,
    rows_of,
    scan_of,
)

from harness.core.case import Case
from harness.core.history import History
from harness.core.ledger import Ledger, Outcome
from harness.observations.ledger_rows import LedgerRows
from harness.observations.streams import StreamRows
from harness.platforms.made_open.observations import Credentials
from harness.platforms.made_open.rows import AUDIT_LOG
from literal_cases.form import Literal, case


def written(table: str) -> Ledger:
    """Return a ledger in which 1 to 10 are owed, 11 and 12 may be there, 13 and 14 may be gone."""
    return ledger(
        attempt(table, 1, 10),
        attempt(table, 11, 12, Outcome.INDETERMINATE),
        attempt(table, 13, 14, ended_seconds=AFTER_THE_CUT),
    )


def holding(table: str, held: Held, history: History | None = None) -> Case:
    """Return a case in which a table holds these rows after a restore."""
    past, tried = history or restored(), written(table)
    rows = LedgerRows({table: scan_of(table, held, tried, past)})
    return case(rows, written=tried, history=past)


def counts(**found: int) -> dict[str, int]:
    """Return the counts of a table's account."""
    kinds = ("lost", "altered", "duplicated", "reordered", "unexpected", "survived", "recovered")
    return {"owed": 10} | dict.fromkeys(kinds, 0) | {"gone": 2} | found


AUDIT = AUDIT_LOG.table
OWED = rows_of(AUDIT, 1, 10)
FIRST_BODY, SECOND_BODY = AUDIT_LOG.bodies([text for _, text in OWED[:2]])
ALLOWED = "; 2 at-risk rows survived; 2 unacknowledged rows recovered"
MORE_THAN_OWED = "what nobody was told of, or the backup did not promise, may be there"
WITH_ALL_THAT_MAY_BE = holding(AUDIT, rows_of(AUDIT, 1, 14))

AUDIT_LITERALS = {
    "audit_log_complete": Literal(
        fails=holding(AUDIT, [row for row in OWED if row[0] not in (3, 7)]),
        alarm="audit_log: 2 of 10 owed rows lost (ids 3, 7)",
        counts=counts(lost=2),
        names=("3", "7"),
        holds=holding(AUDIT, OWED),
        because="rows that were written after the backup are gone",
        all_clear="audit_log: all 10 owed rows present; 2 at-risk rows gone, as the backup allows",
    ),
    "audit_log_unaltered": Literal(
        fails=holding(AUDIT, [(1, f"1\t{FIRST_BODY} "), *OWED[1:]]),
        alarm="audit_log: 1 of 10 rows altered (id 1)",
        counts=counts(altered=1),
        names=("1",),
        holds=WITH_ALL_THAT_MAY_BE,
        because=MORE_THAN_OWED,
        all_clear="audit_log: all 14 rows as they were written",
    ),
    "audit_log_unduplicated": Literal(
        fails=holding(AUDIT, [*OWED, OWED[4]]),
        alarm="audit_log: 1 of 10 rows there more than once (id 5)",
        counts=counts(duplicated=1),
        names=("5",),
        holds=WITH_ALL_THAT_MAY_BE,
        because=MORE_THAN_OWED,
        all_clear="audit_log: each of 14 rows there once",
    ),
    "audit_log_in_order": Literal(
        fails=holding(AUDIT, [(1, f"1\t{SECOND_BODY}"), (2, f"2\t{FIRST_BODY}"), *OWED[2:]]),
        alarm="audit_log: 2 of 10 rows hold the contents of another (ids 1, 2)",
        counts=counts(reordered=2),
        names=("1", "2"),
        holds=holding(AUDIT, [row for row in OWED if row[0] != 3]),
        because="a row that is lost leaves its neighbours in their places",
        all_clear="audit_log: all 9 rows under their own ids",
    ),
    "audit_log_nothing_unexpected": Literal(
        fails=holding(AUDIT, [*OWED, *rows_of(AUDIT, 15, 16)]),
        alarm="audit_log: 2 beside the 10 rows that were written (ids 15, 16)",
        counts=counts(unexpected=2),
        names=("15", "16"),
        holds=WITH_ALL_THAT_MAY_BE,
        because=MORE_THAN_OWED,
        all_clear="audit_log: nothing beside the 14 rows that were written",
    ),
}


def _rows_check(table: str) -> Literal:
    held = rows_of(table, 1, 10)
    return Literal(
        fails=holding(table, [*held[1:], held[4], *rows_of(table, 15, 15)]),
        alarm=f"{table}: 1 of 10 owed rows lost (id 1); 1 of 9 rows there more than once (id 5);"
        " 1 beside the 9 rows that were written (id 15)",
        counts=counts(lost=1, duplicated=1, unexpected=1),
        names=("1", "5", "15"),
        holds=holding(table, rows_of(table, 1, 14)),
        because=MORE_THAN_OWED,
        all_clear=f"{table}: all 10 owed rows present, unaltered, each once{ALLOWED}",
    )


RECOVERED = History(restorations=[replace(RESTORED, target="mark before_mistake")])
SEALED = ledger(attempt("credentials", 1, 10))

# The row is acknowledged at 5 s and the event at 7 s; the other row and event at 20 s.
TWO_STORES = ledger(
    attempt(AUDIT, 1, 10),
    attempt("events", 1, 3, ended_seconds=7.0),
    attempt(AUDIT, 11, 12, ended_seconds=20.0),
    attempt("events", 4, 5, ended_seconds=21.5),
)


def two_stores(rows: int, events: int) -> Case:
    """Return a case in which PostgreSQL went back to 10 s; the first rows and events are there."""
    past = restored()
    seen = (
        LedgerRows({AUDIT: scan_of(AUDIT, rows_of(AUDIT, 1, rows), TWO_STORES, past)}),
        StreamRows(scan_of("events", rows_of("events", 1, events), TWO_STORES, past)),
    )
    return case(*seen, written=TWO_STORES, history=past)


LITERALS = {
    **AUDIT_LITERALS,
    "contacts_rows": _rows_check("contacts"),
    "credentials_rows": _rows_check("credentials"),
    "recovery_target_exact": Literal(
        fails=holding(AUDIT, [*OWED, *rows_of(AUDIT, 13, 13)], RECOVERED),
        alarm="recovery to mark before_mistake: 1 of 2 later rows are there (audit_log 13)",
        counts={"later": 2, "present": 1},
        names=("audit_log 13",),
        holds=holding(AUDIT, rows_of(AUDIT, 1, 12), RECOVERED),
        because="what was never acknowledged may be there",
        all_clear="recovery to mark before_mistake: none of 2 later rows is there",
    ),
    "credentials_decrypt": Literal(
        fails=case(Credentials(True, 10, [3], [4, 5]), written=SEALED),
        alarm="credentials: 1 of 10 do not open (id 3); 2 of 10 open to another secret (ids 4, 5)",
        counts={"tried": 10, "unopened": 1, "wrong": 2},
        names=("3", "4", "5"),
        holds=case(Credentials(True, 9), written=SEALED),
        because="a row that is lost cannot be opened, which the check of rows says",
        all_clear="credentials: all 9 open to their own secrets",
    ),
    "stores_agree": Literal(
        fails=two_stores(rows=10, events=5),
        alarm="stores: 2 events are up to 1.5 s newer than rows that are gone",
        counts={"events_ahead": 2},
        holds=two_stores(rows=10, events=3),
        because="the events that are there were acknowledged before the rows that are gone",
        all_clear="stores: no surviving event is newer than a row that was left out",
    ),
}
