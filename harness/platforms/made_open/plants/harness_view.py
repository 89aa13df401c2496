"""What the harness itself saw and demands: objectives missed, nothing done, nothing read."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from harness.checks import checks_of
from harness.core.case import Case
from harness.core.history import BackedUpAgain, History, Migrated, StepFailure
from harness.core.observation import Observations
from harness.core.proof import Aim
from harness.observations.backups import BackupsKept
from harness.observations.cache import CacheEntries, CacheServer
from harness.observations.hub import HubHealth
from harness.observations.ledger_rows import LedgerRows
from harness.observations.postgres_behaviour import Behaviour
from harness.observations.postgres_catalog import Catalog
from harness.observations.postgres_integrity import Integrity
from harness.observations.postgres_tables import Tables
from harness.observations.search import SearchIndexes
from harness.observations.streams import StreamLive, StreamRows
from harness.platform.scan import Scan
from harness.platforms.made_open.observations import (
    CacheFreshness,
    CacheRepopulates,
    Credentials,
    SearchDocuments,
)
from harness.platforms.made_open.plants.streams import asking
from harness.prove.plant import Plant, Tamper, by_sql
from harness.scenario.platform_file import made_open

_CHECKS = checks_of(made_open())

_LEDGER = (
    "audit_log_complete",
    "audit_log_unaltered",
    "audit_log_unduplicated",
    "audit_log_in_order",
    "audit_log_nothing_unexpected",
    "contacts_rows",
    "credentials_rows",
)
_BEHAVIOUR = (
    "audit_log_append_only",
    "audit_log_writable",
    "sequences_advance",
    "tenant_isolation",
    "roles_log_in",
    "functions_callable",
)
_STREAMS = (
    "stream_messages",
    "stream_timestamps",
    "stream_config",
    "consumers_present",
    "consumer_floors",
)
_CATALOGUE = tuple(
    check.id
    for check in _CHECKS.values()
    if check.id.startswith(("schema_", "server_"))
    or check.id in ("large_objects", "sequence_states")
)

READ_AFTER: dict[type, tuple[str, ...]] = {
    LedgerRows: _LEDGER,
    Behaviour: _BEHAVIOUR,
    Catalog: _CATALOGUE,
    Tables: ("table_rows", "unlogged_table_rows", "matview_rows"),
    Integrity: ("foreign_keys_hold", "generated_columns_recompute", "indexes_agree"),
    Credentials: ("credentials_decrypt",),
    StreamRows: _STREAMS,
    StreamLive: ("stream_live",),
    CacheEntries: ("cache_entries", "cache_nothing_unexpected"),
    CacheServer: ("cache_server",),
    CacheFreshness: ("cache_fresh",),
    CacheRepopulates: ("cache_repopulates",),
    HubHealth: ("hub_healthy",),
    BackupsKept: ("backups_kept",),
    SearchIndexes: ("search_settings", "search_keys", "search_indexes", "search_server"),
    SearchDocuments: ("search_documents", "search_finds"),
}
"""Which checks need an observation of what came back."""

READ_BEFORE: dict[type, tuple[str, ...]] = {
    Catalog: _CATALOGUE,
    Tables: ("table_rows", "unlogged_table_rows", "matview_rows"),
    StreamRows: ("stream_timestamps", "stream_config", "consumers_present", "consumer_floors"),
    CacheEntries: ("cache_entries", "cache_nothing_unexpected"),
    CacheServer: ("cache_server",),
}
"""Which checks need an observation of the backup."""

EMPTY: tuple[tuple[object, tuple[str, ...]], ...] = (
    # With no row there, none is altered or out of order.
    (
        LedgerRows({table: Scan(table, {}) for table in ("contacts", "credentials", "audit_log")}),
        ("audit_log_complete", "contacts_rows", "credentials_rows"),
    ),
    (
        LedgerRows({}),
        (
            "audit_log_unaltered",
            "audit_log_unduplicated",
            "audit_log_in_order",
            "audit_log_nothing_unexpected",
        ),
    ),
    (
        Behaviour(),
        ("audit_log_append_only", "audit_log_writable", "roles_log_in", "tenant_isolation"),
    ),
    (Catalog(), _CATALOGUE),
    (Credentials(key_present=True, tried=0), ("credentials_decrypt",)),
    (Tables(), ("table_rows", "unlogged_table_rows", "matview_rows")),
    # Of no message no stamp, and of no consumer no place, can be another.
    (
        StreamRows(Scan("events", {})),
        ("stream_messages", "stream_config", "consumers_present"),
    ),
    (StreamLive(accepted=False, delivered=False), ("stream_live",)),
    (CacheEntries(0, 0), ("cache_entries", "cache_nothing_unexpected")),
    (CacheServer(), ("cache_server",)),
    (CacheFreshness(), ("cache_fresh",)),
    (CacheRepopulates(), ("cache_repopulates",)),
    (HubHealth(running=True), ("hub_healthy",)),
    (BackupsKept(directory_present=True), ("backups_kept",)),
)
"""What each probe would return that sees nothing, and the checks that must not pass then."""


def _with_history(change: Callable[[History], None]) -> Tamper:
    def tamper(case: Case) -> Case:
        history = deepcopy(case.history)
        change(history)
        return replace(case, history=history)

    return tamper


def _unread(kind: type, *, before: bool = False) -> Tamper:
    def tamper(case: Case) -> Case:
        seen = Observations()
        seen.update(case.before if before else case.after)
        seen.put_unread(kind, "nobody looked")
        return replace(case, before=seen) if before else replace(case, after=seen)

    return tamper


def _empty(observation: object) -> Tamper:
    def tamper(case: Case) -> Case:
        seen = Observations()
        seen.update(case.after)
        seen.put(observation)
        return replace(case, after=seen)

    return tamper


def _demanding(*, rto_seconds: float | None = None, **rpo_seconds: float) -> Tamper:
    def tamper(case: Case) -> Case:
        objectives = replace(
            case.objectives,
            rto_seconds=rto_seconds or case.objectives.rto_seconds,
            rpo_seconds=rpo_seconds,
        )
        return replace(case, objectives=objectives)

    return tamper


def _old(case: Case) -> Case:
    history = deepcopy(case.history)
    history.artefacts[0] = replace(history.artefacts[0], age_seconds=7200.0)
    return replace(case, history=history, objectives=replace(case.objectives, age_seconds=3600.0))


def _late(history: History) -> None:
    history.ready_seconds["hub"] += 3600


def _never_well(history: History) -> None:
    del history.ready_seconds["hub"]


def _disaster(**changes: Any) -> Tamper:
    def change(history: History) -> None:
        history.disasters[0] = replace(history.disasters[0], **changes)

    return _with_history(change)


def _failed(history: History) -> None:
    history.failures.append(StepFailure("restore nightly", "postgres", "it ended with status 1"))


def _backed_up_to_nothing(history: History) -> None:
    history.again.append(BackedUpAgain("next", "postgres", "pg_dump", "it left nothing"))


def _migrated(history: History) -> None:
    history.migrated.append(Migrated("next", 9, 40, {"public.tenants": "4 altered"}))


def _nothing_done(history: History) -> None:
    history.steps.clear()


def _said(history: History) -> None:
    history.restorations[0] = replace(
        history.restorations[0], said="psql:<stdin>:7: ERROR:  relation does not exist"
    )


def _past_its_target(history: History) -> None:
    at = next(n for n, r in enumerate(history.restorations) if r.store == "postgres")
    history.restorations[at] = replace(history.restorations[at], target="lunch", cut_seconds=0.0)


def _view(name: str, check: str, tamper: Tamper, *also: str) -> Plant:
    return Plant(f"harness: {name}", _CHECKS[check].store, check, tamper=tamper, companions=also)


def _plants() -> Iterator[Plant]:
    yield _view("an RTO of a moment", "rto", _demanding(rto_seconds=1e-6))
    yield _view("an old backup from elsewhere", "backup_age", _old)
    yield _view("a hub that is well an hour later", "rto", _with_history(_late))
    for store, damage in (
        ("postgres", by_sql("DELETE FROM public.audit_log WHERE id < 50")),
        ("nats", asking(lambda js: js.ask("STREAM.MSG.DELETE.EVENTS", {"seq": 3}))),
    ):
        yield Plant(
            f"harness: owed rows of {store} lost, with an RPO",
            "platform",
            "rpo",
            damage,
            _demanding(**{store: 1e-6}),
            companions=("audit_log_complete", "stream_messages"),
            needs=(store,),
        )
    yield _view(
        "a disaster that left entries", "disaster_proven", _disaster(entries_after=3), "rto", "rpo"
    )
    yield _view("a disaster of an empty volume", "disaster_proven", _disaster(entries_before=0))
    yield _view(
        "a disaster that the server outlived", "disaster_proven", _disaster(answered_after=True)
    )
    yield _view("a next backup that is none", "next_backup", _with_history(_backed_up_to_nothing))
    yield _view("a migration that changed rows", "migration_keeps_rows", _with_history(_migrated))
    yield _view("a step that failed", "procedure_completed", _with_history(_failed))
    yield _view("errors told by the restore", "restore_without_errors", _with_history(_said))
    yield _view(
        "a recovery past its target",
        "recovery_target_exact",
        _with_history(_past_its_target),
        "stores_agree",
        "rpo",
    )
    yield _view_unread("no step played", "procedure_completed", _with_history(_nothing_done))
    yield _view_unread("a hub that was never well", "rto", _with_history(_never_well))
    for kind, checks in READ_AFTER.items():
        for check in checks:
            yield _view_unread(f"{kind.__name__} unread, {check}", check, _unread(kind))
    for kind, checks in READ_BEFORE.items():
        for check in checks:
            yield _view_unread(
                f"{kind.__name__} unread at the backup, {check}", check, _unread(kind, before=True)
            )
    for observation, checks in EMPTY:
        kind = type(observation)
        for check in checks:
            yield replace(
                _view(f"{kind.__name__} empty, {check}", check, _empty(observation)),
                aim=Aim.EMPTY,
            )


def _view_unread(name: str, check: str, tamper: Tamper) -> Plant:
    return replace(_view(name, check, tamper), aim=Aim.UNREAD)


PLANTS = list(_plants())
