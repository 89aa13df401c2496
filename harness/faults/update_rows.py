"""An operator changes rows, all of them where the WHERE was forgotten."""

from pydantic import Field

from harness.core.history import DisasterProof, Takes
from harness.faults._on_a_table import RowsOfATable, proof, striking
from harness.kinds import Options
from harness.site import Site

_WAS = "CREATE TEMPORARY TABLE drill_was ON COMMIT DROP AS SELECT c::text AS said FROM drill_copy c"
_SO_ALREADY = """\
DELETE FROM drill_was AS w WHERE EXISTS (SELECT FROM drill_copy AS c WHERE c::text = w.said)
"""


class Change(RowsOfATable):
    """Which rows, and how they are changed."""

    set_: str = Field(
        alias="set",
        min_length=1,
        description="SQL: what is set.",
        examples=["phone = NULL"],
    )


class UpdateRows:
    """Update as a superuser, in one transaction, and count the rows that did not change."""

    id = "update_rows"
    title = "an operator changes rows of a table, all of them without a WHERE"
    options = Change
    stores = ("postgres",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it strikes one store
        """Strike. Raises: DrillError: the server refuses."""
        from psycopg import sql  # noqa: PLC0415 - a kind is known without its client

        assert isinstance(options, Change)
        with striking(site, options.table) as struck, struck.connection.transaction():
            if options.past_triggers:
                struck.connection.execute("SET LOCAL session_replication_role = replica")
            # A row that is so already is not changed by it, and speaks against nothing.
            struck.execute(
                "CREATE TEMPORARY TABLE drill_copy ON COMMIT DROP AS SELECT * FROM {} WHERE {}",
                options.where,
            )
            struck.connection.execute(_WAS)
            struck.connection.execute(
                sql.SQL("UPDATE drill_copy SET {}").format(sql.SQL(options.set_))
            )
            struck.connection.execute(_SO_ALREADY)
            struck.before = struck.connection.execute("SELECT FROM drill_was").rowcount
            struck.execute("UPDATE {} SET {} WHERE {}", options.set_, options.where)
            left = struck.execute(
                "SELECT count(*) FROM drill_was AS w WHERE EXISTS"
                " (SELECT FROM {} AS t WHERE t::text = w.said)"
            ).fetchone()
            assert left is not None
            struck.after = int(str(left[0]))
        return proof(site, self.id, struck)


FAULT = UpdateRows()
