"""A logical dump of PostgreSQL, restored into a clean database.

Source: the guide, "Using pg_dump (recommended)"; PostgreSQL 17 docs, pg_dump and pg_restore.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from harness.core.errors import DrillError
from harness.kinds import ObserveAtCut, Options
from harness.site import Site

DUMP = {"plain": "backup.sql", "custom": "backup.dump", "directory": "backup.dir"}


class PgDumpOptions(Options):
    """How to dump. `jobs` run in parallel: dumping needs the directory format for that, restoring
    the custom or the directory format.
    """

    format: Literal["plain", "custom", "directory"] = Field(
        "plain", description="plain is restored by psql, the others by pg_restore."
    )
    jobs: int = Field(1, ge=1, le=64, description="Parallel jobs.")

    @model_validator(mode="after")
    def _jobs_need_an_archive(self) -> "PgDumpOptions":
        if self.jobs > 1 and self.format == "plain":
            raise ValueError("jobs needs format: custom or directory; psql restores in one")
        return self


class PgDump:
    """`pg_dump`, and `psql < backup.sql` exactly as the guide does, or `pg_restore`."""

    id = "pg_dump"
    stores = ("postgres",)
    title = "logical dump by pg_dump, restored by psql or pg_restore"
    options = PgDumpOptions

    def take(
        self, site: Site, store: str, directory: Path, options: Options, observe: ObserveAtCut
    ) -> str:
        """Dump in one exported snapshot, in which everything is observed at the same time."""
        assert isinstance(options, PgDumpOptions)
        service = site.service(store)
        name = DUMP[options.format]
        with site.postgres.exported_snapshot() as snapshot, ThreadPoolExecutor(1) as observer:
            observed = observer.submit(observe, snapshot)
            argv = ["pg_dump", f"--snapshot={snapshot}"]
            if options.format == "plain":
                service.run(argv, stdout=directory / name)
            elif options.format == "custom":
                service.run([*argv, "--format=custom"], stdout=directory / name)
            else:
                into = f"--file={service.scratch}/{name}"
                service.run([*argv, "--format=directory", f"--jobs={options.jobs}", into])
                service.fetch(name, directory / name)
            observed.result()
        return service.run(["pg_dump", "--version"]).stdout.strip()

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:
        """Restore into a clean database; returns what the tool said on its error stream."""
        assert isinstance(options, PgDumpOptions)
        dump = directory / DUMP[options.format]
        if not dump.exists():
            raise DrillError(f"{store}: the backup holds no {dump.name}")
        site.start_clean(store)
        service = site.service(store)
        if options.format == "plain":
            return service.run(["psql"], stdin=dump).stderr
        service.send(dump, dump.name)
        argv = ["pg_restore", "--dbname=postgres", f"--jobs={options.jobs}"]
        # pg_restore ends with 1 when it ignored an error; what it said is judged, not its status.
        return service.run([*argv, f"{service.scratch}/{dump.name}"], check=False).stderr


METHOD = PgDump()
