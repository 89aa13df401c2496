"""Point-in-time recovery: a base backup, and every write-ahead log record from then on.

Source: PostgreSQL 17 docs, chapter 25.3 "Continuous Archiving and Point-in-Time Recovery", and the
pages of pg_basebackup, pg_verifybackup, pg_combinebackup and pg_receivewal. It is what the guide's
"PITR" column is to the self-hosted.
"""

import shutil
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from harness.backups import _recovery, _replication, _wal
from harness.backups._archive import unpack
from harness.backups._streaming import streaming
from harness.core.errors import DrillError
from harness.core.points import EMPTIED, FIRST_BYTE, HALF, RECOVERY_BEGUN
from harness.core.ports import Service
from harness.kinds import ObserveAtCut, Options, Promise, Target
from harness.site import Site

BASE = "base"
DATA = "data"
MANIFEST = "backup_manifest"
BUILDS_ON = "builds_on"

_FIRST_WITH_INCREMENTS = 170000


class BaseBackupOptions(Options):
    """How the log is kept, and whether the base backup holds only what changed since another.

    `wal: archive` keeps a segment when it is full or `archive_timeout` old; `wal: stream` keeps
    each record before its transaction is acknowledged; `wal: none` keeps only what the base backup
    itself needs.
    """

    wal: Literal["archive", "stream", "none"] = Field(
        "archive",
        description="archive by archive_command, stream by pg_receivewal --synchronous; none keeps"
        " no log, and nothing written later comes back.",
    )
    archive_timeout: str = Field(
        "60s",
        pattern="^[0-9]{1,5}s$",
        description="The oldest that an unarchived record gets; 0s keeps full segments only.",
    )
    incremental_to: str | None = Field(
        None, description="An earlier base backup that this one only adds to."
    )

    @model_validator(mode="after")
    def _only_archives_wait(self) -> "BaseBackupOptions":
        if self.wal == "stream" and "archive_timeout" in self.model_fields_set:
            raise ValueError("archive_timeout needs wal: archive; a stream waits for nothing")
        if self.wal == "none" and "archive_timeout" in self.model_fields_set:
            raise ValueError("archive_timeout needs wal: archive; without a log nothing waits")
        return self

    @property
    def builds_on(self) -> str | None:
        """The backup that an incremental one adds to."""
        return self.incremental_to


