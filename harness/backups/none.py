"""No backup: the store is rebuilt from PostgreSQL.

Source: the guide, "Alternative: skip backup entirely".
"""

from pathlib import Path

from harness.kinds import ObserveAtCut, Options
from harness.site import Site


class NoBackup:
    """Leaves nothing behind; the restore starts the store empty, for the hub to fill."""

    id = "none"
    stores = ("meilisearch", "redis")
    title = "no backup; started empty and rebuilt from PostgreSQL"
    options = Options

    def take(
        self,
        site: Site,  # noqa: ARG002 - there is nothing to do
        store: str,  # noqa: ARG002
        directory: Path,  # noqa: ARG002
        options: Options,  # noqa: ARG002
        observe: ObserveAtCut,
    ) -> str:
        """Take nothing."""
        observe(None)
        return ""

    def restore(
        self,
        site: Site,
        store: str,
        directory: Path,  # noqa: ARG002 - it is empty
        options: Options,  # noqa: ARG002 - it has none
    ) -> str:
        """Start the store on an empty volume."""
        site.start_clean(store)
        return ""


METHOD = NoBackup()
