"""Each stream by itself over JetStream's API, as `nats stream backup` and `restore` do it.

Source: the guide, "Per-stream export (requires the nats CLI)". The files are those of that
command, so either side reads what the other wrote.
"""

import shutil
from pathlib import Path

from pydantic import Field

from harness.core.errors import DrillError
from harness.kinds import ObserveAtCut, Options, Promise
from harness.site import Site

_NATS = ("nats", "--server={nats.url}", "stream")
_DESCRIPTION = "backup.json"
"""What the command writes of a stream beside its messages."""


class StreamBackupOptions(Options):
    """Which streams; the guide names one, EVENTS."""

    streams: tuple[str, ...] | None = Field(
        None, min_length=1, description="Names of streams; every stream when this is left out."
    )


class StreamBackup:
    """A directory a stream, with its messages and its durable consumers."""

    id = "stream_backup"
    stores = ("nats",)
    title = "each stream over the JetStream API, in the layout of the nats command"
    options = StreamBackupOptions

    def promise(self, options: Options) -> Promise:
        """Of the streams that are named only those."""
        assert isinstance(options, StreamBackupOptions)
        of = ", ".join(options.streams) if options.streams else "every stream"
        return Promise(f"{of}, with durable consumers", "when the backup was begun")

    def take(
        self, site: Site, store: str, directory: Path, options: Options, observe: ObserveAtCut
    ) -> str:
        """Back the streams up one after the other while the server runs."""
        from harness.stores import jetstream_snapshot  # noqa: PLC0415 - a kind needs no client

        assert isinstance(options, StreamBackupOptions)
        observe(None)
        with site.nats.connect() as jetstream:
            listed = jetstream.listed("STREAM.LIST", "streams")
            names = options.streams or [str(info["config"]["name"]) for info in listed]
            for name in names:
                with site.instead(store, *_NATS, "backup", name, directory / name):
                    jetstream_snapshot.snapshot(jetstream, name, directory / name)
        return f"JetStream API of {site.service(store).identity.version}"

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:  # noqa: ARG002 - the files say it all
        """Bring the streams back into the running server; one that exists is refused.

        Raises: DrillError: a stream exists already, or its files are incomplete.
        """
        from harness.stores import jetstream_snapshot  # noqa: PLC0415 - a kind needs no client

        backups = sorted(path for path in directory.iterdir() if path.is_dir())
        if not backups:
            raise DrillError(f"{store}: the backup holds no stream")
        if not site.service(store).is_running:
            site.start(store)
        with site.nats.connect() as jetstream:
            for path in backups:
                with site.instead(store, *_NATS, "restore", path):
                    jetstream_snapshot.restore(jetstream, path.name, path)
        return ""

    def recognise(self, store: str, source: Path) -> Options | None:  # noqa: ARG002 - it has one
        """Tell what the nats command left of a stream, or a folder with one such for each."""
        return StreamBackupOptions.model_validate({}) if _streams(source) else None

    def take_in(self, store: str, source: Path, directory: Path) -> None:  # noqa: ARG002 - as above
        """Copy a folder for each stream."""
        for folder in _streams(source):
            shutil.copytree(folder, directory / folder.name)


def _streams(source: Path) -> list[Path]:
    found = (*source.glob(_DESCRIPTION), *source.glob(f"*/{_DESCRIPTION}"))
    return sorted(path.parent for path in found)


METHOD = StreamBackup()
