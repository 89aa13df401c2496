"""Legal timelines from a seed, by Hypothesis' state machines: each rule is a step of a timeline.

Nothing is played here, and nothing is shrunk: a step costs seconds to play, so what was found is
shortened by `shrinking`, which tries far fewer timelines than Hypothesis would.
"""

from collections.abc import Sequence
from typing import Any, ClassVar
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from harness.core.history import Takes
from harness.explore.draft import Draft
from harness.explore.ground import ROWS, Ground, Meeting
from harness.explore.options import Draw
from harness.explore.stand import Stand, is_whole

AT_ONCE = 15
"""So many timelines one seed of Hypothesis is good for."""

RULES_AT_MOST = 5
MORE_ROWS = (5, 12, 30)

_DATA = st.data()


def composed(grounds: Sequence[Ground], random: int, part: int) -> list[Draft]:
    """Return the timelines of one part of a schedule; the same arguments give the same ones."""
    found: list[Draft] = []
    given = {"grounds": grounds, "random": random, "found": found}
    machine = seed(f"{random} {part}")(type("Composed", (Composer,), given))
    # What Hypothesis reads in the modules that happen to be loaded would change what it draws.
    with patch.object(providers, "_get_local_constants", Constants):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=AT_ONCE,
                stateful_step_count=RULES_AT_MOST,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    return found


def drafted(stand: Stand, random: int) -> Draft:
    """Return what was written, with the rows that it begins with."""
    ground = stand.ground
    seeded = dict.fromkeys(ground.tables, ROWS)
    return Draft(random, seeded, tuple(stand.steps), ground.folder)


