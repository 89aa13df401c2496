"""A timeline as far as it is written, and how the platform stands then: each next step is legal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.core.history import Takes, store_of
from harness.core.ports import REBUILT
from harness.explore.ground import Ground, Meeting
from harness.explore.options import Draw, refers_to_a_backup

Step = dict[str, Any]
_LOSS = "lose_volume"
"""What shows whether there was a backup."""


@dataclass(slots=True)
class Stand:
    """`backups` maps those taken to the method of each store, those that are `unsure` for they were
    struck in their middle or had no room among them; `full` are the stores whose next backup has
    none; `hurt` the stores whose data was
    taken and that nothing brought back yet; `down` are those that do not run.
    """

    ground: Ground
    steps: list[Step] = field(default_factory=list)
    backups: dict[str, dict[str, Step]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    full: set[str] = field(default_factory=set)
    marks: dict[str, set[str]] = field(default_factory=dict)
    hurt: set[str] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    migrated: set[str] = field(default_factory=set)

    @property
    def healthy(self) -> list[str]:
        """The stores that run and hold what they should."""
        return [s for s in self.ground.platform.stores if s not in self.hurt | self.down]

    @property
    def writable(self) -> list[str]:
        """The tables that can be written to now."""
        tables, healthy = self.ground.platform.tables, set(self.healthy)
        return [
            table
            for table in self.ground.tables
            if store_of(table) in healthy
            and (table not in tables or healthy.issuperset(tables[table].written_to))
        ]

    def restorable(self, store: str) -> list[str]:
        """Return the backups that a store can come back from, the last first."""
        return [
            name
            for name, methods in reversed(self.backups.items())
            if store in methods
            and name not in self.unsure
            and self.ground.is_restorable(methods[store])
        ]

    @property
    def mortal(self) -> list[str]:
        """The stores that can be struck: what they lose can be brought back."""
        return [s for s in self.healthy if self.ground.is_rebuilt(s) or self.restorable(s)]

    def write(self, counts: dict[str, int]) -> None:
        """Write rows."""
        self.steps.append({"write": counts})

    def backup(self, methods: dict[str, Step], beside: Step | None = None) -> None:
        """Back stores up, with what else the step says."""
        name = f"backup-{len(self.backups) + 1}"
        for store, choice in methods.items():
            kind = self.ground.methods[choice["method"]]
            if (option := refers_to_a_backup(kind.options)) and option in choice:
                earlier = [
                    known
                    for known, others in self.backups.items()
                    if others.get(store, {}).get("method") == choice["method"]
                    and known not in self.kept
                ]
                del choice[option]
                if earlier and not (beside or {}).get("keep"):
                    choice[option] = earlier[-1]
        self.backups[name] = methods
        if self.full & methods.keys():
            self.unsure.add(name)
            self.full -= methods.keys()
        if (beside or {}).get("keep"):
            self.kept.add(name)
        self.steps.append({"backup": name, **(beside or {}), **methods})

    def strike(self, fault: str, stores: list[str], draw: Draw | None) -> None:
        """Let a fault strike."""
        self.steps.append(self.ground.strike(fault, tuple(stores), draw))
        self._suffer(fault, stores)

    def _suffer(self, fault: str, stores: Sequence[str]) -> None:
        hurt, down = _suffering(self.ground.takes(fault), stores)
        self.hurt |= hurt
        self.down |= down
        if self.ground.takes(fault) is Takes.ROOM:
            self.full |= set(stores)

    @property
    def points(self) -> list[str]:
        """The points that the last step comes to, in the middle of which something may happen."""
        step = self.steps[-1]
        if step.keys() & {"meanwhile", "breaks_off"} or not step.keys() & {"backup", "restore"}:
            return []
        if "backup" in step:
            return self.ground.points("backup", self.backups[step["backup"]])
        methods = self.backups[step["restore"]]
        return self.ground.points("restore", {store: methods[store] for store in step["order"]})

    def break_off(self, point: str) -> None:
        """Have the last step end at a point."""
        self.steps[-1]["breaks_off"] = point
        self._interrupt()

    def strike_meanwhile(self, point: str, fault: str, store: str, draw: Draw) -> None:
        """Have a fault strike when the last step comes to a point."""
        strike = self.ground.strike(fault, (store,), draw)
        self.steps[-1]["meanwhile"] = {**strike, "at": point}
        self._interrupt()
        self._suffer(fault, [store])

    def _interrupt(self) -> None:
        step = self.steps[-1]
        if "backup" in step:
            self.unsure.add(step["backup"])
        else:
            # Whatever came back of them is restored again.
            self.hurt |= set(step["order"])
            self.down |= set(step["order"])

    def damage(self, backup: str, store: str, how: str) -> None:
        """Damage what a backup left of a store; one that is swapped with an older one."""
        self.steps.append({"damage": backup, "store": store, "how": how})
        if how == "swapped":
            earlier = [
                name for name in self.backups if name != backup and store in self.backups[name]
            ]
            self.steps[-1]["with"] = earlier[0]

    def mark(self) -> None:
        """Give the moment a name."""
        name = f"mark-{len(self.marks) + 1}"
        self.marks[name] = set(self.backups)
        self.steps.append({"mark": name})

    def restore(self, backup: str, stores: list[str], to: object = None) -> None:
        """Bring stores back from a backup."""
        step: Step = {"restore": backup, "order": stores}
        if to is not None:
            step["to"] = to
        self.steps.append(step)
        self.hurt -= set(stores)
        self.down -= set(stores)
        if "hub" in self.ground.platform.stores:
            self.down.add("hub")

    def start_hub(self) -> None:
        """Start the hub, and with it whatever does not run."""
        self.steps.append({"start": "hub"})
        self.down.clear()
        self.hurt -= set(REBUILT)

    def end(self, meeting: Meeting, draw: Draw) -> None:
        """Have the meeting take place if it did not, and bring back whatever is missing."""
        if meeting.store in self.hurt | self.down:
            self._bring_back(draw)
        if not self._met(meeting):
            if not self._has_backup(meeting):
                self.backup({meeting.store: self.ground.method(meeting.method, draw)})
            self.strike(meeting.fault, [meeting.store], draw)
        self._run_out_of_room(meeting)
        self._bring_back(draw)

    def _run_out_of_room(self, meeting: Meeting) -> None:
        """Take the backups that there is no room for, and lose what they were to save."""
        for store in sorted(self.full & set(self.healthy)):
            taken = [methods[store] for methods in self.backups.values() if store in methods]
            if not taken and store == meeting.store:
                taken = [self.ground.method(meeting.method, None)]
            if taken:
                self.backup({store: dict(taken[-1])})
            if self.restorable(store):
                self.strike(_LOSS, [store], None)

    def _has_backup(self, meeting: Meeting) -> bool:
        return any(
            methods.get(meeting.store, {}).get("method") == meeting.method
            for name, methods in self.backups.items()
            if name not in self.unsure
        )

    def _met(self, meeting: Meeting) -> bool:
        return any(
            step.get("disaster") == meeting.fault and meeting.store in step["stores"]
            for step in self.steps
        )

    def _bring_back(self, draw: Draw) -> None:
        """Restore what has a backup, each store from its last; start what is started then."""
        lost = [store for store in self.ground.platform.stores if store in self.hurt]
        from_backup: dict[str, list[str]] = {}
        for store in lost:
            if names := self.restorable(store):
                from_backup.setdefault(names[0], []).append(store)
        for name in draw([list(from_backup), list(reversed(from_backup))]):
            stores = from_backup[name]
            self.restore(name, draw([stores, list(reversed(stores))]))
        if "hub" in self.ground.platform.stores:
            if self.hurt | self.down:
                self.start_hub()
        elif self.down:
            self.steps.append({"start": sorted(self.down)})
            self.down.clear()


def _suffering(takes: Takes, stores: Sequence[str]) -> tuple[set[str], set[str]]:
    """Return the stores whose data is gone by a fault, and those that do not run any more."""
    hurt = set(stores) if takes in (Takes.VOLUME, Takes.DATA) else set()
    down = set(stores) if takes in (Takes.VOLUME, Takes.SERVER) else set()
    return hurt, down


def is_whole(ground: Ground, steps: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether whatever a timeline strikes is brought back in it, and nothing is backed up
    meanwhile that is not there: only then does a loss say anything of a backup.
    """
    hurt: set[str] = set()
    down: set[str] = set()
    for step in steps:
        if "backup" in step and (hurt | down) & step.keys():
            return False
        if "restore" in step:
            is_done = not step.keys() & {"meanwhile", "breaks_off"}
            hurt = hurt - set(step["order"]) if is_done else hurt | set(step["order"])
            down = down - set(step["order"]) if is_done else down | set(step["order"])
            down |= {"hub"} & set(ground.platform.stores)
        elif step.get("start") == "hub":
            hurt -= set(REBUILT)
            down = set()
        elif "start" in step:
            down -= set(step["start"])
        strike = step if "disaster" in step else step.get("meanwhile", {})
        if "disaster" in strike:
            lost, ended = _suffering(ground.takes(strike["disaster"]), strike["stores"])
            hurt |= lost
            down |= ended
    return not hurt | down
