"""PostgreSQL, initialised as its image does it, durable, reachable on loopback only."""

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.core.errors import Unavailable
from harness.core.patience import STOPPED_WITHIN_SECONDS
from harness.core.ports import Endpoint
from harness.runtime import servers, shared_memory
from harness.runtime.embedded import unprivileged
from harness.runtime.embedded.isolated import SOCKETS
from harness.runtime.embedded.process import ServerProcess
from harness.runtime.embedded.service import EmbeddedService
from harness.runtime.embedded.unprivileged import Account

SETTINGS = {
    **servers.POSTGRES_SETTINGS,
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # Anywhere else than in the volume it would outlive a server that is killed.
    "dynamic_shared_memory_type": "mmap",
}
"""What it is started with; where it listens is a container's own affair."""

INERT = {
    "max_logical_replication_workers": "0",
    "shared_preload_libraries": "",
    "session_preload_libraries": "",
    "local_preload_libraries": "",
    "archive_mode": "off",
    "ssl": "off",
    "huge_pages": "off",
}
"""What keeps another's database from working by itself (subscriptions, schedulers, archiving), and
from needing what its machine had.
"""
TRUSTING = "local all all trust\n"
"""Who may log in where nobody but the drill comes: nobody knows a copied cluster's passwords."""
_IDENTIFIER_BYTES = 8


class PostgresService(EmbeddedService):
    """The volume is PGDATA."""

    store = "postgres"
    user = "postgres"
    database = "postgres"
    runs_code_of_its_data = True
    stop_signal = signal.SIGINT  # Fast shutdown: sessions are ended, a checkpoint is made.
    stops_within_seconds = 4 * STOPPED_WITHIN_SECONDS
    _sockets: int | None = None
    _initialised = b""

    def account(self) -> Account:
        """Return an account that PostgreSQL accepts."""
        # One that is cut off is no root where it runs.
        return Account() if self._isolation else unprivileged.account()

    @property
    def address(self) -> Endpoint:
        """Where it answers; without a network, in a folder of sockets, which is open here: a path
        to a socket may have 107 bytes, and the folder's own may have more.
        """
        at = super().address
        if not self._isolation:
            return at
        if self._sockets is None:
            self._sockets = os.open(self._private, os.O_PATH | os.O_DIRECTORY)
        return replace(at, host=f"/proc/self/fd/{self._sockets}")

    def reap(self) -> bool:
        """Kill its first process if it still lives; tell whether it is gone."""
        if self._sockets is not None:
            os.close(self._sockets)
            self._sockets = None
        return super().reap()

    def argv(self) -> Sequence[str]:
        """Return the server's command."""
        own = self._cut_off() if self._isolation else {}
        settings = {**SETTINGS, **own, "port": str(self.address.port)}
        data = self.reached(self.volume.root)
        return [str(self._server.program), "-D", data, *servers.options(settings)]

    def _cut_off(self) -> dict[str, str]:
        """Return the settings of a server that has no network, and starts nothing by itself.

        A cluster that came from elsewhere has settings that are about its own machine.
        """
        folder = os.path.relpath(self._private, self.volume.root)
        settings = {"listen_addresses": "", "unix_socket_directories": folder, **INERT}
        if self._cluster() != self._initialised:
            for name, text in (("config_file", ""), ("hba_file", TRUSTING), ("ident_file", "")):
                (self._private / name).write_text(text, encoding="ascii")
                settings[name] = name
        return settings

    def _require_same_major(self) -> None:
        """Raises: Unavailable: the cluster in the volume is of another release."""
        try:
            major = (self.volume.root / "PG_VERSION").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return
        if major != self.identity.version.partition(".")[0]:
            raise Unavailable(
                f"{self.store}: the copied cluster is of PostgreSQL {major}, and this server is"
                f" {self.identity.version}",
                "Name the folder of such a server's programs in DRILL_POSTGRES_BIN.",
            )

    def _cluster(self) -> bytes:
        """Return what identifies the cluster in the volume. Source: pg_control_init()."""
        try:
            with (self.volume.root / "global" / "pg_control").open("rb") as control:
                return control.read(_IDENTIFIER_BYTES)
        except OSError:
            return b""

    def _watch(self, process: ServerProcess, port: int) -> None:
        if not self._isolation:
            super()._watch(process, port)

    def client_environ(self) -> Mapping[str, str]:
        """Return libpq's variables: where the server is, and no file of this machine's."""
        at = self.address
        return {
            "PSQLRC": os.devnull,
            "PGSYSCONFDIR": str(self._private),
            **servers.postgres_client(replace(at, host=str(SOCKETS)) if self._isolation else at),
        }

    def prepare(self) -> None:
        """Initialise an empty volume; make what a restore left acceptable to the server."""
        root = self.volume.root
        if self._isolation and os.geteuid() == 0:
            # Whoever owned what came from elsewhere is nobody where the server runs.
            unprivileged.chown(root, os.geteuid(), os.getegid())
        self._require_same_major()
        self.account().give(root, within=self._surroundings.directory.parent)
        self.account().give(self._private, within=self._surroundings.directory.parent)
        # What the server archives, and reads again in a recovery, is kept there.
        self.account().give(self._scratch, within=self._surroundings.directory.parent)
        root.chmod(0o700)
        if self.volume.census().entries == 0:
            self._initialise()
        self._forget_segment()
        # A copy of a live or killed server holds its lock, with a process id that may belong to
        # any other process now. In a container it is always the server's own.
        (root / shared_memory.LOCK_FILE).unlink(missing_ok=True)

    def kill(self) -> None:
        """Kill all of its processes; their memory goes with them, whoever killed them.

        Raises: DrillError: some could not be killed.
        """
        super().kill()
        self._forget_segment()

    def _forget_segment(self) -> None:
        shared_memory.remove_named(self.volume.root / shared_memory.LOCK_FILE)

    def _initialise(self) -> None:
        password = self._private / "password"
        password.touch(mode=0o600)
        password.write_text(self._secret, encoding="utf-8")
        self.account().give(password, within=self._surroundings.directory.parent)
        argv = [
            str(self._server.program.with_name("initdb")),
            f"--pgdata={self.reached(self.volume.root)}",
            f"--username={self.user}",
            f"--pwfile={self.reached(password)}",
            "--auth=scram-sha-256",
            *servers.initdb_arguments(self.identity.version),
            # What one that was killed leaves tells its segment of memory.
            "--no-clean",
        ]
        try:
            initdb = self._spawn(argv, {})
            status = initdb.finish(f"{self.store}: initdb")
        finally:
            password.unlink()
        if status:
            self._forget_segment()
            # An empty directory is no backup's fault.
            raise Unavailable(
                f"{self.store}: initdb failed\n{self._redactor.text(initdb.said)}",
                f"Its log: {self.log}",
            )
        self._initialised = self._cluster()
