"""Rows beside the ledger, sequences, and what the database says of itself."""

from dataclasses import replace

from ledger_samples import RESTORED

from harness.core.history import History
from harness.core.ledger import Vector
from harness.observations.postgres_catalog import Catalog, SequenceState
from harness.observations.postgres_integrity import IndexCount, Integrity, Orphans
from harness.observations.postgres_tables import TableContents, Tables
from literal_cases.form import Literal, case

NOTES = TableContents("table", ("id",), {1: Vector(2, 66, 500), 2: Vector(1, 2, 70)})
DRAFTS = replace(NOTES, kind="unlogged table")
COUNTS = TableContents("materialized view", (), {0: Vector(3, 0, 9)}, {0: Vector(4, 0, 11)})
DUMPED = History(restorations=[replace(RESTORED, method="pg_dump")])
SEQUENCE = "public.audit_log_id_seq"
NOT_VALID = "public.notes: notes_contact_fkey"
ORPHAN = Orphans(1, ("7",), {"7": 1})
STALE = "public.contacts.search_name"
STALE_THEN = Integrity(stale={STALE: 1, "old": 1}, stale_rows={STALE: ORPHAN, "old": ORPHAN})


def _sequence(state: SequenceState) -> Catalog:
    return Catalog({}, {SEQUENCE: state})


LITERALS = {
    "table_rows": Literal(
        fails=case(
            Tables(
                {"public.it": replace(NOTES, groups={1: Vector(1, 1, 430), 2: NOTES.groups[2]})}
            ),
            before=(Tables({"public.it": NOTES}),),
        ),
        alarm="tables: 1 of 1 hold other rows (public.it)",
        counts={"tables": 1, "differing": 1, "rows": 3, "lost": 1, "unexpected": 0, "altered": 0},
        names=("public.it",),
        holds=case(
            Tables({"public.it": replace(NOTES, key=(), groups={0: Vector(3, 0, 570)})}),
            before=(Tables({"public.it": NOTES}),),
        ),
        because="a table that lost its primary key holds the same rows",
        all_clear="tables: all 3 rows of 1 came back as they were",
    ),
    "unlogged_table_rows": Literal(
        fails=case(
            Tables({"public.it": replace(DRAFTS, groups={})}),
            before=(Tables({"public.it": DRAFTS}),),
        ),
        alarm="unlogged tables: 1 of 1 hold other rows (public.it)",
        counts={"tables": 1, "differing": 1, "rows": 3, "lost": 3, "unexpected": 0, "altered": 0},
        names=("public.it",),
        holds=case(
            Tables({"public.it": replace(DRAFTS, kind="table")}),
            before=(Tables({"public.it": DRAFTS}),),
        ),
        because="being logged is a property of the table, not of its rows",
        all_clear="unlogged tables: all 3 rows of 1 came back as they were",
    ),
    "matview_rows": Literal(
        fails=case(
            Tables({"public.it": replace(COUNTS, groups={0: Vector(5, 0, 13)})}),
            before=(Tables({"public.it": COUNTS}),),
            history=DUMPED,
        ),
        alarm="materialized views: 1 of 1 hold other rows (public.it)",
        counts={"tables": 1, "differing": 1, "rows": 3, "lost": 0, "unexpected": 2, "altered": 0},
        names=("public.it",),
        holds=case(
            Tables({"public.it": replace(COUNTS, groups={0: Vector(4, 0, 11)})}),
            before=(Tables({"public.it": COUNTS}),),
            history=DUMPED,
        ),
        because="a dump holds its query only, which now gives what the view shows",
        all_clear="materialized views: all 3 rows of 1 came back as they were",
    ),
    "sequence_states": Literal(
        fails=case(
            _sequence(SequenceState(100, False, 1, 100)),
            before=(_sequence(SequenceState(100, True, 1, 100)),),
        ),
        alarm=f"sequences: 1 of 1 would give a value again ({SEQUENCE})",
        counts={"sequences": 1, "behind": 1},
        names=("public.audit_log_id_seq",),
        holds=case(
            _sequence(SequenceState(132, True, 1, 100)),
            before=(_sequence(SequenceState(100, True, 1, 100)),),
        ),
        because="a recovery skips what the server had logged ahead",
        all_clear="sequences: all 1 go on after the values they had given",
    ),
    "foreign_keys_hold": Literal(
        fails=case(
            Integrity({NOT_VALID: Orphans(2, ("7", "8"), {"7": 1, "8": 1}), "old": ORPHAN}),
            before=(Integrity({NOT_VALID: ORPHAN, "old": ORPHAN}),),
        ),
        alarm=f"foreign keys: 1 of 2 are broken ({NOT_VALID})",
        counts={"foreign_keys": 2, "broken": 1, "as_before": 1, "rows": 2},
        names=("public.notes: notes_contact_fkey",),
        holds=case(
            Integrity({NOT_VALID: ORPHAN, "public.a: fk": Orphans(0)}),
            before=(Integrity({NOT_VALID: ORPHAN}),),
        ),
        because="a key that is NOT VALID had the same orphan at the backup",
        all_clear="foreign keys: 1 of 2 hold for every row; 1 did not at the backup either",
    ),
    "generated_columns_recompute": Literal(
        fails=case(
            Integrity(
                stale={STALE: 2, "old": 1},
                stale_rows={STALE: Orphans(2, (), {"7": 1, "8": 1}), "old": ORPHAN},
            ),
            before=(STALE_THEN,),
        ),
        alarm=f"generated columns: 1 of 2 hold stale values ({STALE})",
        counts={"columns": 2, "stale": 1, "as_before": 1, "rows": 2},
        names=("public.contacts.search_name",),
        holds=case(STALE_THEN, before=(STALE_THEN,)),
        because="the same rows were stale at the backup: the function was changed before",
        all_clear="generated columns: 0 of 2 are what their expression gives;"
        " 2 stale at the backup too",
    ),
    "indexes_agree": Literal(
        fails=case(
            Integrity(
                index_counts={"public.a_pkey": IndexCount(6, 7), "public.b": IndexCount(7, 7)},
                invalid_indexes=("public.old", "public.new"),
            ),
            before=(Integrity(invalid_indexes=("public.old",)),),
        ),
        alarm="indexes: 2 of 3 do not lead to every row (public.a_pkey, public.new)",
        counts={"indexes": 3, "disagreeing": 2, "unforced": 0},
        names=("public.a_pkey", "public.new"),
        holds=case(
            Integrity(
                index_counts={"public.a_pkey": IndexCount(7, 7)}, invalid_indexes=("public.old",)
            ),
            before=(Integrity(invalid_indexes=("public.old",)),),
        ),
        because="the index was invalid at the backup",
        all_clear="indexes: all 1 lead to the rows that a scan finds",
    ),
}
