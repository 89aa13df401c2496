"""What happened to the platform, step by step, on the drill's clock."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from harness.core.ledger import Attempt, Ledger, Outcome

_OF_ONE_SNAPSHOT = ("pg_dump", "supabase_db_dump")

STORE_OF_TABLE = {"events": "nats"}
"""The store of each ledger table that does not live in PostgreSQL."""


def store_of(table: str) -> str:
    """Return the store that holds a ledger table."""
    return STORE_OF_TABLE.get(table, "postgres")


@dataclass(frozen=True, slots=True)
class Artefact:
    """What a backup left behind. `sha256` is over the file, or over the sorted list of a
    directory's file digests; `files` counts them. `tool` is the program that took it and `source`
    the server it was taken from, each with its version. `lag_seconds` is how old a write may get
    before the method keeps it, None where it keeps nothing between two backups. `is_exact` tells
    whether what was seen beside it is of its very moment, and `age_seconds` how old one was that
    was taken elsewhere.
    """

    backup: str
    store: str
    method: str
    path: str
    files: int
    size_bytes: int
    sha256: str
    tool: str
    begun_seconds: float
    ended_seconds: float
    options: dict[str, object] = field(default_factory=dict)
    source: str = ""
    lag_seconds: float | None = None
    is_exact: bool = True
    age_seconds: float | None = None

    @property
    def ends_at_its_cut(self) -> bool:
        """Whether it holds nothing of what was written after it was begun: a dump of one snapshot,
        or the files of a server that stood still.
        """
        return self.method in _OF_ONE_SNAPSHOT or self.options.get("while") == "stopped"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file as it was put away; `path` is below the directory of its backup and store."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup of one store, put away after it was taken.

    `offsite` is the kind of `place` (a name for people), and empty for this machine; `encrypted_by`
    is empty for what is in clear. `files` is the manifest: what must come back; `directories` are
    those to make again, in which there may be no file.
    """

    backup: str
    store: str
    offsite: str
    place: str
    encrypted_by: str
    files: tuple[KeptFile, ...]
    directories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is wrong with the files of a backup, seen before a store was restored from them."""

    backup: str
    store: str
    said: str


class Takes(StrEnum):
    """What a fault takes of a store: all of its volume, a part of its data, only its server, or
    the room that its backups need.
    """

    VOLUME = "volume"
    DATA = "data"
    SERVER = "server"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class DisasterProof:
    """What shows that a store was really struck: what there was before and after, and whether its
    server still answered.

    Entries are those of its volume, or where a fault takes only a part of the data, as `target`
    says, what was still as before of that: rows, messages, keys.
    """

    fault: str
    store: str
    entries_before: int
    bytes_before: int
    entries_after: int
    bytes_after: int
    answered_after: bool
    begun_seconds: float
    ended_seconds: float
    takes: Takes = Takes.VOLUME
    target: str = ""

    def doubts(self) -> list[str]:
        """Return each thing that speaks against it; nothing where the strike is proven."""
        found = ["held nothing before"] if not self.entries_before else []
        if self.takes is not Takes.SERVER and self.entries_after:
            found.append(f"{self.entries_after} entries left")
        if self.takes in (Takes.VOLUME, Takes.SERVER) and self.answered_after:
            found.append("still answered")
        return found


CLEARED = "cleared for the restore"
DELETED = "its volume was deleted"


@dataclass(frozen=True, slots=True)
class Emptied:
    """A volume that held `entries_before` and was then seen empty. `how` is DELETED, or CLEARED for
    what a restore found.
    """

    store: str
    how: str
    entries_before: int
    at_seconds: float


@dataclass(frozen=True, slots=True)
class Strike:
    """When a store's data was taken, by a disaster or by deleting its volume."""

    store: str
    begun_seconds: float
    ended_seconds: float


@dataclass(frozen=True, slots=True)
class Restoration:
    """A store brought back from a backup.

    `cut_seconds` is the moment up to which the backup promises every acknowledged write; where
    the recovery was to a `target`, nothing that began after that moment may be there either.
    `said` holds what the restore command printed on its error stream, secrets removed.
    """

    backup: str
    store: str
    method: str
    cut_seconds: float
    begun_seconds: float
    ended_seconds: float
    said: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class BackedUpAgain:
    """A backup of a store that had been restored before; `wrong` says why it could not be restored
    from, nothing where it could.
    """

    backup: str
    store: str
    method: str
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration made of a restored database: `tables` beside the ledger's that were looked
    at, and what became of the rows of those that it `changed`; `allowed` names those it may change.
    """

    migration: str
    tables: int
    rows: int
    changed: dict[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A named moment to recover to. `server_time` is PostgreSQL's own clock, ISO 8601 with zone."""

    name: str
    at_seconds: float
    server_time: str


