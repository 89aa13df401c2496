"""What a backup left, damaged and then restored from; restores that bring back something else."""

import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.core.progress import Unwatched
from harness.drill.shelf import Shelf
from harness.drill.timeline import Timeline
from harness.prove.plant import Damage, Plant
from harness.prove.workshop import Clone
from harness.scenario import steps

Spoil = Callable[[Clone, Shelf], object]
_DUMP, _GLOBALS, _ARCHIVE = "backup.sql", "globals.sql", "data.tar.gz"


def _restored(store: str, spoil: Spoil, backup: str = "nightly") -> Damage:
    """Return a damage: the artefact spoilt, and the store brought back from it."""

    def inflict(clone: Clone) -> None:
        shelf = clone.shelf()
        spoil(clone, shelf)
        restore = steps.Restore(0, backup, (store,))
        Timeline(clone.site, Unwatched(), shelf).play([restore])
        for store_ in clone.running:
            if store_ != "platform" and not clone.site.service(store_).is_running:
                # A restore that failed leaves its store as it is; the operator starts it.
                clone.site.start(store_)

    return inflict


def _damaged(store: str, how: str, file: str = "*", other: str | None = None) -> Spoil:
    def spoil(_: Clone, shelf: Shelf) -> None:
        shelf.damage(steps.Damage(0, "nightly", store, how, file, other))  # type: ignore[arg-type] # `how` is one of its words

    return spoil


def _file(shelf: Shelf, store: str, name: str) -> Path:
    return shelf.keeping.directory("nightly", store) / name


def _emptied(store: str, name: str) -> Spoil:
    return lambda _, shelf: _file(shelf, store, name).write_bytes(b"")


def _removed(store: str, name: str) -> Spoil:
    return lambda _, shelf: _file(shelf, store, name).unlink()


def _rewritten(name: str, change: Callable[[bytes], bytes]) -> Spoil:
    def spoil(_: Clone, shelf: Shelf) -> None:
        path = _file(shelf, "postgres", name)
        before = path.read_bytes()
        after = change(before)
        if after == before:
            raise RuntimeError(f"{name} holds nothing to change")
        path.write_bytes(after)

    return spoil


def _first_audit_row(dump: bytes) -> int:
    """Return where the text of the first audit row begins."""
    return dump.index(b"\n", dump.index(b"COPY public.audit_log ")) + 1


def _bit_flipped(dump: bytes) -> bytes:
    at = dump.index(b"user", _first_audit_row(dump))
    return dump[:at] + bytes([dump[at] ^ 1]) + dump[at + 1 :]


def _row_dropped(dump: bytes) -> bytes:
    at = _first_audit_row(dump)
    return dump[:at] + dump[dump.index(b"\n", at) + 1 :]


def _without(store: str, part: str) -> Spoil:
    """Return a spoiling: every file whose path holds `part` is left out of the archive."""

    def spoil(_: Clone, shelf: Shelf) -> None:
        path = _file(shelf, store, _ARCHIVE)
        kept = path.with_name("kept.tar.gz")
        with tarfile.open(path) as whole, tarfile.open(kept, "w:gz") as partial:
            for member in whole.getmembers():
                if part not in member.name:
                    partial.addfile(member, whole.extractfile(member) if member.isfile() else None)
        kept.replace(path)

    return spoil


def _older_streams(clone: Clone, shelf: Shelf) -> None:
    """Put the earlier backup of the streams in the place of the nightly one."""
    shelf.choices["nightly", "nats"] = shelf.choices["earlier", "nats"]
    nightly = shelf.keeping.directory("nightly", "nats")
    shutil.rmtree(nightly)
    shutil.copytree(shelf.keeping.directory("earlier", "nats"), nightly)
    clone.site.start_clean("nats")


def _cut_streams(clone: Clone, shelf: Shelf) -> None:
    _older_streams(clone, shelf)
    shelf.damage(steps.Damage(0, "nightly", "nats", "truncated", "*.s2"))


def _nothing(_: Clone, __: Shelf) -> None:
    """Spoil nothing."""


def _brought_back_nothing(store: str) -> Damage:
    def inflict(clone: Clone) -> None:
        clone.site.start_clean(store)
        # The restore does not say so.
        clone.site.history.emptied.pop()

    return inflict


def _lost_backups(*paths: str) -> Damage:
    def inflict(clone: Clone) -> None:
        for path in paths:
            shutil.rmtree(clone.site.backups / path)

    return inflict


