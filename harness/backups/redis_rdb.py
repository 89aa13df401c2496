"""The cache as an RDB file, made by BGSAVE.

Source: Redis docs, "Redis persistence": with appendonly on, a server reads the files that the
manifest in appendonlydir names, of which the base may be an RDB file, and never dump.rdb.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.backups._adopting import copied, first_bytes
from harness.core.errors import DrillError
from harness.kinds import ObserveAtCut, Options, Promise
from harness.site import Site

DUMP = "dump.rdb"
_RDB = (b"REDIS", b"VALKEY")
BASE = "appendonly.aof.1.base.rdb"
MANIFEST = f"file {BASE} seq 1 type b\n"


class RedisRdbOptions(Options):
    """Where the file goes at a restore."""

    place: Literal["dump.rdb", "appendonlydir"] = Field(
        "appendonlydir",
        description="dump.rdb, which a server with appendonly on never reads, or appendonlydir,"
        " as the base that its manifest names.",
    )


class RedisRdb:
    """A point-in-time file of the whole cache."""

    id = "redis_rdb"
    stores = ("redis",)
    title = "RDB file made by BGSAVE"
    options = RedisRdbOptions

    def promise(self, options: Options) -> Promise:  # noqa: ARG002 - all the same
        """All that the server holds."""
        return Promise("every key", "when the save was begun")

    def take(
        self,
        site: Site,
        store: str,
        directory: Path,
        options: Options,  # noqa: ARG002 - they are about the restore
        observe: ObserveAtCut,
    ) -> str:
        """Save in the background, wait for the end, and copy the file out of the volume."""
        observe(None)
        with site.instead(store, "redis-cli", "-u", "{redis.url}", "--rdb", directory / DUMP):
            site.redis.save()
            service = site.service(store)
            (directory / DUMP).write_bytes(service.volume.read(DUMP))
        return f"{service.identity.product} {service.identity.version}"

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:
        """Put the file into the emptied volume and start the server."""
        assert isinstance(options, RedisRdbOptions)
        dump = directory / DUMP
        if not dump.is_file():
            raise DrillError(f"{store}: the backup holds no {DUMP}")
        service = site.service(store)
        service.stop()
        site.empty(store)
        if options.place == "dump.rdb":
            with site.instead(store, "cp", dump, f"{{redis.volume}}/{DUMP}"):
                service.volume.write(DUMP, dump.read_bytes())
        else:
            files = "{redis.volume}/appendonlydir"
            with site.instead(store, "install", "-D", dump, f"{files}/{BASE}"):
                service.volume.write(f"appendonlydir/{BASE}", dump.read_bytes())
            manifest = Path(files, "appendonly.aof.manifest")
            with site.instead(store, "echo", MANIFEST.strip(), stdout=manifest):
                service.volume.write("appendonlydir/appendonly.aof.manifest", MANIFEST.encode())
        site.start(store)
        return ""

    def recognise(self, store: str, source: Path) -> Options | None:  # noqa: ARG002 - it has one
        """Tell an RDB file by its first bytes."""
        is_one = source.is_file() and first_bytes(source).startswith(_RDB)
        return RedisRdbOptions.model_validate({}) if is_one else None

    def take_in(self, store: str, source: Path, directory: Path) -> None:  # noqa: ARG002 - as above
        """Copy the file, unpacked if gzip had packed it."""
        copied(source, directory / DUMP)


METHOD = RedisRdb()
