"""One entry of the timeline becomes a step, by the verb that is one of its keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.core.history import store_of
from harness.core.paths import from_here
from harness.core.ports import STORES
from harness.scenario.adopting import read_adopt
from harness.scenario.check_part import check_options, check_part, keys
from harness.scenario.kinds import Kinds
from harness.scenario.problem import Loc, Problems, shown, suggestion, unknown, unknown_key
from harness.scenario.scripted import ScriptReader
from harness.scenario.step_form import (
    LATEST,
    STEP_PARTS,
    BackupPart,
    DamagePart,
    DisasterPart,
    MarkPart,
    MigratePart,
    ReadPart,
    RestorePart,
    RetentionPart,
    StartPart,
    StopPart,
    StruckPart,
    WaitPart,
    WhenPart,
    WritePart,
)
from harness.scenario.steps import (
    Backup,
    Damage,
    Disaster,
    Keep,
    MarkMoment,
    Meanwhile,
    MethodChoice,
    Migrate,
    Moment,
    Read,
    Restore,
    RestoreByHand,
    Retention,
    Start,
    Step,
    Stop,
    Wait,
    Write,
)

VERBS = tuple(STEP_PARTS)
METHOD_KEY = "method"


@dataclass(frozen=True, slots=True)
class StepReader:
    """Reads the entries of a timeline; what is wrong with them goes into `problems`."""

    kinds: Kinds
    problems: Problems

    def read(self, raw: Any, loc: Loc) -> Step | None:
        """Return the step, or None after reporting everything wrong with the entry."""
        readers: dict[str | None, Callable[[dict[str, Any], Loc], Step | None]] = {
            "backup": self._backup,
            "adopt": lambda raw, loc: read_adopt(raw, loc, self.problems, self.kinds),
            "write": self._write,
            "migrate": self._migrate,
            "mark": self._mark,
            "damage": self._damage,
            "disaster": self._disaster,
            "restore": self._restore,
            "start": self._start,
            "stop": self._stop,
            "read": self._read,
            "retention": self._retention,
            "wait": self._wait,
        }
        read = readers.get(self._verb(raw, loc))
        return None if read is None else read(raw, loc)

    def _line(self, loc: Loc) -> int:
        return self.problems.line(loc)

    def _verb(self, raw: Any, loc: Loc) -> str | None:
        if not isinstance(raw, dict):
            if not self.problems.has(loc):
                self.problems.add(
                    loc, f"{shown(raw)} is not a step. Write a verb and what it needs: wait: 2s"
                )
            return None
        verbs = [verb for verb in VERBS if verb in raw]
        if len(verbs) > 1:
            self.problems.add(
                loc, f"{len(verbs)} verbs in one step: {', '.join(verbs)}. Write a step for each"
            )
        elif not raw:
            self.problems.add(loc, f"a step without a verb. {suggestion(None, VERBS)}")
        elif not verbs:
            likely = next(
                (key for key in raw if "Did you" in suggestion(key, VERBS)), next(iter(raw))
            )
            self.problems.add((*loc, likely), f"verb {unknown(likely, VERBS)}", at=loc)
        return verbs[0] if len(verbs) == 1 else None

    def _backup(self, raw: dict[str, Any], loc: Loc) -> Backup | None:
        if isinstance(raw["backup"], dict):
            return ScriptReader(self.kinds, self.problems).backup(raw, loc)
        own = {key: value for key, value in raw.items() if key in BackupPart.model_fields}
        part = check_part(BackupPart, own, loc, self.problems, self.kinds)
        choices = [self._choice(raw, key, loc) for key in raw if key not in own]
        if not choices:
            self.problems.add(loc, "the backup names no store. For example: postgres: pg_dump")
        methods = tuple(choice for choice in choices if choice is not None)
        if part is None or not methods or len(methods) < len(choices):
            return None
        during = part.during.counts
        keep = Keep(part.keep.offsite or "", part.keep.encrypt or "") if part.keep else None
        meanwhile = self._meanwhile(part, loc)
        return Backup(self._line(loc), part.backup, methods, during, keep, part.every, meanwhile)

    def _meanwhile(self, part: StruckPart, loc: Loc) -> Meanwhile | None:
        """Return what happens in the middle of a step, after reporting what is wrong with it."""
        if part.breaks_off is not None:
            return Meanwhile(None, part.breaks_off)
        if part.meanwhile is None:
            return None
        here = (*loc, "meanwhile")
        own = {key: value for key, value in part.meanwhile.items() if key in WhenPart.model_fields}
        when = check_part(WhenPart, own, here, self.problems, self.kinds)
        rest = {key: value for key, value in part.meanwhile.items() if key not in own}
        if self._verb(rest, here) not in ("disaster", "write"):
            if not self.problems.has(here):
                said = "only a disaster or a write happens in the middle of a step"
                self.problems.add(here, f"{said}. For example: disaster: kill_server")
            return None
        what = self.read(rest, here)
        if when is None or not isinstance(what, Disaster | Write):
            return None
        if isinstance(what, Write) and what.meanwhile is not None:
            self.problems.add((*here, "meanwhile"), "something happens in the middle already")
        return Meanwhile(what, when.at or "", when.after or 0.0)

    def _choice(self, raw: dict[str, Any], store: str, loc: Loc) -> MethodChoice | None:
        here = (*loc, store)
        value = raw[store]
        if store not in STORES:
            valid_keys = (*keys(BackupPart), *STORES)
            self.problems.add(here, unknown_key(store, valid_keys), at=loc)
            return None
        valid = self.kinds.methods_for(store)
        if self.problems.has(here):
            return None
        place = here
        if not isinstance(value, dict):
            value = {METHOD_KEY: value}
        elif METHOD_KEY in value:
            place = (*here, METHOD_KEY)
        else:
            self.problems.add(here, f"key 'method' is missing. {suggestion(None, valid)}")
            return None
        method = value[METHOD_KEY]
        if method not in valid:
            self._refuse_method(method, store, valid, place)
            return None
        options = {key: item for key, item in value.items() if key != METHOD_KEY}
        checked = check_options(
            self.kinds.methods[method].options,
            options,
            here,
            self.problems,
            self.kinds,
            (METHOD_KEY,),
        )
        return None if checked is None else MethodChoice(store, method, checked)

    def _refuse_method(self, method: Any, store: str, valid: tuple[str, ...], loc: Loc) -> None:
        if self.problems.has(loc):
            return
        if isinstance(method, str) and method in self.kinds.methods:
            text = f"{shown(method)} cannot back up {store}. Valid: {', '.join(valid)}"
        elif isinstance(method, str):
            text = unknown(method, valid)
        else:
            text = f"{shown(method)} is not a backup method. Valid: {', '.join(valid)}"
        self.problems.add(loc, text)

    def _write(self, raw: dict[str, Any], loc: Loc) -> Write | None:
        part = check_part(WritePart, raw, loc, self.problems, self.kinds)
        if part is None:
            return None
        counts = part.write.counts
        if not counts:
            shape = f"{{{next(iter(self.kinds.tables), 'table')}: 200}}"
            self.problems.add((*loc, "write"), f"nothing is written. For example: {shape}")
            return None
        stores = tuple(dict.fromkeys(map(store_of, counts)))
        return Write(self._line(loc), counts, stores, self._meanwhile(part, loc))

    def _migrate(self, raw: dict[str, Any], loc: Loc) -> Migrate | None:
        part = check_part(MigratePart, raw, loc, self.problems, self.kinds)
        if part is None:
            return None
        if part.migrate in self.kinds.platform.migrations:
            scripts: tuple[str, ...] = (self.kinds.platform.migrations[part.migrate],)
        else:
            path = self.kinds.folder / part.migrate
            found = sorted(path.glob("*.sql")) if path.is_dir() else [path]
            scripts = tuple(str(from_here(script)) for script in found)
        return Migrate(self._line(loc), part.migrate, scripts, tuple(part.changes))

    def _mark(self, raw: dict[str, Any], loc: Loc) -> MarkMoment | None:
        part = check_part(MarkPart, raw, loc, self.problems, self.kinds)
        if part is None:
            return None
        if part.mark == LATEST:
            self.problems.add((*loc, "mark"), f"{shown(LATEST)} is no mark. Choose another name")
            return None
        return MarkMoment(self._line(loc), part.mark)

    def _damage(self, raw: dict[str, Any], loc: Loc) -> Damage | None:
        part = check_part(DamagePart, raw, loc, self.problems, self.kinds)
        if part is None:
            return None
        return Damage(self._line(loc), part.damage, part.store, part.how, part.file, part.with_)

    def _disaster(self, raw: dict[str, Any], loc: Loc) -> Disaster | None:
        own = {key: value for key, value in raw.items() if key in DisasterPart.model_fields}
        part = check_part(DisasterPart, own, loc, self.problems, self.kinds)
        fault = self.kinds.faults.get(str(raw["disaster"]))
        if fault is None:
            return None  # Which options there are is not known either.
        rest = {key: value for key, value in raw.items() if key not in own}
        options = check_options(
            fault.options, rest, loc, self.problems, self.kinds, keys(DisasterPart)
        )
        if "stores" not in raw and len(fault.stores) > 1:
            said = "key 'stores' is missing. For example: stores: [postgres]"
            self.problems.add((*loc, "stores"), said, at=loc)
        if part is None or options is None:
            return None
        stores = tuple(part.stores or (fault.stores if len(fault.stores) == 1 else ()))
        valid = options.strikes or fault.stores
        for position, store in enumerate(stores):
            if store not in valid:
                so = f"{fault.id} does not strike {store}" + (" so" if options.strikes else "")
                said = f"{so}. Valid: {', '.join(valid)}"
                place = (*loc, "stores", position)
                self.problems.add(place if place in self.problems.lines else loc, said)
        return Disaster(self._line(loc), part.disaster, stores, options, fault.takes)

    def _restore(self, raw: dict[str, Any], loc: Loc) -> Restore | RestoreByHand | None:
        if isinstance(raw["restore"], dict):
            return ScriptReader(self.kinds, self.problems).restore(raw, loc)
        part = check_part(RestorePart, raw, loc, self.problems, self.kinds)
        if part is None:
            return None
        to = None
        if part.to is not None:
            by: Literal["time", "name"] = "time" if part.to.time else "name"
            to = Moment(part.to.time or part.to.name or "", by)
        meanwhile = self._meanwhile(part, loc)
        return Restore(self._line(loc), part.restore, tuple(part.order), to, meanwhile)

    def _start(self, raw: dict[str, Any], loc: Loc) -> Start | None:
        part = check_part(StartPart, raw, loc, self.problems, self.kinds)
        if part is None:
            return None
        return Start(self._line(loc), tuple(part.start), self._meanwhile(part, loc))

    def _stop(self, raw: dict[str, Any], loc: Loc) -> Stop | None:
        part = check_part(StopPart, raw, loc, self.problems, self.kinds)
        return Stop(self._line(loc), tuple(part.stop), part.delete_volumes) if part else None

    def _read(self, raw: dict[str, Any], loc: Loc) -> Read | None:
        part = check_part(ReadPart, raw, loc, self.problems, self.kinds)
        if part is None:
            return None
        hub = self.kinds.platform.hub
        readable = tuple(hub.reads) if hub else ()
        for table in part.read.counts:
            if table not in readable:
                self.problems.add(
                    (*loc, "read", table), f"the hub reads no {table}{_valid(readable)}"
                )
        if not part.read.counts:
            self.problems.add((*loc, "read"), f"nothing is read{_valid(readable)}")
        return Read(self._line(loc), part.read.counts)

    def _retention(self, raw: dict[str, Any], loc: Loc) -> Retention | None:
        part = check_part(RetentionPart, raw, loc, self.problems, self.kinds)
        if part is None:
            return None
        return Retention(self._line(loc), Path(part.retention), part.directory, part.after)

    def _wait(self, raw: dict[str, Any], loc: Loc) -> Wait | None:
        part = check_part(WaitPart, raw, loc, self.problems, self.kinds)
        return Wait(self._line(loc), part.wait) if part else None


def _valid(tables: Sequence[str]) -> str:
    if not tables:
        return ": it names no table that it reads"
    return f". Valid: {', '.join(tables)}. For example: {{{tables[0]}: 50}}"
