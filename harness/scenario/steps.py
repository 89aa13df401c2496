"""The steps of a timeline as they are played: checked, immutable, each with its line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from harness.core.history import Takes
from harness.kinds import Options


@dataclass(frozen=True, slots=True)
class MethodChoice:
    """How one store is backed up: a backup method's id and its options."""

    store: str
    method: str
    options: Options


@dataclass(frozen=True, slots=True)
class Keep:
    """How a backup is kept once it was taken: empty for on this machine, and for in clear."""

    offsite: str = ""
    encrypt: str = ""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What happens while a step is played: `at` a named point of it, or `after_seconds`.

    Without `what`, the step itself is broken off there.
    """

    what: "Disaster | Write | None"
    at: str = ""
    after_seconds: float = 0.0

    @property
    def when(self) -> str:
        """The moment, in words."""
        return f"at {self.at}" if self.at else f"after {self.after_seconds:g} s"

    @property
    def strikes(self) -> tuple[str, ...]:
        """The stores that are struck."""
        return self.what.stores if isinstance(self.what, Disaster) else ()


@dataclass(frozen=True, slots=True)
class Backup:
    """Back up stores, in the order of the file. Names are unique in a timeline.

    `during` holds how many rows are written, by table, while the backup is taken; `keep` is None
    where its files stay as they were taken. `every_seconds` is its schedule, None where the
    scenario states none.
    """

    line: int
    name: str
    methods: tuple[MethodChoice, ...]
    during: Mapping[str, int] = field(default_factory=dict)
    keep: Keep | None = None
    every_seconds: float | None = None
    meanwhile: Meanwhile | None = None
    verb: ClassVar[str] = "backup"

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"backup {self.name}"

    @property
    def stores(self) -> tuple[str, ...]:
        """The stores that are backed up."""
        return tuple(choice.store for choice in self.methods)


@dataclass(frozen=True, slots=True)
class Write:
    """Write acknowledged rows: how many more of each table, 1 or more each."""

    line: int
    counts: Mapping[str, int]
    stores: tuple[str, ...]
    meanwhile: Meanwhile | None = None
    verb: ClassVar[str] = "write"

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"write {_counted(self.counts)}"


@dataclass(frozen=True, slots=True)
class Disaster:
    """Strike stores with a fault, in the order of the file; `takes` is what that takes of each."""

    line: int
    fault: str
    stores: tuple[str, ...]
    options: Options
    takes: Takes = Takes.VOLUME
    verb: ClassVar[str] = "disaster"

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"disaster {self.fault}: {', '.join(self.stores)}"


@dataclass(frozen=True, slots=True)
class Migrate:
    """Apply a later migration to PostgreSQL: one of our platform's by its name, or another's by
    its `scripts`. It may change rows of the tables named in `changes`.
    """

    line: int
    migration: str
    scripts: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    verb: ClassVar[str] = "migrate"
    stores: ClassVar[tuple[str, ...]] = ("postgres",)

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"migrate {self.migration}"


@dataclass(frozen=True, slots=True)
class MarkMoment:
    """Give this moment of PostgreSQL a name, to recover to. Names are unique in a timeline."""

    line: int
    name: str
    verb: ClassVar[str] = "mark"
    stores: ClassVar[tuple[str, ...]] = ("postgres",)

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"mark {self.name}"


@dataclass(frozen=True, slots=True)
class Damage:
    """Damage the largest file that a backup left of one store and whose path matches `file`.

    One that is `swapped` gives way to the same file of the backup named `other`.
    """

    line: int
    backup: str
    store: str
    how: Literal["truncated", "bit_flipped", "swapped", "deleted", "encrypted"]
    file: str = "*"
    other: str | None = None
    verb: ClassVar[str] = "damage"

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"damage {self.backup}: {self.store} {self.how}"

    @property
    def stores(self) -> tuple[str, ...]:
        """The store whose artefact is damaged."""
        return (self.store,)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a recovery ends: at a mark, found by its name or by its time."""

    mark: str
    by: Literal["name", "time"]


