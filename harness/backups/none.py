"""No backup: the store is rebuilt from PostgreSQL.

Source: the guide, "Alternative: skip backup entirely".
"""

from pathlib import Path

from harness.core.errors import DrillError
from harness.kinds import ObserveAtCut, Options, Promise
from harness.site import Site


class NoBackup:
    """Leaves nothing behind; the hub fills the empty store."""

    id = "none"
    stores = ("meilisearch", "redis")
    title = "no backup; started empty and rebuilt from PostgreSQL"
    options = Options

    def promise(self, options: Options) -> Promise:  # noqa: ARG002 - all the same
        """Nothing but that the platform fills the store again."""
        return Promise("what the hub makes anew of PostgreSQL", "when the hub is started")

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
        site: Site,  # noqa: ARG002 - there is nothing to do
        store: str,
        directory: Path,  # noqa: ARG002 - it is empty
        options: Options,  # noqa: ARG002 - it has none
    ) -> str:
        """Raises: DrillError: always; validation refuses a restore of what was never taken."""
        raise DrillError(f"{store}: there is no backup to restore", "Start the hub instead.")


METHOD = NoBackup()
