"""What timelines are composed of on one platform: its stores, tables, methods and faults."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.core.history import Takes
from harness.core.platform import Platform
from harness.core.ports import REBUILT
from harness.explore.options import Draw, Known, agree, drawn, is_drawable, plain
from harness.kinds import BackupMethod, Demanding, Fault, Options, Pointed, PointInTime
from harness.platform.indexes import declared_indexes
from harness.platform.streams import declared_streams
from harness.scenario.kinds import Kinds
from harness.scenario.model import Scenario

ROWS = 40
"""How many rows of each table are seeded: enough to tell which are gone, few enough to be fast."""

KEEPS = ({"offsite": "directory"}, {"encrypt": "age"})
"""How a backup may be kept without a place of somebody else's."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A fault that strikes a store which a method backs up."""

    fault: str
    store: str
    method: str

    def __str__(self) -> str:
        return f"{self.fault}, {self.store}, {self.method}"


def grounds_of(scenarios: Iterable[Scenario], kinds: Kinds) -> list["Ground"]:
    """Return the platforms that scenarios drill, each with the tables that the first one seeds.

    Ours comes first where there is any scenario of it, or none at all; what runs in containers of
    its own is left out.
    """
    found: dict[str, Ground] = {}
    for scenario in scenarios:
        platform = scenario.platform
        brings = scenario.compose or scenario.images or (platform.hub and platform.hub.image)
        if platform.is_adopted or brings or platform.path in found:
            continue
        tables = tuple(table for table, rows in scenario.seed.counts.items() if rows)
        if platform.is_ours:
            tables = kinds.on(platform).tables
        if tables:
            found[platform.path] = Ground(kinds.on(platform), tables)
    if not found:
        found[""] = Ground(kinds, kinds.tables)
    return sorted(found.values(), key=lambda ground: not ground.platform.is_ours)


