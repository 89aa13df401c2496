"""The drill as a whole: the hub, the procedure, the disaster, the backups, the objectives."""

from dataclasses import replace

from ledger_samples import AFTER_THE_CUT, attempt, ledger, rows_of, scan_of

from harness.core.case import Case, Objectives
from harness.core.history import (
    Artefact,
    BackedUpAgain,
    DisasterProof,
    History,
    Migrated,
    Restoration,
    StepFailure,
    StepRecord,
)
from harness.observations.backups import BackupsKept
from harness.observations.hub import HubHealth
from harness.observations.ledger_rows import LedgerRows
from literal_cases.form import Literal, case

WELL = HubHealth(
    running=True,
    services={"postgres": "ok", "nats": "ok", "vault": "ok"},
    status="ok",
    http_status=200,
    stores={"postgres": "", "nats": ""},
    asks_anew=True,
    met_in_nats=True,
)
STRUCK = DisasterProof("lose_volume", "postgres", 9, 900, 0, 0, False, 21.0, 22.0)
BACKED_UP = Artefact("nightly", "postgres", "pg_dump", "nightly/postgres", 2, 9, "", "", 9.0, 11.0)
OLDER = replace(BACKED_UP, backup="older", path="older/postgres")
RESTORED = Restoration("nightly", "postgres", "pg_dump", 10.0, 30.0, 40.0)
AGAIN = BackedUpAgain("next", "postgres", "pg_dump")
MIGRATED = Migrated("next.sql", 9, 40, {"app.settings": "2 altered"}, ("app.settings",))
STEP = StepRecord("restore", "restore nightly", 7, 12.0, 14.0)
LOST = History(
    artefacts=[BACKED_UP],
    disasters=[STRUCK],
    restorations=[RESTORED],
    ready_seconds={"postgres": 40.0, "hub": 42.0},
)
WRITTEN = ledger(
    attempt("audit_log", 1, 10), attempt("audit_log", 11, 12, ended_seconds=AFTER_THE_CUT)
)
NO_HARNESS = "the drill's own history tells it; there is no observation that could fail"


def objective(history: History = LOST, *, present: int = 10, **demanded: float) -> Case:
    """Return a case in which the first rows of audit_log came back."""
    rows = scan_of("audit_log", rows_of("audit_log", 1, present), WRITTEN, history)
    rpo = {"postgres": demanded["rpo"]} if "rpo" in demanded else {}
    aims = Objectives(demanded.get("rto"), rpo, {"nightly": 60.0})
    seen = (LedgerRows({"audit_log": rows}),) if rpo else ()
    return case(*seen, written=WRITTEN, history=history, objectives=aims)


def aged(**seconds: float) -> Case:
    """Return a case of adopted backups, each so old, where a day is allowed."""
    adopted = [replace(BACKED_UP, backup=name, age_seconds=age) for name, age in seconds.items()]
    return case(history=History(artefacts=adopted), objectives=Objectives(age_seconds=86_400.0))


