"""A logical dump of PostgreSQL, restored into a clean database.

Source: the guide, "Using pg_dump (recommended)"; PostgreSQL 17 docs, pg_dump, pg_dumpall, psql and
pg_restore.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TextIO

from pydantic import Field, model_validator

from harness.backups import _roles
from harness.backups._adopting import copied, first_bytes
from harness.backups._flow import flowing
from harness.backups._last_table import held_at_last_table
from harness.backups._needs import supply
from harness.core.errors import DrillError
from harness.core.points import EMPTIED, FIRST_BYTE, HALF, LAST_TABLE
from harness.core.ports import Service
from harness.kinds import ObserveAtCut, Options, Promise
from harness.site import Site

DUMP = {"plain": "backup.sql", "custom": "backup.dump", "directory": "backup.dir"}
GLOBALS = "globals.sql"
_CONTENTS = "toc.dat"
_CUSTOM = b"PGDMP"

_STOP_AT_ERRORS = ("--set=ON_ERROR_STOP=1", "--single-transaction")


class PgDumpOptions(Options):
    """How to dump, and how strictly to restore. `jobs` run in parallel: dumping needs the directory
    format for that, restoring the custom or the directory format.
    """

    format: Literal["plain", "custom", "directory"] = Field(
        "plain", description="plain is restored by psql, the others by pg_restore."
    )
    jobs: int = Field(1, ge=1, le=64, description="Parallel jobs.")
    globals: bool = Field(
        False, description="Whether pg_dumpall --globals-only is kept beside it, restored first."
    )
    restore: Literal["as_written", "strict"] = Field(
        "as_written",
        description="as_written passes over errors, as the guide's command does; strict stops at"
        " the first and leaves nothing half done.",
    )

    @model_validator(mode="after")
    def _options_agree(self) -> "PgDumpOptions":
        if self.jobs > 1 and self.format == "plain":
            raise ValueError("jobs needs format: custom or directory; psql restores in one")
        if self.jobs > 1 and self.restore == "strict":
            raise ValueError("restore: strict is one transaction, which parallel jobs cannot share")
        return self


class PgDump:
    """`pg_dump`, and `psql < backup.sql` exactly as the guide does, or `pg_restore`."""

    id = "pg_dump"
    stores = ("postgres",)
    title = "logical dump by pg_dump, restored by psql or pg_restore"
    options = PgDumpOptions

    def promise(self, options: Options) -> Promise:
        """All of one database, in one snapshot."""
        assert isinstance(options, PgDumpOptions)
        beside = "" if options.globals else "; roles and settings of the cluster are not in it"
        return Promise(f"the database{beside}", "the dump's snapshot")

    def take(
        self, site: Site, store: str, directory: Path, options: Options, observe: ObserveAtCut
    ) -> str:
        """Dump in one exported snapshot, in which everything is observed at the same time."""
        assert isinstance(options, PgDumpOptions)
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - logging comes with it

        service = site.service(store)
        name = DUMP[options.format]
        with site.postgres.exported_snapshot() as snapshot, ThreadPoolExecutor(1) as observer:
            observed = observer.submit(observe, snapshot)
            argv = ["pg_dump", f"--snapshot={snapshot}"]
            if options.format == "plain":
                with flowing(site, store, directory / name) as target:
                    service.run(argv, stdout=target)
            elif options.format == "custom":
                with flowing(site, store, directory / name) as target:
                    service.run([*argv, "--format=custom"], stdout=target)
            else:
                argv += ["--format=directory", f"--jobs={options.jobs}", f"--file={name}"]
                service.run(argv)
                service.fetch(name, directory / name)
            observed.result()
        if options.globals:
            service.run(["pg_dumpall", "--globals-only"], stdout=directory / GLOBALS)
        return service.run(["pg_dump", "--version"]).stdout.strip()

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:
        """Restore into a clean database; returns what the tools said on their error streams."""
        assert isinstance(options, PgDumpOptions)
        dump = directory / DUMP[options.format]
        if not dump.exists():
            raise DrillError(f"{store}: the backup holds no {dump.name}")
        site.start_clean(store)
        service = site.service(store)
        strictly = _STOP_AT_ERRORS if options.restore == "strict" else ()
        said = ""
        if options.globals:
            roles = _roles.make_restorable(site, store, directory / GLOBALS)
            said = service.run(["psql", *strictly], stdin=roles).stderr
            roles.unlink()
        if site.platform.is_adopted:
            with _as_script(service, dump, options) as script:
                supply(site, store, script)
        if options.format == "plain":
            with held_at_last_table(site, dump) as held:
                return said + service.run(["psql", *strictly], stdin=held).stderr
        return said + _pg_restore(service, dump, options)

    def prove(self, site: Site, store: str, directory: Path, options: Options) -> None:
        """Have pg_restore read its table of contents; a script tells its end by its last line."""
        assert isinstance(options, PgDumpOptions)
        if options.format == "plain":
            return
        dump, service = directory / DUMP[options.format], site.service(store)
        service.run(["rm", "-rf", dump.name])
        service.send(dump, dump.name)
        try:
            service.run(["pg_restore", "--list", dump.name])
        finally:
            service.run(["rm", "-rf", dump.name])

    def points(self, verb: str, options: Options) -> tuple[str, ...]:
        """A folder is written by several at once, and only a script is read line by line."""
        assert isinstance(options, PgDumpOptions)
        if verb == "backup":
            return () if options.format == "directory" else (FIRST_BYTE, HALF)
        return (EMPTIED, LAST_TABLE) if options.format == "plain" else (EMPTIED,)

    def recognise(self, store: str, source: Path) -> Options | None:  # noqa: ARG002 - it has one
        """Tell a dump by its first bytes, or a folder by its contents."""
        if source.is_dir():
            form = "directory" if (source / _CONTENTS).is_file() else ""
        else:
            start = first_bytes(source)
            form = "custom" if start.startswith(_CUSTOM) else "" if b"\0" in start else "plain"
        return PgDumpOptions.model_validate({"format": form}) if form else None

    def take_in(self, store: str, source: Path, directory: Path) -> None:
        """Copy a dump, unpacked if gzip had packed it."""
        options = self.recognise(store, source)
        assert isinstance(options, PgDumpOptions)
        copied(source, directory / DUMP[options.format])


@contextmanager
def _as_script(service: Service, dump: Path, options: PgDumpOptions) -> Iterator[TextIO]:
    """Give a dump as the SQL that makes its objects, line by line, as far as it can be read."""
    script = dump
    if options.format != "plain":
        script = dump.with_name("objects.sql")
        _send(service, dump)
        argv = ["pg_restore", "--schema-only", "--file=-", dump.name]
        service.run(argv, stdout=script, check=False)
    try:
        with script.open(encoding="utf-8", errors="replace", newline="\n") as lines:
            yield lines
    finally:
        if script != dump:
            script.unlink()


def _send(service: Service, dump: Path) -> None:
    service.run(["rm", "-rf", dump.name])  # a restore before this one may have left it
    service.send(dump, dump.name)


def _pg_restore(service: Service, dump: Path, options: PgDumpOptions) -> str:
    _send(service, dump)
    argv = ["pg_restore", f"--dbname={service.endpoint.database}"]
    if options.restore == "strict":
        return service.run([*argv, "--exit-on-error", "--single-transaction", dump.name]).stderr
    # pg_restore ends with 1 when it ignored an error; what it said is judged, not its status.
    return service.run([*argv, f"--jobs={options.jobs}", dump.name], check=False).stderr


METHOD = PgDump()
