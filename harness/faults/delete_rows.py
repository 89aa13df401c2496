"""An operator deletes rows, all of them where the WHERE was forgotten."""

from harness.core.history import DisasterProof, Takes
from harness.faults._on_a_table import RowsOfATable, proof, striking
from harness.kinds import Options
from harness.site import Site


class DeleteRows:
    """Delete as a superuser, in one transaction, and count what is left."""

    id = "delete_rows"
    title = "an operator deletes rows of a table, all of them without a WHERE"
    options = RowsOfATable
    stores = ("postgres",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it strikes one store
        """Strike. Raises: DrillError: the server refuses."""
        assert isinstance(options, RowsOfATable)
        with striking(site, options.table) as struck:
            struck.before = struck.count(options.where)
            with struck.connection.transaction():
                if options.past_triggers:
                    struck.connection.execute("SET LOCAL session_replication_role = replica")
                struck.execute("DELETE FROM {} WHERE {}", options.where)
            struck.after = struck.count(options.where)
        return proof(site, self.id, struck)


FAULT = DeleteRows()
