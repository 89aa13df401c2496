"""An operator empties the wrong table."""

from harness.core.history import DisasterProof, Takes
from harness.faults._on_a_table import OfATable, proof, striking
from harness.kinds import Options
from harness.site import Site


class TruncateTable:
    """Truncate as a superuser, with every table that refers to it."""

    id = "truncate_table"
    title = "an operator truncates a table, and with it those that refer to it"
    options = OfATable
    stores = ("postgres",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it strikes one store
        """Strike. Raises: DrillError: the server refuses."""
        assert isinstance(options, OfATable)
        with striking(site, options.table) as struck:
            struck.before = struck.count()
            struck.execute("TRUNCATE {} CASCADE")
            struck.after = struck.count()
        return proof(site, self.id, struck)


FAULT = TruncateTable()
