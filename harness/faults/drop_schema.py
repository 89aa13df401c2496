"""An operator drops the wrong schema."""

from pydantic import Field

from harness.core.history import DisasterProof, Takes
from harness.faults._dropping import drop
from harness.kinds import Options
from harness.site import Site

_TABLES = """
SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'm', 'v')
"""


class OfASchema(Options):
    """The schema that is struck."""

    schema_: str = Field(
        alias="schema", min_length=1, description="The schema.", examples=["public"]
    )


class DropSchema:
    """Drop as a superuser, with everything in it, and count the tables that are left."""

    id = "drop_schema"
    title = "an operator drops a schema with everything in it"
    options = OfASchema
    stores = ("postgres",)
    takes = Takes.DATA

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:  # noqa: ARG002 - it strikes one
        """Strike. Raises: DrillError: the server refuses."""
        assert isinstance(options, OfASchema)
        return drop(
            site,
            self.id,
            f"schema {options.schema_}",
            count=_TABLES,
            statement="DROP SCHEMA {} CASCADE",
            name=options.schema_,
        )


FAULT = DropSchema()