class Composer(RuleBasedStateMachine):
    """Writes one timeline, a rule for each step that anybody may think of, and adds it to
    `found`.
    """

    grounds: ClassVar[Sequence[Ground]]
    random: ClassVar[int]
    found: ClassVar[list[Draft]]
    stand: Stand
    meeting: Meeting

    @initialize(data=_DATA)
    def begin(self, data: st.DataObject) -> None:
        """Choose where it is played and what shall meet, and take the first backup."""
        draw = _drawing(data)
        # Ours has all stores, so most can happen there.
        ground = draw([self.grounds[0], *self.grounds])
        self.stand = Stand(ground)
        self.meeting = draw(
            [m for m in ground.meetings() if m.method in ground.everywhere(m.store)]
        )
        self._backup(draw, self.meeting)

    @rule(data=_DATA)
    def back_up(self, data: st.DataObject) -> None:
        """Take another backup."""
        self._backup(_drawing(data), None)

    @precondition(lambda self: self.stand.writable)
    @rule(data=_DATA)
    def write(self, data: st.DataObject) -> None:
        """Write rows, each of them acknowledged."""
        draw = _drawing(data)
        tables = _some(draw, self.stand.writable)
        self.stand.write({table: draw(MORE_ROWS) for table in tables})

    @precondition(lambda self: self.stand.mortal)
    @rule(data=_DATA)
    def strike(self, data: st.DataObject) -> None:
        """Let a fault strike what can be brought back."""
        draw = _drawing(data)
        ground, mortal = self.stand.ground, self.stand.mortal
        faults = [f for f in ground.faults if any(ground.strikes(f, store) for store in mortal)]
        fault = draw(faults)
        reached = ground.together(
            fault, _some(draw, [s for s in mortal if ground.strikes(fault, s)])
        )
        self.stand.strike(fault, reached, draw)

    @precondition(lambda self: self.stand.backups)
    @rule(data=_DATA)
    def restore(self, data: st.DataObject) -> None:
        """Bring stores back, struck or not."""
        draw = _drawing(data)
        stand = self.stand
        name = draw(list(stand.backups))
        stores = [s for s in stand.backups[name] if name in stand.restorable(s)]
        if stores:
            chosen = _some(draw, stores)
            stand.restore(name, chosen, self._moment(draw, name, chosen))

    @precondition(lambda self: self.stand.points)
    @rule(data=_DATA)
    def interrupt(self, data: st.DataObject) -> None:
        """End the last step in its middle, or let a fault strike there."""
        draw = _drawing(data)
        stand = self.stand
        point = draw(stand.points)
        last = stand.steps[-1]
        involved = last.get("order") or [s for s in stand.ground.platform.stores if s in last]
        store = draw(involved)
        is_mortal = bool(stand.restorable(store)) and "restore" not in last
        faults = [
            fault.id
            for fault in stand.ground.faults.values()
            if stand.ground.strikes(fault.id, store)
            and fault.takes is not Takes.ROOM
            and (is_mortal or fault.takes is Takes.SERVER)
        ]
        if faults and draw([True, False]):
            stand.strike_meanwhile(point, draw(faults), store, draw)
        else:
            stand.break_off(point)

    @precondition(lambda self: "hub" in self.stand.down)
    @rule()
    def start_hub(self) -> None:
        """Start the hub, and with it what does not run."""
        self.stand.start_hub()

    @precondition(lambda self: self.stand.backups and "damage" not in self.stand.steps[-1])
    @rule(data=_DATA)
    def damage(self, data: st.DataObject) -> None:
        """Damage what a backup left."""
        draw = _drawing(data)
        stand = self.stand
        name = draw(list(stand.backups))
        stores = [s for s in stand.backups[name] if name in stand.restorable(s)]
        if stores:
            store = draw(stores)
            others = [
                other
                for other, methods in stand.backups.items()
                if other != name and store in methods and other in stand.restorable(store)
            ]
            ways = ["truncated", "bit_flipped", *(["swapped"] if others else [])]
            stand.damage(name, store, draw(ways))

    @precondition(
        lambda self: "postgres" in self.stand.healthy and "mark" not in self.stand.steps[-1]
    )
    @rule()
    def mark(self) -> None:
        """Give the moment a name, to recover to."""
        self.stand.mark()

    @precondition(
        lambda self: (
            self.stand.ground.readable and {"postgres", "hub", "redis"} <= set(self.stand.healthy)
        )
    )
    @rule()
    def read(self) -> None:
        """Read through the hub, which caches what it reads."""
        self.stand.steps.append({"read": {self.stand.ground.readable[0]: 10}})

    @precondition(
        lambda self: self.stand.ground.platform.migrations and "postgres" in self.stand.healthy
    )
    @rule(data=_DATA)
    def migrate(self, data: st.DataObject) -> None:
        """Apply a later migration."""
        known = self.stand.ground.kinds.valid("migration")
        if left := [name for name in known if name not in self.stand.migrated]:
            name = _drawing(data)(left)
            self.stand.migrated.add(name)
            self.stand.steps.append({"migrate": name})

    @rule(data=_DATA)
    def conclude(self, data: st.DataObject) -> None:
        """Bring everything back; what comes after it is a second disaster."""
        self.stand.end(self.meeting, _drawing(data))

    def teardown(self) -> None:
        """Bring back what is missing: a timeline ends well, or is found out."""
        if hasattr(self, "stand"):
            self.stand.end(self.meeting, lambda values: values[0])
            # What could not be brought back says nothing of any backup.
            if is_whole(self.stand.ground, self.stand.steps):
                self.found.append(drafted(self.stand, self.random))

    def _backup(self, draw: Draw, meeting: Meeting | None) -> None:
        stand = self.stand
        ground = stand.ground
        stores = [s for s in stand.healthy if ground.everywhere(s)]
        if meeting is not None:
            stores = [meeting.store, *(s for s in stores if s != meeting.store)]
        chosen = _some(draw, stores) if stores else []
        if meeting is not None and meeting.store not in chosen:
            chosen.append(meeting.store)
        if not chosen:
            return
        methods = {store: ground.method(draw(ground.everywhere(store)), draw) for store in chosen}
        if meeting is not None:
            methods[meeting.store] = ground.method(meeting.method, draw)
        beside: dict[str, Any] = {}
        if stand.writable and draw([False, False, True]):
            beside["during"] = {draw(stand.writable): draw(MORE_ROWS)}
        if keep := draw([None, None, None, *ground.keeps]):
            beside["keep"] = keep
        stand.backup(methods, beside)

    def _moment(self, draw: Draw, name: str, stores: Sequence[str]) -> object:
        stand = self.stand
        methods = [stand.backups[name][store]["method"] for store in stores]
        if not any(map(stand.ground.recovers_to_a_moment, methods)):
            return None
        marks = [mark for mark, taken in stand.marks.items() if name in taken]
        return draw([None, *marks, *({"time": mark} for mark in marks)])


def _drawing(data: st.DataObject) -> Draw:
    return lambda values: data.draw(st.sampled_from(list(values)))


def _some(draw: Draw, values: Sequence[Any]) -> list[Any]:
    """Return one or more of the values, in any order."""
    left, taken = list(values), []
    for _ in range(draw(range(1, min(3, len(left)) + 1))):
        value = draw(left)
        left.remove(value)
        taken.append(value)
    return taken