LITERALS = {
    "hub_healthy": Literal(
        fails=case(
            replace(
                WELL,
                services={"postgres": "ok", "vault": "sealed"},
                reasons={"vault": "no key"},
                stores={"postgres": "refused", "nats": ""},
            )
        ),
        alarm="hub: 1 of 2 services are not ok (namely vault); 2 in doubt (namely nats, postgres)",
        counts={"services": 2, "not_ok": 1, "missing": 1, "doubted": 2},
        names=("vault", "nats", "postgres"),
        holds=case(replace(WELL, asks_anew=False, met_in_nats=False)),
        because="a hub of the user's own need not ask NATS anew for every answer",
        all_clear="hub: 3 of 3 services are ok;"
        " whether it reaches nats itself cannot be verified for this hub",
    ),
    "procedure_completed": Literal(
        fails=case(
            history=History(
                steps=[STEP], failures=[StepFailure("restore nightly", "nats", "tar: status 2")]
            )
        ),
        alarm="procedure: 1 steps failed (first restore nightly)",
        names=("restore nightly: nats",),
        holds=case(history=History(steps=[replace(STEP, detail="1 error in the log")])),
        because="a step that was carried out may tell of errors",
        all_clear="procedure: all 1 steps were carried out",
        unread=case(history=History(steps=[STEP]), failure="the engine is gone"),
    ),
    "restore_without_errors": Literal(
        fails=case(history=History(restorations=[replace(RESTORED, said="psql:7: ERROR:  no")])),
        alarm="restore: 1 error messages, though it went on",
        holds=case(
            history=History(restorations=[replace(RESTORED, said="NOTICE: errors, skipping")])
        ),
        because="a notice may speak of errors",
        all_clear="restore: 1 stores came back without an error message",
        unread=NO_HARNESS,
    ),
    "migration_keeps_rows": Literal(
        fails=case(history=History(migrated=[replace(MIGRATED, allowed=("app.other",))])),
        alarm="migration: rows of 1 of 9 tables changed (namely app.settings)",
        counts={"tables": 9, "changed": 1},
        names=("app.settings",),
        holds=case(history=History(migrated=[MIGRATED])),
        because="a migration may change what its step says that it does",
        all_clear="migration next.sql: all 40 rows of 9 tables are as they were restored, but for"
        " what it may change",
        unread=NO_HARNESS,
    ),
    "next_backup": Literal(
        fails=case(history=History(again=[AGAIN, replace(AGAIN, wrong="it left nothing")])),
        alarm="next backup: 1 of 2 taken after a restore could not be restored from",
        counts={"taken": 2, "wrong": 1},
        names=("next/postgres: it left nothing",),
        holds=case(history=History(again=[AGAIN])),
        because="a store that was restored is backed up as it was before",
        all_clear="next backup: 1 of 1 taken after a restore could be restored from (postgres by"
        " pg_dump)",
        unread=NO_HARNESS,
    ),
    "disaster_proven": Literal(
        fails=case(history=History(disasters=[STRUCK, replace(STRUCK, entries_after=1)])),
        alarm="disaster: 1 doubts that the data was gone (namely postgres: 1 entries left)",
        names=("postgres: 1 entries left",),
        holds=case(history=History(disasters=[replace(STRUCK, bytes_before=0)])),
        because="files without a byte are entries too",
        all_clear="disaster: 1 of 1 volumes were emptied of 9 entries, and no server answered",
        unread=NO_HARNESS,
    ),
    "backups_kept": Literal(
        fails=case(
            BackupsKept(True, {"older/postgres": 2, "nightly/postgres": 1}),
            history=History(artefacts=[OLDER, BACKED_UP]),
        ),
        alarm="backups: the newest backups of 1 of 1 stores are gone (namely nightly/postgres)",
        counts={"newest": 1, "gone": 1},
        names=("nightly/postgres",),
        holds=case(
            BackupsKept(True, {"nightly/postgres": 2}),
            history=History(artefacts=[OLDER, BACKED_UP]),
        ),
        because="an older backup may go",
        all_clear="backups: the newest of 1 stores are all there",
    ),
    "backup_age": Literal(
        fails=aged(day_old=86_401.0, fresh=60.0),
        alarm="age: 1 of 2 backups are too old (namely day_old/postgres)",
        counts={"backups": 2, "old": 1},
        names=("day_old/postgres",),
        holds=aged(day_old=86_400.0),
        because="as old as is allowed is not too old",
        all_clear="age: the oldest is 24.0 h old, of 24.0 h",
        unread=aged(),
    ),
    "rto": Literal(
        fails=objective(rto=15.0),
        alarm="RTO: back in 20.0 s, 5.0 s over the objective",
        holds=objective(rto=20.0),
        because="back at the last moment is back in time",
        all_clear="RTO: back in 20.0 s of 20 s",
        unread=objective(replace(LOST, ready_seconds={"postgres": 40.0}), rto=60.0),
    ),
    "rpo": Literal(
        fails=objective(present=9, rpo=3600.0),
        alarm="RPO: postgres 16.0 s and 3 rows (1 owed), at most 62.0 s by schedule, of 3600 s",
        counts={"lost": 1, "gone": 2},
        names=("postgres",),
        holds=objective(rpo=62.0),
        because="what was written after the backup may be lost, as far as the objective allows",
        all_clear="RPO: postgres 1.0 s and 2 rows (0 owed), at most 62.0 s by schedule, of 62 s",
    ),
}