class BaseBackup:
    """A verified copy of the cluster, rolled forward through the log kept outside its volume."""

    id = "base_backup"
    stores = ("postgres",)
    title = "pg_basebackup and the write-ahead log after it, recovered to a point in time"
    options = BaseBackupOptions

    def arm(self, site: Site, store: str, options: Options) -> None:
        """Have the server keep its log, and what incremental backups need, from now on."""
        from psycopg import sql  # noqa: PLC0415 - a kind is known without its client

        assert isinstance(options, BaseBackupOptions)
        service = site.service(store)
        admitting, rules = _replication.rules(site, service)
        kept = {} if options.wal == "none" else _wal.settings(service, options.wal)
        settings = {**admitting, **kept}
        if options.wal == "archive":
            settings["archive_timeout"] = options.archive_timeout
        with site.postgres.connect() as connection:
            if options.wal != "none" and connection.info.server_version >= _FIRST_WITH_INCREMENTS:
                settings["summarize_wal"] = "on"
            for name, value in settings.items():
                set_ = sql.SQL("ALTER SYSTEM SET {} = {}").format(
                    sql.Identifier(name), sql.Literal(value)
                )
                with site.instead(store, "psql", "-c", set_.as_string(connection)):
                    connection.execute(set_)
        service.stop()
        if rules:
            service.volume.write(_replication.RULES_FILE, rules)
        site.start(store)
        if options.wal == "stream":
            _wal.receive(site, store)

    def promise(self, options: Options) -> Promise:
        """As far as the log is kept, which a stream is before a transaction is acknowledged."""
        assert isinstance(options, BaseBackupOptions)
        scope = "the cluster without its unlogged tables"
        if options.wal == "stream":
            return Promise(scope, "the last acknowledged write", 0.0)
        if options.wal == "none":
            return Promise(scope, "the end of the copy")
        # Without a timeout, a segment that is never full is never kept.
        lag_seconds = float(options.archive_timeout[:-1]) or None
        return Promise(scope, "the last archived segment", lag_seconds)

    def take(
        self, site: Site, store: str, directory: Path, options: Options, observe: ObserveAtCut
    ) -> str:
        """Copy the running server; of an incremental backup, what changed since the other."""
        assert isinstance(options, BaseBackupOptions)
        service = site.service(store)
        observe(None)
        argv = ["pg_basebackup", f"--pgdata={BASE}", "--checkpoint=fast"]
        argv.append("--manifest-checksums=SHA256")
        if options.incremental_to is not None:
            earlier = directory.parents[1] / options.incremental_to / store
            service.send(earlier / BASE / MANIFEST, MANIFEST)
            argv.append(f"--incremental={MANIFEST}")
            (directory / BUILDS_ON).write_text(options.incremental_to, encoding="utf-8")
        with streaming(site) as slowed:
            service.run([*argv, *slowed])
        service.fetch(BASE, directory / BASE)
        return service.run(["pg_basebackup", "--version"]).stdout.strip()

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:
        """Recover as far as the log goes."""
        return self.recover(site, store, directory, options, None)

    def recover(
        self, site: Site, store: str, directory: Path, options: Options, target: Target | None
    ) -> str:
        """Verify every backup of the chain before anything is touched, then recover."""
        assert isinstance(options, BaseBackupOptions)
        service = site.service(store)
        said = verify(service, _chain(directory, store))
        archive = directory / "data.tar.gz"
        pack(service, archive)
        service.stop()
        try:
            if options.wal == "none":
                unpack(site, store, archive)
            else:
                _recovery.recover(site, store, archive, target)
        finally:
            archive.unlink()
        return said

    def prove(self, site: Site, store: str, directory: Path, options: Options) -> None:
        """Verify the whole chain, and see that the log from now on is kept."""
        assert isinstance(options, BaseBackupOptions)
        service = site.service(store)
        try:
            verify(service, _chain(directory, store))
        finally:
            service.run(["rm", "-rf", DATA])
        if options.wal != "none" and not _wal.goes_on(site, service, options.wal):
            raise DrillError("the log after it is not kept: what is written from now on is lost")

    def points(self, verb: str, options: Options) -> tuple[str, ...]:  # noqa: ARG002 - however the log is kept
        """The server tells how much of the copy it has sent."""
        return (FIRST_BYTE, HALF) if verb == "backup" else (EMPTIED, RECOVERY_BEGUN)

    def recognise(self, store: str, source: Path) -> Options | None:  # noqa: ARG002 - it has one
        """Tell a copy of a cluster that pg_basebackup made, by its manifest."""
        is_one = (source / "PG_VERSION").is_file() and (source / MANIFEST).is_file()
        return BaseBackupOptions.model_validate({"wal": "none"}) if is_one else None

    def take_in(self, store: str, source: Path, directory: Path) -> None:  # noqa: ARG002 - as above
        """Copy it."""
        shutil.copytree(source, directory / BASE, symlinks=True)


def _chain(directory: Path, store: str) -> list[Path]:
    """Return the backups to combine, the full one first."""
    chain = [directory]
    while (builds_on := chain[0] / BUILDS_ON).is_file():
        chain.insert(0, directory.parents[1] / builds_on.read_text(encoding="utf-8") / store)
    for link in chain:
        if not (link / BASE / MANIFEST).is_file():
            raise DrillError(f"{store}: the backup holds no {BASE}/{MANIFEST}")
    return chain


def verify(service: Service, chain: list[Path]) -> str:
    """Leave the verified, combined data directory in the scratch; return what the tools said.

    Raises: CommandFailed: a backup of the chain is not what its manifest says.
    """
    said = ""
    # Names that are relative: some of these programs start others with a path in a command.
    links = [f"{BASE}-{position}" for position in range(len(chain))]
    # A restore that was refused may have left some of it.
    service.run(["rm", "-rf", DATA, *links])
    for link, backup in zip(links, chain, strict=True):
        service.send(backup / BASE, link)
        said += service.run(["pg_verifybackup", "--quiet", link]).stderr
    if len(links) == 1:
        service.run(["mv", links[0], DATA])
    else:
        said += service.run(["pg_combinebackup", "--output", DATA, *links]).stderr
        said += service.run(["pg_verifybackup", "--quiet", DATA]).stderr
        service.run(["rm", "-r", *links])
    return said


def pack(service: Service, archive: Path) -> None:
    """Make an archive for a volume of the data directory in the scratch."""
    script = "tar -cf - data | gzip -1 > data.tar.gz && rm -r data"
    service.run(["bash", "-o", "pipefail", "-c", script])
    service.fetch(archive.name, archive)


METHOD = BaseBackup()
