"""What a probe, a fault and a backup method are, to the code that plays them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, Literal, Protocol, TypeVar, runtime_checkable

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo

from harness.core.history import DisasterProof, History, Mark, Takes
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.paths import from_here
from harness.site import Site

Seen = TypeVar("Seen")


class Reading(Protocol):
    """What options are read with: pydantic's context."""

    @property
    def folder(self) -> Path:
        """The scenario's folder."""


def _beside(value: str, info: ValidationInfo) -> str:
    reading: Reading | None = info.context
    assert reading is not None
    file = (reading.folder / value).resolve()
    if not os.path.isfile(file):  # noqa: PTH113 - any text
        raise ValueError(f"{value!r} is not a file. Name it by its path from the scenario's folder")
    return str(from_here(file))


FileBeside = Annotated[str, AfterValidator(_beside)]
"""A file, named by its path from the scenario's folder; its value is the path from here."""


class Options(BaseModel):
    """A method's or fault's options in a scenario; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @property
    def strikes(self) -> tuple[str, ...] | None:
        """Of a fault: the stores that these options are of, where it strikes others as well."""
        return None

    @property
    def builds_on(self) -> str | None:
        """The earlier backup of the same store without which this one is nothing, if any."""
        return None

    @property
    def is_restorable(self) -> bool:
        """Whether the method can bring back what it left."""
        return True

    @property
    def shares(self) -> str | None:
        """What the stores of one backup share one run of, and so its moment, if anything."""
        return None


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe may use. `snapshot` is the PostgreSQL snapshot to read in, if any; `before`
    is what was observed at the backup that this look is compared with. `at_backup` tells whether
    this look is that one: the store lives and is only read.
    """

    site: Site
    ledger: Ledger
    history: History
    before: Observations
    snapshot: str | None = None
    at_backup: bool = False


@dataclass(frozen=True, slots=True)
class Probe(Generic[Seen]):
    """Reads one store (or `platform`, what is beside them) and returns one observation: a
    dataclass of plain data, no row contents.

    `at_backup` tells whether it also looks at the moment of a backup, to be compared with later;
    such a probe only reads then. At the end of the drill probes may try things out, and leave no
    trace.
    One that `runs_code` has the database carry out code of its own. `beside` names the stores that
    it asks as well.
    Probes are made in the order of their list. `observe` may raise anything: that observation is
    then unread, and the checks that need it are UNVERIFIED.
    """

    id: str
    store: str
    observation: type[Seen]
    at_backup: bool
    observe: Callable[[Look], Seen]
    runs_code: bool = False
    beside: tuple[str, ...] = ()


ObserveAtCut = Callable[[str | None], None]
"""Makes the backup's observations; takes the PostgreSQL snapshot to read in, or None."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a restore gives back: `scope` says of what, `cut` as of which moment, both for people.

    `lag_seconds` bounds the loss: how old a write may get before it is kept. None where nothing is
    kept between two backups, so that everything since the cut may be lost; 0 where nothing that
    was acknowledged may.
    """

    scope: str
    cut: str
    lag_seconds: float | None = None

    @property
    def bound(self) -> str:
        """What may be lost, for people."""
        if self.lag_seconds is None:
            return "everything since then"
        return f"writes younger than {self.lag_seconds:g} s" if self.lag_seconds else "nothing"


class BackupMethod(Protocol):
    """A documented way to back up a store and to bring it back."""

    @property
    def id(self) -> str:
        """Its name in scenarios."""

    @property
    def stores(self) -> tuple[str, ...]:
        """The stores it can back up."""

    @property
    def title(self) -> str:
        """What it does, in one line, for the documentation table."""

    @property
    def options(self) -> type[Options]:
        """Its options."""

    def promise(self, options: Options) -> Promise:
        """Return what whoever restores may count on."""

    def take(
        self, site: Site, store: str, directory: Path, options: Options, observe: ObserveAtCut
    ) -> str:
        """Leave the backup's files in `directory` (empty, private); return the tool's version.

        `observe` is called exactly once, at the moment whose data the backup promises.
        Raises: DrillError: the backup could not be taken.
        """

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:
        """Bring the store back from the files in `directory`, ready to be read.

        The service is stopped and may hold what the disaster left. Returns what the tools said on
        their error streams. Raises: DrillError: the restore failed.
        """


