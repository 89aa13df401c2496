"""PostgreSQL, initialised as its image does it, durable, reachable on loopback only."""

import os
import signal
from collections.abc import Mapping, Sequence

from harness.core.errors import DrillError
from harness.runtime.embedded import unprivileged
from harness.runtime.embedded.service import EmbeddedService
from harness.runtime.embedded.unprivileged import Account

_INITIALISED_WITHIN_SECONDS = 120.0

# First major version with a locale provider that needs nothing of the operating system.
_BUILTIN_LOCALES_SINCE = 17

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "wal_level": "logical",
    "max_parallel_workers_per_gather": "2",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_checkpoints": "on",
}
"""What the server is started with. Nothing here weakens durability: fsync and synchronous_commit
stay on. Given on the command line, so that no setting of this machine gets into a backup.
"""


class PostgresService(EmbeddedService):
    """The volume is PGDATA."""

    store = "postgres"
    user = "postgres"
    database = "postgres"
    stop_signal = signal.SIGINT  # Fast shutdown: sessions are ended, a checkpoint is made.
    stops_within_seconds = 120.0

    def account(self) -> Account:
        """Return an account that PostgreSQL accepts."""
        return unprivileged.account()

    def argv(self) -> Sequence[str]:
        """Return the server's command."""
        settings = {**SETTINGS, "port": str(self.address.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._server.program), "-D", self.reached(self.volume.root), *options]

    def client_environ(self) -> Mapping[str, str]:
        """Return libpq's variables: where the server is, and no file of this machine's."""
        at = self.address
        return {
            "PSQLRC": os.devnull,
            "PGSYSCONFDIR": str(self._private),
            "PGHOST": at.host,
            "PGPORT": str(at.port),
            "PGUSER": at.user,
            "PGPASSWORD": at.secret,
            "PGDATABASE": at.database,
        }

    def prepare(self) -> None:
        """Initialise an empty volume; make what a restore left acceptable to the server."""
        root = self.volume.root
        self.account().give(root, within=self._surroundings.directory.parent)
        self.account().give(self._private, within=self._surroundings.directory.parent)
        # What the server archives, and reads again in a recovery, is kept there.
        self.account().give(self._scratch, within=self._surroundings.directory.parent)
        root.chmod(0o700)
        if self.volume.census().entries == 0:
            self._initialise()
        # A copy of a live or killed server holds its lock, with a process id that may belong to
        # any other process now. In a container it is always the server's own.
        (root / "postmaster.pid").unlink(missing_ok=True)

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
            "--encoding=UTF8",
            "--locale=C",
            # Only the initialisation itself is not synced; the server syncs everything it writes.
            "--no-sync",
        ]
        if int(self.identity.version.partition(".")[0]) >= _BUILTIN_LOCALES_SINCE:
            argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            initdb = self._spawn(argv, {})
            ended = initdb.wait(_INITIALISED_WITHIN_SECONDS)
        finally:
            password.unlink()
        if not ended or initdb.status:
            raise DrillError(
                f"{self.store}: initdb failed\n{self._redactor.text(initdb.said)}",
                f"Its log: {self.log}",
            )