@dataclass(frozen=True, slots=True)
class Adopted:
    """A real backup of one store, and how it is brought back. Of PostgreSQL: the `roles` that a
    dump needs, and the `database` and `superuser` of a copied cluster.
    """

    choice: MethodChoice
    file: Path
    roles: Path | None = None
    database: str = ""
    superuser: str = ""


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take real backups of stores into the drill, with their manifest if there is one."""

    line: int
    name: str
    backups: tuple[Adopted, ...]
    manifest: Path | None = None
    verb: ClassVar[str] = "adopt"

    @property
    def stores(self) -> tuple[str, ...]:
        """Whose backups they are."""
        return tuple(one.choice.store for one in self.backups)

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"adopt {self.name}: {', '.join(one.file.name for one in self.backups)}"


@dataclass(frozen=True, slots=True)
class Restore:
    """Bring stores back from a backup, in this order, up to a moment where it can be chosen."""

    line: int
    backup: str
    order: tuple[str, ...]
    to: Moment | None = None
    meanwhile: Meanwhile | None = None
    verb: ClassVar[str] = "restore"

    @property
    def title(self) -> str:
        """The step in a few words."""
        moment = f" to the {self.to.by} of {self.to.mark}" if self.to else ""
        return f"restore {self.backup}: {', '.join(self.order)}{moment}"

    @property
    def stores(self) -> tuple[str, ...]:
        """The stores that are restored."""
        return self.order


@dataclass(frozen=True, slots=True)
class Block:
    """A shell block of a runbook's section, by its number; or some of its lines, from `line` of
    the file on. `shell` is the program that plays it.
    """

    number: int
    line: int
    shell: str
    text: str


@dataclass(frozen=True, slots=True)
class RestoreByHand:
    """Bring stores back from a backup as the user does: by a script, or by a runbook's blocks."""

    line: int
    backup: str
    stores: tuple[str, ...]
    file: Path
    blocks: tuple[Block, ...]
    replace: Mapping[str, str]
    environment: Mapping[str, str]
    verb: ClassVar[str] = "restore"

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"restore {self.backup} by {self.file.name}: {', '.join(self.stores)}"


@dataclass(frozen=True, slots=True)
class Start:
    """Start services; the hub is started last, after every other store that does not run."""

    line: int
    services: tuple[str, ...]
    meanwhile: Meanwhile | None = None
    verb: ClassVar[str] = "start"

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"start {', '.join(self.services)}"

    @property
    def stores(self) -> tuple[str, ...]:
        """The services named."""
        return self.services


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop services in order, the hub first; with `delete_volumes`, remove what they hold."""

    line: int
    services: tuple[str, ...]
    delete_volumes: bool
    verb: ClassVar[str] = "stop"

    @property
    def title(self) -> str:
        """The step in a few words."""
        what = "stop and delete the volumes of" if self.delete_volumes else "stop"
        return f"{what} {', '.join(self.services)}"

    @property
    def stores(self) -> tuple[str, ...]:
        """The services named."""
        return self.services


@dataclass(frozen=True, slots=True)
class Read:
    """Read the newest rows through the hub, as users do; it caches what it reads."""

    line: int
    counts: dict[str, int]
    verb: ClassVar[str] = "read"
    stores: ClassVar[tuple[str, ...]] = ("redis",)

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"read {_counted(self.counts)}"


@dataclass(frozen=True, slots=True)
class Retention:
    """Let the backups age, then run the user's script among them, as cron would."""

    line: int
    script: Path
    directory: str
    after_seconds: float
    verb: ClassVar[str] = "retention"
    stores: ClassVar[tuple[str, ...]] = ()

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"retention {self.script.name} after {self.after_seconds / 86_400:g} days"


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    line: int
    seconds: float
    verb: ClassVar[str] = "wait"
    stores: ClassVar[tuple[str, ...]] = ()

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"wait {self.seconds:g} s"


Step = (
    Backup
    | Adopt
    | Write
    | Migrate
    | MarkMoment
    | Read
    | Damage
    | Disaster
    | Restore
    | RestoreByHand
    | Start
    | Stop
    | Retention
    | Wait
)


Struck = Backup | Write | Restore | Start
"""Steps in the middle of which something can happen."""


def meanwhile_of(step: Step) -> Meanwhile | None:
    """Return what happens in the middle of a step, if anything."""
    return step.meanwhile if isinstance(step, Struck) else None


def is_strike(step: Step) -> bool:
    """Tell whether a step takes the data of its stores, some of it, or their servers."""
    if isinstance(step, Disaster):
        return step.takes is not Takes.ROOM
    return isinstance(step, Stop) and step.delete_volumes


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {table}" for table, count in counts.items())
