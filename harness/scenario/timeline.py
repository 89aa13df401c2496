"""A timeline makes sense, or is refused before anything starts: each store is up or down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.core.history import Takes, store_of
from harness.core.platform import Platform
from harness.kinds import Options
from harness.scenario.problem import Loc, Problems, shown, suggestion
from harness.scenario.step_form import STEP_PARTS
from harness.scenario.steps import (
    Adopt,
    Backup,
    Disaster,
    MarkMoment,
    Meanwhile,
    MethodChoice,
    Migrate,
    Read,
    Restore,
    RestoreByHand,
    Retention,
    Start,
    Step,
    Stop,
    Write,
    meanwhile_of,
)

NO_ARTEFACT = "none"
"""The backup method that leaves nothing to restore from."""


def check_timeline(
    entries: list[Any], steps: list[Step | None], problems: Problems, platform: Platform
) -> None:
    """Report every step that cannot be played after the ones before it.

    `steps` holds, for each entry of the file, the step, or None where the entry has problems of
    its own; such a step is taken to have done whatever it could.
    """
    walk = _Walk(problems, _backups(entries, steps, problems), platform)
    for index, (entry, step) in enumerate(zip(entries, steps, strict=True)):
        loc: Loc = ("timeline", index)
        if step is None:
            walk.unreadable(entry, index)
            continue
        walk.step(step, loc, index)
        if (meanwhile := meanwhile_of(step)) is not None:
            walk.meanwhile(step, meanwhile, loc)


def _is_restorable(choice: MethodChoice) -> bool:
    return choice.method != NO_ARTEFACT and choice.options.is_restorable


def _backups(entries: list[Any], steps: list[Step | None], problems: Problems) -> dict[str, int]:
    """Return the position of the first backup of each name, later ones included."""
    taken: dict[str, int] = {}
    for index, entry in enumerate(entries):
        verb = "adopt" if isinstance(entry, dict) and "adopt" in entry else "backup"
        name = entry.get(verb) if isinstance(entry, dict) else None
        step = steps[index]
        if isinstance(name, dict) and isinstance(step, Backup):
            name = step.name
        if not isinstance(name, str):
            continue
        if name in taken:
            line = problems.line(("timeline", taken[name], "backup"))
            problems.add(
                ("timeline", index, verb),
                f"{shown(name)} was taken in line {line} already. Give each backup its own name",
            )
        taken.setdefault(name, index)
    return taken


@dataclass(slots=True)
class _Walk:
    """Where the platform stands. `lost` maps stores that are down to the line that struck them,
    `stopped` those that were stopped; `methods` maps readable backups to the method of each store.
    """

    problems: Problems
    positions: dict[str, int]
    platform: Platform
    lost: dict[str, int] = field(default_factory=dict)
    stopped: dict[str, int] = field(default_factory=dict)
    methods: dict[str, dict[str, MethodChoice]] = field(default_factory=dict)
    unsure: bool = False

    def step(self, step: Step, loc: Loc, index: int) -> None:
        """Go one step on."""
        match step:
            case Backup():
                self.backup(step, loc, index)
            case Adopt():
                self.methods[step.name] = {
                    store: MethodChoice(store, "pg_dump", Options()) for store in step.stores
                }
            case Disaster():
                self.disaster(step, loc)
            case Restore() | RestoreByHand():
                self.bring_back(step, loc, index)
            case Start() | Stop():
                self.turn(step)
            case Retention():
                self.retention(loc, index)
            case Write() | Read() | Migrate() | MarkMoment():
                self.work(step, loc)

    def unreadable(self, entry: Any, index: int) -> None:
        """Go on as if the entry had brought back, or backed up, whatever comes later."""
        verbs = set(STEP_PARTS).intersection(entry) if isinstance(entry, dict) else set()
        if not verbs or verbs & {"restore", "start"}:
            self.lost.clear()
            self.stopped.clear()
        if not verbs or ("backup" in verbs and index not in self.positions.values()):
            self.unsure = True

    def backup(self, step: Backup, loc: Loc, index: int) -> None:
        """A lost store cannot be backed up; one that is stopped has its volume."""
        for store in step.stores:
            self._must_be_there(store, (*loc, store))
        self._write(step.during, (*loc, "during"))
        if self.positions[step.name] == index:
            self.methods[step.name] = {choice.store: choice for choice in step.methods}

    def disaster(self, step: Disaster, loc: Loc) -> None:
        """What is lost cannot be lost again, and what is down has nothing that can be struck."""
        for position, store in enumerate(step.stores):
            here = (*loc, "stores", position)
            if step.takes is Takes.VOLUME:
                self._must_be_there(store, here)
            else:
                self._must_be_up(store, here)
        self.strike(step)

    def strike(self, step: Disaster) -> None:
        """What loses its volume is lost, and what is killed is down."""
        for store in step.stores:
            if step.takes is Takes.VOLUME:
                self.lost.setdefault(store, step.line)
            elif step.takes is Takes.SERVER:
                self.stopped[store] = step.line

    def meanwhile(self, step: Step, meanwhile: Meanwhile, loc: Loc) -> None:
        """What is struck in the middle is down afterwards; a write finds what there is by then."""
        if isinstance(meanwhile.what, Disaster):
            here = (*loc, "meanwhile")
            # They come up in the middle of it.
            brought = step.stores if isinstance(step, Restore | Start) else ()
            for position, store in enumerate(meanwhile.what.stores):
                if store not in brought:
                    self._must_be_up(store, (*here, "stores", position))
            self.strike(meanwhile.what)

    def bring_back(self, step: Restore | RestoreByHand, loc: Loc, index: int) -> None:
        """The hub is stopped for a restore, whoever makes it."""
        self.stopped["hub"] = step.line
        if isinstance(step, Restore):
            self.restore(step, loc, index)
        else:
            self.restore_by_hand(step, loc, index)

    def restore(self, step: Restore, loc: Loc, index: int) -> None:
        """A restore needs an artefact; it brings a lost store back and rolls a running one back."""
        for store in step.order:
            self._is_up(store)
        taken = self.positions.get(step.backup)
        if taken is None or taken > index:
            if not self.unsure:
                self.problems.add((*loc, "restore"), self._never_taken(step.backup, index))
            return
        methods = self.methods.get(step.backup)
        if methods is None:
            return
        valid = [store for store, choice in methods.items() if _is_restorable(choice)]
        for position, store in enumerate(step.order):
            if store not in valid:
                why = "leaves nothing to restore from" if store in methods else "was not backed up"
                what = f"its method {methods[store].method}" if store in methods else store
                self.problems.add(
                    (*loc, "order", position),
                    f"backup {shown(step.backup)} holds nothing of {store}: {what} {why}"
                    + (f". Valid: {', '.join(valid)}" if valid else ""),
                )

    def restore_by_hand(self, step: RestoreByHand, loc: Loc, index: int) -> None:
        """What a script restores need not run by then; what was lost is then only stopped."""
        for store in step.stores:
            if self.lost.pop(store, None) is not None:
                self.stopped[store] = step.line
        taken = self.positions.get(step.backup)
        here = (*loc, "restore", "backup")
        if taken is None or taken > index:
            if not self.unsure and step.backup:
                self.problems.add(here, self._never_taken(step.backup, index))
            elif not self.unsure:
                self.problems.add((*loc, "restore"), "no step before this one is a backup")
            return
        methods = self.methods.get(step.backup, {})
        for position, store in enumerate(step.stores if methods else ()):
            if store not in methods:
                what = f"backup {shown(step.backup)} holds nothing of {store}"
                what = f"{what}. Valid: {', '.join(methods)}"
                self.problems.add((*loc, "restore", "stores", position), what)

    def turn(self, step: Start | Stop) -> None:
        """A started store is up, empty if it was lost; the hub starts after all the others.

        A stopped store keeps what it holds, unless its volume is deleted.
        """
        if isinstance(step, Stop):
            self.stopped.update(dict.fromkeys(step.services, step.line))
            return
        if "hub" in step.services:
            self.lost.clear()
            self.stopped.clear()
        for store in step.services:
            self._is_up(store)

    def work(self, step: Write | Read | Migrate | MarkMoment, loc: Loc) -> None:
        """What is written needs its stores; all else PostgreSQL, and what reads the hub too."""
        if isinstance(step, Write):
            self._write(step.counts, (*loc, "write"))
            return
        for store in ("hub", "postgres") if isinstance(step, Read) else ("postgres",):
            if self._must_be_up(store, (*loc, step.verb)):
                break

    def retention(self, loc: Loc, index: int) -> None:
        """Only what was taken can grow old."""
        if not self.unsure and not any(taken < index for taken in self.positions.values()):
            self.problems.add((*loc, "retention"), "no step before this one is a backup")

    def _write(self, counts: Mapping[str, int], loc: Loc) -> None:
        """Report each table whose store acknowledges nothing."""
        for table in counts:
            for store in (store_of(table), *self.written_to(table)):
                if self._must_be_up(store, (*loc, table)):
                    break

    def written_to(self, table: str) -> tuple[str, ...]:
        """Return the stores that a write of a table needs beside the one that holds it."""
        known = self.platform.tables.get(table)
        return known.written_to if known else ()

    def _is_up(self, store: str) -> None:
        self.lost.pop(store, None)
        self.stopped.pop(store, None)

    def _must_be_up(self, store: str, loc: Loc) -> bool:
        """Report a store that is lost or stopped; tell whether it is either."""
        if store in self.stopped and store not in self.lost:
            line = self.stopped[store]
            self.problems.add(loc, f"{store} was stopped in line {line}. Start it first")
            return True
        return self._must_be_there(store, loc)

    def _must_be_there(self, store: str, loc: Loc) -> bool:
        """Report a store that is lost; tell whether it is."""
        if store not in self.lost:
            return False
        self.problems.add(
            loc,
            f"{store} was lost in line {self.lost[store]} and is not back."
            " Restore or start it first",
        )
        return True

    def _never_taken(self, name: str, index: int) -> str:
        if name in self.positions:
            line = self.problems.line(("timeline", self.positions[name]))
            return f"backup {shown(name)} is taken later, in line {line}. Restore it after that"
        earlier = [taken for taken, position in self.positions.items() if position < index]
        if not earlier:
            return f"backup {shown(name)} was never taken: no step before this one is a backup"
        return f"backup {shown(name)} was never taken. {suggestion(name, earlier)}"