@dataclass(frozen=True, slots=True)
class Along:
    """When rows of a ledger table were last written with which rows of another were, by triggers.
    It `only_added` if no row was changed or removed, then or before.
    """

    relation: str
    table: str
    at_seconds: float
    only_added: bool


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of the timeline as it was played. `line` is its line in the scenario file;
    `strikes` names the stores whose data it takes, those that this machine lacks among them.
    """

    verb: str
    title: str
    line: int
    begun_seconds: float
    ended_seconds: float
    detail: str = ""
    stores: tuple[str, ...] = ()
    strikes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepFailure:
    """A step of the procedure that did not do what it says; the drill went on without it."""

    step: str
    store: str
    message: str


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the procedure: `was_run` in this form, or what does the same in a shell as the
    drill did by a protocol or by itself. `status` is None where it did not come to its end.

    Places of the drill's stand in braces, `{backups}/nightly/postgres/backup.sql`; `text` is what
    a shell reads in place of `argv`. Begin and end are seconds on the drill's clock.
    """

    store: str
    argv: tuple[str, ...]
    was_run: bool
    status: int | None
    begun_seconds: float
    ended_seconds: float
    stdin: str = ""
    stdout: str = ""
    text: str = ""


@dataclass(slots=True)
class History:
    """Everything that was done, in order; `ready_seconds` is when each service last answered."""

    steps: list[StepRecord] = field(default_factory=list)
    artefacts: list[Artefact] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    disasters: list[DisasterProof] = field(default_factory=list)
    emptied: list[Emptied] = field(default_factory=list)
    restorations: list[Restoration] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    failures: list[StepFailure] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    migrated: list[Migrated] = field(default_factory=list)
    again: list[BackedUpAgain] = field(default_factory=list)
    along: list[Along] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    ready_seconds: dict[str, float] = field(default_factory=dict)

    def written_along(self, along: Along) -> None:
        """Keep of each table only when it was last written along, since the last step."""
        for at, known in enumerate(self.along):
            is_same = (known.relation, known.table) == (along.relation, along.table)
            if is_same and not self._is_between(known.at_seconds, along.at_seconds):
                only_added = known.only_added and along.only_added
                self.along[at] = replace(along, only_added=only_added)
                return
        self.along.append(along)

    def _is_between(self, one_seconds: float, other_seconds: float) -> bool:
        return any(one_seconds < taken.ended_seconds <= other_seconds for taken in self.artefacts)

    def grown(self) -> dict[str, bool]:
        """Return the tables of PostgreSQL that triggers wrote to after its backup and that may hold
        that now, and of each whether rows were only added.
        """
        restoration = self.restored("postgres")
        taken = [a for a in self.artefacts if a.store == "postgres"]
        if restoration is not None:
            taken = [a for a in taken if a.backup == restoration.backup]
        begun_seconds = taken[-1].begun_seconds if taken else self._first_seconds()
        if restoration is not None and taken and taken[-1].ends_at_its_cut:
            begun_seconds = restoration.begun_seconds
        found: dict[str, bool] = {}
        for along in self.along:
            if along.at_seconds > begun_seconds:
                found[along.relation] = found.get(along.relation, True) and along.only_added
        return found

    def _first_seconds(self) -> float:
        return self.steps[0].begun_seconds if self.steps else 0.0

    def is_owed(self, attempt: Attempt) -> bool:
        """Tell whether no restore excuses the loss of this attempt.

        A restore excuses what was acknowledged after its backup's cut and before the restore.
        """
        store = store_of(attempt.table)
        return not any(
            restoration.cut_seconds < attempt.ended_seconds <= restoration.begun_seconds
            for restoration in self.restorations
            if restoration.store == store
        )

    def owed(self, ledger: Ledger, table: str) -> list[Attempt]:
        """Return the acknowledged attempts that must be present now."""
        return [a for a in self._acknowledged(ledger, table) if self.is_owed(a)]

    def at_risk(self, ledger: Ledger, table: str) -> list[Attempt]:
        """Return the acknowledged attempts that the restore's backup never promised."""
        return [a for a in self._acknowledged(ledger, table) if not self.is_owed(a)]

    def restored(self, store: str) -> Restoration | None:
        """Return the store's last restoration, or None."""
        found = [r for r in self.restorations if r.store == store]
        return found[-1] if found else None

    def struck(self, store: str) -> DisasterProof | None:
        """Return the store's last disaster, or None."""
        found = [d for d in self.disasters if d.store == store]
        return found[-1] if found else None

    def strikes(self) -> list[Strike]:
        """Return every moment at which a store's data was taken, in order."""
        moments = [Strike(d.store, d.begun_seconds, d.ended_seconds) for d in self.disasters]
        moments += [
            Strike(emptied.store, emptied.at_seconds, emptied.at_seconds)
            for emptied in self.emptied
            if emptied.how == DELETED
        ]
        return sorted(moments, key=lambda strike: strike.ended_seconds)

    def last_strike(self, store: str) -> Strike | None:
        """Return when the store's data was last taken, or None."""
        found = [strike for strike in self.strikes() if strike.store == store]
        return found[-1] if found else None

    @staticmethod
    def _acknowledged(ledger: Ledger, table: str) -> list[Attempt]:
        return [a for a in ledger.of(table) if a.outcome is Outcome.ACKNOWLEDGED]
