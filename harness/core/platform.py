"""What is drilled, as plain data: which stores there are, and the tables a drill accounts for."""

from dataclasses import dataclass, field

from harness.core.ports import STORES


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """A table of PostgreSQL whose rows a drill writes and accounts for, one by one.

    `relation` is its name with its schema. `writer` is the role that writes it, the owner of the
    database if empty. Where it `is_append_only`, the roles `refused_to` must not change what is in
    it; no role at all stands for all of them. `columns` holds SQL for values, over `n` and
    `random`. Rows of a table that `is_numbered` are made by the harness from their numbers; those
    of any other table by the server, which says what they are.
    """

    name: str
    relation: str
    writer: str = ""
    is_append_only: bool = False
    refused_to: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class EventStream:
    """The stream that a drill publishes into, and the subject of its messages, over `{n}`."""

    stream: str
    subject: str


@dataclass(frozen=True, slots=True)
class HubProgram:
    """How a platform's own hub runs: a `command` in `folder`, or an `image` that listens on `port`.

    It says how it is at `health_path`, and there of the `services` named that they are ok; of
    none, if it answers with nothing but a status. `environment` is filled with addresses.
    """

    command: tuple[str, ...] = ()
    image: str = ""
    port: int = 4101
    health_path: str = "/health/detailed"
    services: tuple[str, ...] = ()
    folder: str = ""
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform by its declaration. `path` is where that is, and `sha256` is over it and every
    script it names; both are empty for the one that comes along.

    `bootstrap` is run once in a new cluster, `schema` once in an empty database and `seed` after
    it: SQL files, in order. `streams` is the file that declares NATS's streams, and `events` which
    of them a drill publishes into; `cache` is the file of commands that fill Redis and `indexes`
    declares those of Meilisearch with their documents. `hub` is the
    platform's own hub, if it has one. One that `is_adopted` is known by its backup alone; where it
    `is_isolated`, its servers and their clients are cut off from this machine.
    """

    name: str
    path: str = ""
    sha256: str = ""
    stores: tuple[str, ...] = STORES
    tables: dict[str, LedgerTable] = field(default_factory=dict)
    bootstrap: tuple[str, ...] = ()
    schema: tuple[str, ...] = ()
    seed: tuple[str, ...] = ()
    streams: str = ""
    events: EventStream | None = None
    cache: str = ""
    indexes: str = ""
    hub: HubProgram | None = None
    is_adopted: bool = False
    is_isolated: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether it is the one that comes along, with all that the harness knows of it."""
        return not self.path
