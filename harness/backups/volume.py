"""The data volume as a tar.gz archive, taken while the server runs or while it is stopped.

Source: the guide, "Docker volume backup (raw files)" and "Docker volume restore".
"""

import shutil
import tarfile
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.backups._adopting import first_bytes, is_gzipped
from harness.backups._archive import unpack
from harness.backups._flow import flowing
from harness.core.points import EMPTIED, FIRST_BYTE, HALF
from harness.core.ports import STORES
from harness.kinds import ObserveAtCut, Options, Promise
from harness.site import Site

ARCHIVE = "data.tar.gz"
_TAR = b"ustar"
_ALWAYS = {
    "postgres": "PG_VERSION",
    "nats": "jetstream",
    "meilisearch": "data.ms",
    "redis": "appendonlydir",
    "hub": "",
}


class VolumeOptions(Options):
    """`while: stopped` stops the server first; `while: running` is what the guide shows."""

    while_: Literal["stopped", "running"] = Field(
        "stopped", alias="while", description="Whether the server is stopped for the copy."
    )


class VolumeBackup:
    """An archive of raw files."""

    id = "volume"
    stores = STORES
    title = "tar.gz of the data volume, unpacked into the emptied volume"
    options = VolumeOptions

    def promise(self, options: Options) -> Promise:
        """A server that runs is copied as a crash would leave it."""
        assert isinstance(options, VolumeOptions)
        if options.while_ == "stopped":
            return Promise("the whole volume", "when the server was stopped")
        return Promise("the whole volume, recovered as after a crash", "when the copy was begun")

    def take(
        self, site: Site, store: str, directory: Path, options: Options, observe: ObserveAtCut
    ) -> str:
        """Archive the volume; a stopped server is started again afterwards."""
        assert isinstance(options, VolumeOptions)
        service = site.service(store)
        observe(None)
        stop = options.while_ == "stopped" and service.is_running
        if stop:
            service.stop()
        try:
            with flowing(site, store, directory / ARCHIVE) as target:
                service.volume.archive(target)
        finally:
            if stop:
                site.start(store)
        return "tar, gzip"

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:  # noqa: ARG002 - the archive needs none
        """Empty the volume, unpack the archive into it and start the server."""
        unpack(site, store, directory / ARCHIVE)
        return ""

    def points(self, verb: str, options: Options) -> tuple[str, ...]:  # noqa: ARG002 - however it is taken
        """It is one file, unpacked into an empty volume."""
        return (FIRST_BYTE, HALF) if verb == "backup" else (EMPTIED,)

    def recognise(self, store: str, source: Path) -> Options | None:
        """Tell a gzipped tar archive by its first block, and a folder by what it always holds."""
        if source.is_dir():
            is_one = (source / _ALWAYS[store]).exists()
        else:
            is_one = is_gzipped(source) and _TAR in first_bytes(source)
        return VolumeOptions.model_validate({"while": "stopped"}) if is_one else None

    def take_in(self, store: str, source: Path, directory: Path) -> None:  # noqa: ARG002 - any store's
        """Copy the archive as it is, or make one of a folder."""
        if source.is_file():
            shutil.copyfile(source, directory / ARCHIVE)
            return
        with tarfile.open(directory / ARCHIVE, "w:gz", compresslevel=1) as archive:
            archive.add(source, ".")


METHOD = VolumeBackup()