@dataclass(frozen=True)
class Ground:
    """A platform with the kinds that can be used on it, taken from their lists. `tables` are those
    that are written to.
    """

    kinds: Kinds
    tables: tuple[str, ...]

    @property
    def platform(self) -> Platform:
        """What is drilled."""
        return self.kinds.platform

    @property
    def folder(self) -> str:
        """Where another platform than ours is declared; empty for ours."""
        return "" if self.platform.is_ours else str(Path(self.platform.path).parent)

    @property
    def readable(self) -> tuple[str, ...]:
        """The tables whose rows can be read through the hub."""
        hub = self.platform.hub
        return tuple(hub.reads) if hub else ()

    @cached_property
    def known(self) -> Known:
        """What options can name here."""
        platform = self.platform
        # What is filled last is referred to by nothing, so that nothing keeps it from being struck.
        filled = [table for table in reversed(self.tables) if table in platform.tables]
        tables = sorted(filled, key=lambda table: platform.tables[table].is_append_only)
        relations = [table.relation for table in platform.tables.values()]
        streams = [s.name for s in declared_streams(platform.streams)] if platform.streams else []
        indexes = declared_indexes(platform.indexes) if platform.indexes else []
        known: dict[str, list[Any]] = {
            "table": tables,
            "schema": list(dict.fromkeys(name.partition(".")[0] for name in relations)),
            "stream": streams if "nats" in platform.stores else [],
            "index": [str(index["uid"]) for index in indexes],
        }
        if not platform.is_ours:
            # What examples say of columns, they say of ours.
            known["where"] = []
        return known

    @cached_property
    def methods(self) -> dict[str, BackupMethod]:
        """Methods whose options can be thought of."""
        return {
            id_: method
            for id_, method in self.kinds.methods.items()
            if is_drawable(method.options, self.known)
        }

    @cached_property
    def faults(self) -> dict[str, Fault]:
        """Faults whose options can be thought of."""
        return {
            id_: fault
            for id_, fault in self.kinds.faults.items()
            if is_drawable(fault.options, self.known)
        }

    @property
    def keeps(self) -> list[dict[str, str]]:
        """How a backup can be kept: the key of what is encrypted lies with the hub."""
        return [keep for keep in KEEPS if "hub" in self.platform.stores or "encrypt" not in keep]

    def methods_for(self, store: str) -> list[str]:
        """Return the methods that can back a store up on this platform."""
        return [id_ for id_, method in self.methods.items() if store in method.stores]

    def everywhere(self, store: str) -> list[str]:
        """Return those that need nothing of a machine but its servers."""
        return [m for m in self.methods_for(store) if not isinstance(self.methods[m], Demanding)]

    def meetings(self) -> Iterator[Meeting]:
        """Yield every fault, store and method that can meet."""
        for fault in self.faults.values():
            for store in fault.stores:
                if store in self.platform.stores and self.strikes(fault.id, store):
                    for method in self.methods_for(store):
                        yield Meeting(fault.id, store, method)

    def strike(self, fault: str, stores: tuple[str, ...], draw: Draw | None) -> dict[str, Any]:
        """Return a disaster as it stands in a timeline, with the fewest options without `draw`."""
        kind = self.faults[fault]
        options = self._given(kind.options, draw, stores)
        table = self.platform.tables.get(str(options.get("table", "")))
        if table is not None and table.is_append_only and self._asks_server(kind):
            if "past_triggers" in self._names(kind):
                options["past_triggers"] = True
            elif draw is not None:
                # Its triggers refuse that.
                options = self._given(kind.options, None, stores)
        return {"disaster": fault, "stores": list(stores), **options}

    def method(self, id_: str, draw: Draw | None) -> dict[str, Any]:
        """Return a method as it stands beside a store, with the fewest options without `draw`."""
        return {"method": id_, **self._given(self.methods[id_].options, draw)}

    def strikes(self, fault: str, store: str) -> bool:
        """Tell whether a fault can be given options of a store."""
        kind = self.faults[fault]
        options = plain(kind.options, self.known, (store,))
        return store in kind.stores and agree(kind.options, options, (store,))

    def together(self, fault: str, stores: list[str]) -> list[str]:
        """Return of these stores those that one strike of a fault can reach, the first at least."""
        kind = self.faults[fault]
        options = plain(kind.options, self.known, stores)
        return stores if agree(kind.options, options, stores) else stores[:1]

    def takes(self, fault: str) -> Takes:
        """Return what a fault takes of a store."""
        return self.kinds.faults[fault].takes

    def is_restorable(self, choice: dict[str, Any]) -> bool:
        """Tell whether anything can be restored of what a method left."""
        options = {key: value for key, value in choice.items() if key != "method"}
        kind = self.methods[str(choice["method"])].options.model_validate(options)
        return choice["method"] != "none" and kind.is_restorable

    def points(self, verb: str, methods: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Return the points that a backup or restore by these methods, by store, comes to."""
        found: list[str] = []
        for choice in methods.values():
            method = self.methods[str(choice["method"])]
            if isinstance(method, Pointed):
                given = {key: value for key, value in choice.items() if key != "method"}
                found += method.points(verb, method.options.model_validate(given))
        return list(dict.fromkeys(found))

    def is_rebuilt(self, store: str) -> bool:
        """Tell whether the platform fills a store again by itself."""
        return store in REBUILT and self.platform.is_ours

    def recovers_to_a_moment(self, method: str) -> bool:
        """Tell whether a restore can end at a mark."""
        return isinstance(self.methods[method], PointInTime)

    def _given(
        self, options: type[Options], draw: Draw | None, stores: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        if draw is None:
            return plain(options, self.known, stores)
        return drawn(options, self.known, draw, stores)

    @staticmethod
    def _asks_server(kind: Fault) -> bool:
        """Tell whether a fault is a statement, which triggers may refuse; a file is no statement,
        and what drops a table drops its triggers.
        """
        return kind.takes is Takes.DATA and "file" not in Ground._names(kind)

    @staticmethod
    def _names(kind: Fault) -> set[str]:
        return {field.alias or name for name, field in kind.options.model_fields.items()}