def _plants() -> Iterator[Plant]:
    anything = ("*",)
    for name, check, store, spoil, also in (
        (
            "dump cut in its middle",
            "schema_constraints",
            "postgres",
            _damaged("postgres", "truncated", _DUMP),
            anything,
        ),
        ("dump empty", "audit_log_complete", "postgres", _emptied("postgres", _DUMP), anything),
        (
            "dump an older one",
            "audit_log_complete",
            "postgres",
            _damaged("postgres", "swapped", _DUMP, "earlier"),
            (
                "contacts_rows",
                "table_rows",
                "matview_rows",
                "sequence*",
                "cache_*",
                "rpo",
                "large_objects",
            ),
        ),
        (
            "dump with a bit flipped",
            "audit_log_unaltered",
            "postgres",
            _rewritten(_DUMP, _bit_flipped),
            ("rpo",),
        ),
        (
            "dump without a row",
            "audit_log_complete",
            "postgres",
            _rewritten(_DUMP, _row_dropped),
            ("rpo",),
        ),
        (
            "dump not there",
            "procedure_completed",
            "postgres",
            _removed("postgres", _DUMP),
            ("rto",),
        ),
        (
            "dump that a statement of fails",
            "restore_without_errors",
            "postgres",
            _rewritten(_DUMP, lambda dump: dump + b"\nSELECT 1 / 0;\n"),
            (),
        ),
        ("roles not there", "schema_roles", "postgres", _emptied("postgres", _GLOBALS), anything),
        (
            "archive of streams cut",
            "procedure_completed",
            "nats",
            _damaged("nats", "truncated"),
            anything,
        ),
        (
            "archive of streams with a bit flipped",
            "procedure_completed",
            "nats",
            _damaged("nats", "bit_flipped"),
            anything,
        ),
        (
            "archive of streams empty",
            "procedure_completed",
            "nats",
            _emptied("nats", _ARCHIVE),
            anything,
        ),
        (
            "archive of streams not there",
            "procedure_completed",
            "nats",
            _removed("nats", _ARCHIVE),
            anything,
        ),
        (
            "archive without the messages",
            "stream_messages",
            "nats",
            _without("nats", "/EVENTS/msgs"),
            anything,
        ),
        (
            "archive without the consumers",
            "consumers_present",
            "nats",
            _without("nats", "/obs"),
            ("consumer*",),
        ),
        ("archive without a stream", "stream_config", "nats", _without("nats", "/JOBS"), anything),
        ("streams an older backup", "stream_messages", "nats", _older_streams, anything),
        ("backup of streams cut", "procedure_completed", "nats", _cut_streams, anything),
        (
            "archive of the cache cut",
            "procedure_completed",
            "redis",
            _damaged("redis", "truncated"),
            anything,
        ),
        (
            "archive of the cache empty",
            "procedure_completed",
            "redis",
            _emptied("redis", _ARCHIVE),
            anything,
        ),
        (
            "archive without the cache's files",
            "cache_entries",
            "redis",
            _without("redis", "appendonlydir"),
            ("cache_*",),
        ),
    ):
        needs = (store, "platform", *(("postgres",) if store == "redis" else ()))
        yield Plant(
            f"artefact: {name}",
            store,
            check,
            _restored(store, spoil),
            companions=(*also, "backups_kept", "rto"),
            needs=needs,
        )
    for store, check in (
        ("postgres", "audit_log_complete"),
        ("nats", "stream_messages"),
        ("redis", "cache_entries"),
    ):
        needs = (store, *(("postgres",) if store == "redis" else ()))
        yield Plant(
            f"restore: of {store} that brings nothing back",
            store,
            check,
            _brought_back_nothing(store),
            companions=anything,
            needs=needs,
        )
    yield Plant(
        "restore: PostgreSQL to an earlier moment than the streams",
        "platform",
        "stores_agree",
        _restored("postgres", _nothing, "earlier"),
        companions=anything,
        needs=("postgres", "platform"),
    )
    for name, paths in {
        "the newest of one store gone": ("nightly/postgres",),
        "the newest of every store gone": ("nightly",),
        "all of them gone": ("",),
    }.items():
        yield Plant(
            f"backups: {name}",
            "platform",
            "backups_kept",
            _lost_backups(*paths),
            needs=("platform",),
        )


PLANTS = list(_plants())
