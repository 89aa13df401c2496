"""A Meilisearch snapshot: the database as it is, for the very version that made it.

Source: the guide, "Create a snapshot (binary, fast restore)".
"""

from pathlib import Path

from harness.backups._meilisearch_import import ImportOptions, asked, bring_in, keep, take_in
from harness.kinds import ObserveAtCut, Options, Promise
from harness.site import Site

PATH = "snapshots/data.ms.snapshot"
"""One fixed name: each snapshot takes the place of the one before."""


class MeiliSnapshot:
    """`POST /snapshots`, its task awaited."""

    id = "meili_snapshot"
    stores = ("meilisearch",)
    title = "snapshot over the API, imported when the server starts"
    options = ImportOptions

    def promise(self, options: Options) -> Promise:  # noqa: ARG002 - all the same
        """All that the server holds."""
        return Promise("every index, with its settings", "when it was begun")

    def take(
        self, site: Site, store: str, directory: Path, options: Options, observe: ObserveAtCut
    ) -> str:
        """Make a snapshot while the server runs. Raises: DrillError: the task failed."""
        observe(None)
        with asked(site, store, "snapshots"):
            site.meilisearch.snapshot()
        keep(site, store, directory, options, PATH)
        return f"Meilisearch {site.service(store).identity.version}"

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:
        """Start with the import. Raises: DrillError: the snapshot is lost, or was refused."""
        bring_in(site, store, directory, options, "snapshot")
        return ""

    def recognise(self, store: str, source: Path) -> Options | None:  # noqa: ARG002 - it has one
        """Tell it by the name that the server gives it."""
        return ImportOptions.model_validate({}) if source.suffix == ".snapshot" else None

    def take_in(self, store: str, source: Path, directory: Path) -> None:  # noqa: ARG002 - as above
        """Copy it under the name that the server gives it."""
        take_in(source, directory, PATH)


METHOD = MeiliSnapshot()
