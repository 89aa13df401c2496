"""What the layers above ask of whatever runs the servers: protocols of a few verbs each."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.core.patience import Work

STORES = ("postgres", "nats", "meilisearch", "redis", "hub")
"""Every store of the platform, in the order the guide restores and starts them.

The hub's volume holds its configuration: the key that encrypts credentials lives there, outside
the database.
"""

REBUILT = ("meilisearch", "redis")
"""Stores that the platform fills again by itself; all else takes a restore."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server answers, on loopback. `secret` is its password, token or master key."""

    host: str
    port: int
    user: str = ""
    secret: str = ""
    database: str = ""

    @property
    def http_url(self) -> str:
        """The base URL of a server that speaks HTTP."""
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended: its status, and what it printed unless that went to a file."""

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Census:
    """What a volume holds: entries of every kind below its root (dotfiles too), and bytes."""

    entries: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """Which program really serves a store: `product` is its true name (a Valkey is no Redis);
    `digest` is the SHA-256 of its binary, or its image's digest; `origin` is where it was found.
    """

    store: str
    product: str
    version: str
    digest: str
    origin: str


@dataclass(frozen=True, slots=True)
class ComposeFile:
    """A compose file that brings servers of the platform: `services` maps stores to names in it."""

    path: Path
    services: Mapping[str, str]


class Volume(Protocol):
    """The durable data of one service: a directory, or a named volume."""

    @property
    def name(self) -> str:
        """A name for people."""

    def archive(self, target: Path) -> None:
        """Write everything in the volume to `target` as tar.gz, owners and modes kept."""

    def extract(self, source: Path) -> None:
        """Unpack a tar.gz into the volume, as `tar xzf` does, refusing paths that lead out of it.

        Raises: DrillError: the archive is unreadable, truncated or holds an unsafe path.
        """

    def wipe(self) -> None:
        """Remove everything in the volume. Raises: DrillError: it does not bear our marker."""

    def census(self) -> Census:
        """Count what the volume holds now."""

    def read(self, path: str) -> bytes:
        """Return the content of a small file, by its path below the root.

        Raises: FileNotFoundError: there is no such file.
        """

    def write(self, path: str, content: bytes) -> None:
        """Create or replace a small file, readable by its owner only."""

    def files(self) -> Mapping[str, int]:
        """Return the size of every file in it, by path below the root."""

    def digests(self) -> Mapping[str, str]:
        """Return the SHA-256 of every file in it, by path below the root."""

    def patch(self, path: str, offset: int, content: bytes) -> None:
        """Overwrite a part of a file where it lies, beneath whoever has it open."""

    def cut(self, path: str, size_bytes: int) -> None:
        """End a file early, beneath whoever has it open."""

    def remove(self, path: str) -> None:
        """Remove one file, beneath whoever has it open."""

    def scramble(self) -> None:
        """Overwrite every file with as many bytes that nobody can tell anything from."""


class Service(Protocol):
    """One server of the platform. A service that was never started has an empty volume."""

    @property
    def store(self) -> str:
        """The store this service is, one of STORES."""

    @property
    def volume(self) -> Volume:
        """Its durable data."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers; read it again after every start. Raises: DrillError: not running."""

    @property
    def identity(self) -> ServerIdentity:
        """Which program it is."""

    @property
    def is_running(self) -> bool:
        """Whether its process (or container) is alive."""

    @property
    def is_wanted(self) -> bool:
        """Whether the drill has started it and not begun to end it; it may be dead all the same."""

    @property
    def log(self) -> Path:
        """The file that keeps what the server printed, over all of its starts in this drill."""

    @property
    def said(self) -> str:
        """The last lines that it printed since it was started, secrets masked."""

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it, initialising an empty volume as its image would; does not wait for readiness.

        `environment` holds further variables for this one start. Does nothing when it runs
        already. Raises: DrillError: it cannot be started or died.
        """

    def stop(self) -> None:
        """Stop it in order and wait until it is gone. Does nothing when it does not run."""

    def kill(self) -> None:
        """Kill it (SIGKILL, all of its processes) and wait until it is gone."""

    def work(self) -> Work:
        """Return what its processes have consumed so far, and whether one of them is stopped."""

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: Path | None = None,
        stdout: Path | None = None,
        check: bool = True,
        is_endless: bool = False,
    ) -> Completed:
        """Run a client program of this server beside it, addressed to it by environment.

        For PostgreSQL: PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE are set. It works in a
        directory of its own, the scratch. Output given to a file is not kept in memory. One that
        `is_endless` may stand still for as long as it likes.
        Raises: CommandFailed: its status is not 0 and `check` is true. Unresponsive.
        """

    @property
    def scratch(self) -> str:
        """The directory in which `run` works, as the server sees it from where its data is."""

    def fetch(self, name: str, target: Path) -> None:
        """Move `name` (a file or directory in the scratch) to `target`, on the harness's side."""

    def send(self, source: Path, name: str) -> None:
        """Copy a file or directory of the harness's side to `name` in the scratch."""


@dataclass(frozen=True, slots=True)
class Cleanup:
    """What closing a stack removed, and what of it could not be removed (empty when clean)."""

    removed: tuple[str, ...]
    left: tuple[str, ...]


class Stack(Protocol):
    """The platform's services for one drill, nothing of them shared with another drill."""

    @property
    def services(self) -> Mapping[str, Service]:
        """Services by store, those that can run here; none of them started yet."""

    @property
    def missing(self) -> Mapping[str, str]:
        """Stores that cannot run here, each with its reason."""

    @property
    def secrets(self) -> Collection[str]:
        """Every password of its servers, which no output may show."""

    @property
    def directory(self) -> Path:
        """The drill's private directory on the harness's side, removed when the stack closes."""

    @property
    def helper_image(self) -> str:
        """The image that works on volumes, for scripts; without containers nothing is there."""

    @property
    def script_path(self) -> tuple[Path, ...]:
        """Where scripts of the user's find pg_dump and docker, on the harness's side.

        Raises: Unavailable: one of them is not to be found.
        """

    def stopped(self) -> Sequence[str]:
        """Name the drill's processes and containers that somebody else has stopped or paused, and
        that may go on; another thread may ask while the drill is played.
        """

    def halted(self) -> Sequence[str]:
        """Name those that are stopped, and the servers that somebody else has killed."""

    def scripted(self) -> AbstractContextManager[None]:
        """Run a script of the user's meanwhile: what it stops or kills is nobody else's doing, as
        far as that can be told.
        """

    def close(self) -> Cleanup:
        """Kill every service and remove everything made for this drill; safe to call twice."""


class Runtime(Protocol):
    """Makes stacks: on containers, or as child processes."""

    @property
    def name(self) -> str:
        """`embedded` or `docker`."""

    @property
    def why(self) -> str:
        """Why this runtime was taken, as a sentence part for the first line of the output."""

    def servers(self) -> tuple[ServerIdentity, ...]:
        """Return which programs it would run; starts nothing."""

    def missing(self) -> Mapping[str, str]:
        """Return the stores it cannot run, each with its reason."""

    def disks(self) -> tuple[Path, ...]:
        """Return directories of this machine on the disks that a drill fills."""

    def open(self, drill_id: str, secrets: Mapping[str, str], logs: Path) -> Stack:
        """Prepare a stack; `secrets` maps each store to its password, `logs` keeps server logs."""
