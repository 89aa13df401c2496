"""An operator drops the wrong table."""

from harness.core.history import DisasterProof, Takes
from harness.faults._on_a_table import OfATable, proof, striking
from harness.kinds import Options
from harness.site import Site


class DropTable:
    """Drop as a superuser, with everything that depends on it."""

    id = "drop_table"
    title = "an operator drops a table, and with it what depends on it"
    options = OfATable
    stores = ("postgres",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it strikes one store
        """Strike. Raises: DrillError: the server refuses."""
        assert isinstance(options, OfATable)
        with striking(site, options.table) as struck:
            # The table itself is an entry, too: an empty one can be dropped as well.
            struck.before = struck.count() + 1
            struck.execute("DROP TABLE {} CASCADE")
            found = struck.connection.execute(
                "SELECT to_regclass(%s)", (struck.relation.as_string(struck.connection),)
            ).fetchone()
            struck.after = int(found != (None,))
        return proof(site, self.id, struck)


FAULT = DropTable()
