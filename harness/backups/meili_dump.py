"""A Meilisearch dump: portable between versions, indexed anew when it is imported.

Source: the guide, "Create a dump (portable, version-independent)".
"""

from pathlib import Path

from harness.backups._meilisearch_import import ImportOptions, asked, bring_in, keep, take_in
from harness.kinds import ObserveAtCut, Options, Promise
from harness.site import Site


class MeiliDump:
    """`POST /dumps`, its task awaited."""

    id = "meili_dump"
    stores = ("meilisearch",)
    title = "dump over the API, imported when the server starts"
    options = ImportOptions

    def promise(self, options: Options) -> Promise:  # noqa: ARG002 - all the same
        """All that the server holds."""
        return Promise("every index, with its settings", "when it was begun")

    def take(
        self, site: Site, store: str, directory: Path, options: Options, observe: ObserveAtCut
    ) -> str:
        """Dump while the server runs. Raises: DrillError: the task failed."""
        observe(None)
        with asked(site, store, "dumps"):
            dump = site.meilisearch.dump()
        keep(site, store, directory, options, f"dumps/{dump}.dump")
        return f"Meilisearch {site.service(store).identity.version}"

    def restore(self, site: Site, store: str, directory: Path, options: Options) -> str:
        """Start with the import. Raises: DrillError: the dump is lost, or was refused."""
        bring_in(site, store, directory, options, "dump")
        return ""

    def recognise(self, store: str, source: Path) -> Options | None:  # noqa: ARG002 - it has one
        """Tell it by the name that the server gives it."""
        return ImportOptions.model_validate({}) if source.suffix == ".dump" else None

    def take_in(self, store: str, source: Path, directory: Path) -> None:  # noqa: ARG002 - as above
        """Copy it under the name that the server gives it."""
        take_in(source, directory, f"dumps/{source.name}")


METHOD = MeiliDump()
