"""The platform as one drill holds it: its services, their clients, and how to bring them up."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.clock import Clock
from harness.core.errors import DrillError
from harness.core.finding import counted
from harness.core.history import CLEARED, Emptied, History
from harness.core.last_words import cause
from harness.core.ledger import Ledger
from harness.core.own_check import OwnCheck
from harness.core.patience import READY_WITHIN_SECONDS, Patience, Unresponsive, unmeasured
from harness.core.platform import Platform
from harness.core.points import EMPTIED, Points
from harness.core.ports import Endpoint, Service, Stack
from harness.platform.sql_scripts import (
    SeveralDatabases,
    changes_databases,
    extensions,
    in_one_database,
)
from harness.recording import RecordedService, Recorder

if TYPE_CHECKING:
    from harness.platform.kept import KeptRows
    from harness.stores.hub import HubStore
    from harness.stores.meilisearch import MeilisearchStore
    from harness.stores.nats import NatsStore
    from harness.stores.postgres import PostgresStore
    from harness.stores.redis import RedisStore

ROLE_SECRET = "drill.role_password"  # noqa: S105 - a setting's name
"""The setting by which a script gets the password that roles log in with."""
_PSQL = ("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull)
_SCRIPTS = (
    "The platform's SQL files are run one by one, by a superuser, in a server that has nothing of"
    " it yet. What they need beside that goes into bootstrap."
)

LOG_KEPT_IN = "wal"
"""Where PostgreSQL's write-ahead log is kept outside its volume, in its scratch."""

FULL = "/dev/full"
"""What takes nothing, as a disk that is full."""

POLL_SECONDS = 0.02
_OFTEN_AT_FIRST = 100
_THEN_EVERY_SECONDS = 0.5
UNWELL_AT_MOST_SECONDS = 5.0
"""How long a hub that answers may complain before it counts as started, and unwell."""


def pauses() -> Iterator[float]:
    """Yield how long to sleep between two questions: what answers them must come to rest."""
    yield from repeat(POLL_SECONDS, _OFTEN_AT_FIRST)
    yield from repeat(_THEN_EVERY_SECONDS)