@runtime_checkable
class Armed(Protocol):
    """A backup method that must be at work before the first row is written."""

    def arm(self, site: Site, store: str, options: Options) -> None:
        """Prepare the running, empty store; it may be started again.

        Raises: Unavailable: this machine lacks what the method needs. DrillError: it failed.
        """


@runtime_checkable
class Pointed(Protocol):
    """A backup method that tells the site of named points it comes to on its way."""

    def points(self, verb: str, options: Options) -> tuple[str, ...]:
        """Return those of a `backup` or a `restore`, of core.points."""


@runtime_checkable
class AdoptingMethod(BackupMethod, Protocol):
    """A backup method that takes in what its own tool wrote elsewhere."""

    def recognise(self, store: str, source: Path) -> Options | None:
        """Return the options to restore it with; None where something else wrote it.

        Raises: OSError: it cannot be read.
        """

    def take_in(self, store: str, source: Path, directory: Path) -> None:
        """Copy it into `directory`, which is empty, laid out as `take` does.

        Raises: OSError: it cannot be read, or is no whole archive.
        """


@runtime_checkable
class Provable(Protocol):
    """A backup method that can tell of a backup just taken whether it could be restored from."""

    def prove(self, site: Site, store: str, directory: Path, options: Options) -> None:
        """Look at the files and at what has to go on beside them.

        Raises: DrillError: it could not be restored from.
        """


@runtime_checkable
class Demanding(Protocol):
    """A kind that needs more of the machine than its servers."""

    def require_here(self) -> None:
        """Look whether it is there; starts nothing. Raises: Unavailable: it is not."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a recovery ends: at a mark, found by its name or by its time."""

    mark: Mark
    by: Literal["name", "time"]

    def __str__(self) -> str:
        return f"{'the time of ' if self.by == 'time' else ''}mark {self.mark.name}"


@runtime_checkable
class PointInTime(Protocol):
    """A backup method that can stop a restore at a moment of its own choice."""

    def recover(
        self, site: Site, store: str, directory: Path, options: Options, target: Target | None
    ) -> str:
        """Restore up to the target and no further, or as far as there is anything (None).

        Otherwise as BackupMethod.restore.
        """


class Fault(Protocol):
    """A disaster, injected on purpose, on stores that run and hold something."""

    @property
    def id(self) -> str:
        """Its name in scenarios."""

    @property
    def title(self) -> str:
        """What it does, in one line."""

    @property
    def options(self) -> type[Options]:
        """Its options beside `stores`."""

    @property
    def stores(self) -> tuple[str, ...]:
        """The stores it can strike."""

    @property
    def takes(self) -> Takes:
        """What it takes of a store."""

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:
        """Strike one store and return what shows that its data is gone.

        Raises: DrillError: the fault could not be injected, or the data is still there.
        """


class Away(Protocol):
    """A place that one drill keeps backups in: whole files by name, as `nightly/nats/data.tar.gz`.

    What it gives back is not trusted: whoever put a file there keeps its digest.
    """

    @property
    def name(self) -> str:
        """Which place it is, for people."""

    def push(self, source: Path, name: str) -> None:
        """Put a file there, replacing what has its name. Raises: DrillError: it could not."""

    def pull(self, name: str, target: Path) -> None:
        """Get a file from there. Raises: DrillError: there is no such file, or it could not."""

    def close(self) -> None:
        """Remove everything the drill put there. Raises: DrillError: something is left."""


class OffSite(Protocol):
    """A kind of place away from the machine that is backed up."""

    @property
    def id(self) -> str:
        """Its name in scenarios."""

    @property
    def title(self) -> str:
        """What it is, in one line."""

    def open(self, site: Site) -> Away:
        """Make room for one drill. Raises: Unavailable: this machine cannot reach such a place."""
