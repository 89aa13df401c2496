"""What is drilled, as plain data: which stores there are, and the tables a drill accounts for."""

from dataclasses import dataclass, field

from harness.core.ports import STORES, ComposeFile


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """A table of PostgreSQL whose rows a drill writes and accounts for, one by one.

    `relation` is its name with its schema. `writer` is the role that writes it, the owner of the
    database if empty. Where it `is_append_only`, the roles `refused_to` must not change what is in
    it; no role at all stands for all of them. `columns` holds SQL for values, over `n` and
    `random`. Rows of a table that `is_numbered` are made by the platform's own code from their
    numbers; those of any other table by the server, which says what they are. `also_in` names
    further stores that hold something of its rows: documents, or the key that opens them.
    """

    name: str
    relation: str
    writer: str = ""
    is_append_only: bool = False
    refused_to: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    is_numbered: bool = False
    also_in: tuple[str, ...] = ()

    @property
    def written_to(self) -> tuple[str, ...]:
        """The stores that a write needs beside PostgreSQL; a hub takes no part in one."""
        return tuple(store for store in self.also_in if store != "hub")


@dataclass(frozen=True, slots=True)
class EventStream:
    """The stream that a drill publishes into, and the subject of its messages, over `{n}`."""

    stream: str
    subject: str


@dataclass(frozen=True, slots=True)
class Tenants:
    """Tables that show a tenant its own rows alone: `tables` maps each to the column that names the
    tenant. Whoever asks is of `role`, and `claims` is the setting that holds the token's claims.
    """

    role: str
    claims: str
    tables: dict[str, str]


@dataclass(frozen=True, slots=True)
class CachedReads:
    """What a hub caches by itself whenever it is read: strings under `key`, over `{n}`, for
    `expire_seconds` at most.
    """

    key: str
    expire_seconds: float


@dataclass(frozen=True, slots=True)
class HubProgram:
    """How a platform's own hub runs: a `command` in `folder`, or an `image` that listens on `port`.

    It says how it is at `health_path`, and there of the `services` named that they are ok; of
    none, if it answers with nothing but a status; of those that it `may_tell` of, nobody asks. It
    does not start without the stores that it `needs`: all, if none is named. `environment` is
    filled with addresses. `reads` maps the table whose rows it answers one by one to where, over
    `{n}`.
    """

    command: tuple[str, ...] = ()
    image: str = ""
    port: int = 4101
    health_path: str = "/health/detailed"
    services: tuple[str, ...] = ()
    may_tell: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    folder: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    reads: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform by its declaration. `path` is where that is, and `sha256` is over it and every
    script it names; both are empty for the one that comes along.

    `bootstrap` is run once in a new cluster, `schema` once in an empty database, `seed` after it,
    `derived` when a drill's rows are written, and `project` where a provider prepares a database
    that is restored into: SQL files, in order. `migrations` are those of later releases by name.
    `logins` are roles that programs log in as, and `tenants` who sees what. `streams` is the file
    that declares NATS's streams, and `events` which of them a drill publishes into; `cache` is the
    file of commands that fill Redis, and `cached` what its hub puts there; `indexes` declares those
    of Meilisearch with their documents, and of them the hub makes `rebuilt` anew, from rows. `hub`
    is the platform's own hub, if it has one, and `compose` what brings servers, it among them.
    `code` is the folder of its Python modules. One that
    `is_adopted` is known by its backup alone; where it `is_isolated`, its servers and their
    clients are cut off from this machine.
    """

    name: str
    path: str = ""
    sha256: str = ""
    stores: tuple[str, ...] = STORES
    tables: dict[str, LedgerTable] = field(default_factory=dict)
    bootstrap: tuple[str, ...] = ()
    schema: tuple[str, ...] = ()
    seed: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    migrations: dict[str, str] = field(default_factory=dict)
    logins: tuple[str, ...] = ()
    tenants: Tenants | None = None
    streams: str = ""
    events: EventStream | None = None
    cache: str = ""
    cached: CachedReads | None = None
    indexes: str = ""
    rebuilt: str = ""
    hub: HubProgram | None = None
    compose: ComposeFile | None = None
    code: str = ""
    is_adopted: bool = False
    is_isolated: bool = False

    @property
    def recorded(self) -> "Platform":
        """What evidence keeps of it: of the one that comes along its name, as whoever judges has
        it.
        """
        return Platform(self.name) if self.is_ours else self

    @property
    def is_ours(self) -> bool:
        """Whether it is the one that comes along, with all that the harness knows of it."""
        return not self.path and not self.is_adopted
