"""An operator drops the database, or creates it anew where it was."""

from harness.core.history import DisasterProof, Takes
from harness.faults._dropping import drop
from harness.kinds import Options
from harness.site import Site

_BESIDE = "template1"
_THERE = "SELECT count(*) FROM pg_database WHERE datname = %s"


class DropDatabase:
    """Drop it as a superuser from beside it, with whoever is connected, and look for it."""

    id = "drop_database"
    title = "an operator drops the database"
    options = Options
    stores = ("postgres",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it has no options
        """Strike. Raises: DrillError: the server refuses."""
        name = site.service(store).endpoint.database
        return drop(
            site,
            self.id,
            f"database {name}",
            count=_THERE,
            statement="DROP DATABASE {} WITH (FORCE)",
            name=name,
            beside=_BESIDE,
        )


FAULT = DropDatabase()