@dataclass(slots=True)
class Site:
    """Everything a step of the timeline works on. `losses` tell what ended beside the servers, and
    not by the drill's doing. `directory` holds the drill's artefacts;
    `hub_health_url` is where a real hub says how it is; `own_checks` are those that the scenario
    brings. `notes` tell what a restore did beside what its tools do. `postgres_login` is the
    superuser and the database of a cluster from elsewhere. Of rows that the server makes, `kept` is
    what it said of them by table, and `refusals` what it said last when it took none. `beside`
    begins, by store, what runs whenever a server does that was not emptied since; `starts` counts
    how often each was started. The next backup of a store that is `on_a_full_disk` finds no room,
    by the scenario's doing.
    """

    stack: Stack
    clock: Clock
    ledger: Ledger
    directory: Path
    platform: Platform
    hub_health_url: str = ""
    kept: "dict[str, KeptRows]" = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    losses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    own_checks: tuple[OwnCheck, ...] = ()
    postgres_login: tuple[str, str] = ("", "")
    on_a_full_disk: set[str] = field(default_factory=set)
    history: History = field(default_factory=History)
    beside: dict[str, Callable[[], None]] = field(default_factory=dict)
    starts: Counter[str] = field(default_factory=Counter)
    recorder: Recorder = field(init=False)
    points: Points = field(default_factory=Points)
    postgres: "PostgresStore" = field(init=False)
    nats: "NatsStore" = field(init=False)
    meilisearch: "MeilisearchStore" = field(init=False)
    redis: "RedisStore" = field(init=False)
    hub: "HubStore" = field(init=False)

    def __post_init__(self) -> None:
        places = {str(self.backups): "{backups}", str(self.directory): "{drill}"}
        self.recorder = Recorder(self.clock, self.history, self.stack.services, places)
        # Every kind names a site, and whoever only reads scenarios need not load its clients.
        from harness.stores.hub import HubStore  # noqa: PLC0415 - see above
        from harness.stores.meilisearch import MeilisearchStore  # noqa: PLC0415 - see above
        from harness.stores.nats import NatsStore  # noqa: PLC0415 - see above
        from harness.stores.postgres import PostgresStore  # noqa: PLC0415 - see above
        from harness.stores.redis import RedisStore  # noqa: PLC0415 - see above

        self.postgres = PostgresStore(
            self._postgres_endpoint, lambda: self.service("postgres").work()
        )
        self.nats = NatsStore(
            lambda: self.service("nats").endpoint,
            lambda: self.service("nats").work(),
            streams=self.platform.streams,
        )
        self.meilisearch = MeilisearchStore(
            lambda: self.service("meilisearch").endpoint, lambda: self.service("meilisearch").work()
        )
        self.redis = RedisStore(
            lambda: self.service("redis").endpoint, lambda: self.service("redis").work()
        )
        self.hub = HubStore(
            lambda: self.service("hub").endpoint, self.hub_health_url, self.platform.hub
        )

    def _postgres_endpoint(self) -> Endpoint:
        at = self.service("postgres").endpoint
        user, database = self.postgres_login
        return replace(at, user=user or at.user, database=database or at.database)

    @property
    def present(self) -> list[str]:
        """The platform's stores that can run here, in the order they are started."""
        return [store for store in self.platform.stores if store not in self.missing]

    @property
    def missing(self) -> Mapping[str, str]:
        """Stores that cannot run here, each with its reason."""
        return self.stack.missing

    @property
    def backups(self) -> Path:
        """The directory of the drill's backups: one directory a backup, in it one a store."""
        return self.directory / "backups"

    def service(self, store: str) -> Service:
        """Return a store's service. Raises: DrillError: it cannot run here, with the reason."""
        try:
            return RecordedService(self.stack.services[store], store, self.recorder)
        except KeyError:
            reason = self.missing.get(store, "this stack has no such service")
            raise DrillError(f"{store} cannot run here: {reason}") from None

    def instead(
        self,
        store: str,
        *argv: str | Path,
        stdin: Path | None = None,
        stdout: Path | None = None,
        text: str = "",
    ) -> AbstractContextManager[object]:
        """Keep the command that does what the drill does meanwhile by a protocol, or by itself."""
        return self.recorder.command(store, argv, stdin=stdin, stdout=stdout, text=text)

    def start(self, store: str) -> None:
        """Start a store and wait until its client is answered; an empty volume is initialised.

        Raises: DrillError: it died, or did not answer in time.
        """
        service = self.service(store)
        fresh = store == "postgres" and service.volume.census().entries == 0
        self.starts[store] += 1
        service.start()
        self.wait_ready(store)
        if fresh:
            self.bootstrap()
        elif begin := self.beside.get(store):
            begin()
        self.history.ready_seconds[store] = self.clock.now_seconds()

    def bootstrap(self) -> None:
        """Bring a new cluster to where the platform's own begins. Raises: DrillError."""
        self.run_scripts(self.platform.bootstrap)

    def create(self) -> None:
        """Create the platform's schema, with the rows it comes with. Raises: DrillError."""
        self.run_scripts((*self.platform.schema, *self.platform.seed))

    def run_scripts(self, scripts: Iterable[str]) -> None:
        """Run SQL files as their owner would, with psql. Raises: DrillError: one fails."""
        for script in scripts:
            with self.script(Path(script)) as path:
                self.recorder.places[str(path)] = f"{{platform}}/{Path(script).name}"
                done = self.service("postgres").run(_PSQL, stdin=path, check=False)
            if done.status:
                told = done.stderr.strip().splitlines() or ["psql failed and said nothing"]
                said = "; ".join(line.replace("psql:<stdin>:", "line ") for line in told[:3])
                raise self._lacking(scripts) or DrillError(f"{script}: {said}", _SCRIPTS)

    @contextmanager
    def script(self, path: Path) -> Iterator[Path]:
        """Give a script for the drill's own database, as a copy where it would leave it, or asks
        for the drill's password.
        """
        with path.open(encoding="utf-8", newline="") as lines:
            asks = any(ROLE_SECRET in line for line in lines)
            lines.seek(0)
            if not asks and not changes_databases(lines):
                yield path
                return
        copy = self.directory / "script.sql"
        try:
            with path.open(encoding="utf-8", newline="") as lines, copy.open("w") as file:
                copy.chmod(0o600)
                if asks:
                    # In the script's first line, so that psql counts the lines as they are.
                    secret = self.service("postgres").endpoint.secret
                    file.write(f"SELECT set_config('{ROLE_SECRET}', '{secret}', false); ")
                file.writelines(in_one_database(lines))
            yield copy
        except SeveralDatabases as error:
            raise DrillError(
                f"{path}: it connects to several databases: {error}",
                "A drill is of one database. Declare a platform for each.",
            ) from None
        finally:
            copy.unlink(missing_ok=True)

    def _lacking(self, scripts: Iterable[str]) -> DrillError | None:
        """Name all extensions that scripts ask for and this server does not have, if any."""
        wanted = {
            name: script
            for script in scripts
            for name in extensions(Path(script).read_text(encoding="utf-8"))
        }
        with self.postgres.connect() as connection:
            found = connection.execute("SELECT name FROM pg_available_extensions")
            there = {str(name) for (name,) in found}
        missing = [f"{name} ({wanted[name]})" for name in sorted(wanted) if name not in there]
        if not missing:
            return None
        return DrillError(
            f"this PostgreSQL lacks {counted(len(missing), 'extension')}: {', '.join(missing)}",
            "Drill on a server that has them: name its programs in [tool.drill.binaries] or"
            " DRILL_POSTGRES_BIN, or use an image with --runtime docker.",
        )

    def empty(self, store: str, how: str = CLEARED) -> None:
        """Remove whatever a stopped store's volume holds, and keep what shows it.

        Raises: DrillError: something is left.
        """
        volume = self.service(store).volume
        before = volume.census()
        volume.wipe()
        # It belongs to what was in there.
        self.beside.pop(store, None)
        if left := volume.census().entries:
            raise DrillError(
                f"{store}: {left} entries are still in the emptied volume",
                "Something else writes into it; a drill cannot prove anything there.",
            )
        moment_seconds = self.clock.now_seconds()
        self.history.emptied.append(Emptied(store, how, before.entries, moment_seconds))
        if how == CLEARED:
            self.points.reached(EMPTIED)

    def start_clean(self, store: str) -> None:
        """Start a store on an empty volume, removing whatever it holds."""
        self.service(store).stop()
        self.empty(store)
        self.start(store)

    def answers(self, store: str) -> bool:
        """Tell whether the store's client gets an answer right now."""
        try:
            return self.client(store).ready() is None
        except DrillError:
            return False

    def wait_ready(self, store: str) -> None:
        """Poll the store's own client until it answers. Raises: DrillError: it does not."""
        service = self.service(store)
        client = self.client(store)
        patience = self.patience(store)
        reason = "no answer yet"
        unwell_since_seconds: float | None = None
        for pause_seconds in pauses():
            if patience.is_over():
                break
            answer = client.ready()
            if answer is None:
                return
            reason = answer
            if not service.is_running:
                raise self.ended(store, "while it was starting")
            if store != "hub" or not self.hub.complains():
                unwell_since_seconds = None
            elif unwell_since_seconds is None:
                unwell_since_seconds = time.monotonic()
            elif time.monotonic() - unwell_since_seconds > UNWELL_AT_MOST_SECONDS:
                raise DrillError(f"hub is up but not well: {reason}", f"Its log: {service.log}")
            time.sleep(pause_seconds)
        self.refuse_halted()
        raise DrillError(
            f"{store} was not ready, and did nothing for {READY_WITHIN_SECONDS:.0f} s: {reason}",
            f"Its log: {service.log}",
        )

    def patience(self, store: str) -> Patience:
        """Return how long a server is waited for that was started: as long as it works."""
        # A hub that waits for others never rests.
        meter = unmeasured if store == "hub" else self.service(store).work
        return Patience(store, meter, READY_WITHIN_SECONDS)

    def refuse_halted(self) -> None:
        """Raise Unresponsive if anything of the drill was stopped or killed from outside."""
        if halted := self.stack.halted():
            raise Unresponsive(
                f"{' and '.join(halted)} stopped answering, and not by the drill's own doing",
                "What a drill sees from then on says nothing of its backups; run it again.",
            )
        if self.losses:
            raise Unresponsive(f"{self.losses[0]}, and not by the drill's own doing")

    def refuse_gone(self, store: str) -> None:
        """Raise Unresponsive if a store is gone or halted, and not by the drill's doing."""
        service = self.service(store)
        if not service.is_wanted:
            return
        self.refuse_halted()
        if not service.is_running:
            raise Unresponsive(
                f"{store} ended, and not by the drill's own doing: {cause(service.said)}",
                f"Its log: {service.log}",
            )

    def ended(self, store: str, when: str) -> DrillError:
        """Return why a server ended by itself. Raises: Unresponsive: it was halted from outside."""
        self.refuse_halted()
        service = self.service(store)
        return DrillError(f"{store} ended {when}: {cause(service.said)}", f"Its log: {service.log}")

    def client(
        self, store: str
    ) -> "PostgresStore | NatsStore | MeilisearchStore | RedisStore | HubStore":
        """Return a store's client by the store's name."""
        clients: dict[str, PostgresStore | NatsStore | MeilisearchStore | RedisStore | HubStore] = {
            "postgres": self.postgres,
            "nats": self.nats,
            "meilisearch": self.meilisearch,
            "redis": self.redis,
            "hub": self.hub,
        }
        return clients[store]
