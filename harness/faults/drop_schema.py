"""An operator drops the wrong schema."""

from pydantic import Field

from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
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

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:
        """Strike. Raises: DrillError: the server refuses."""
        import psycopg  # noqa: PLC0415 - a kind is known without its client
        from psycopg import sql  # noqa: PLC0415 - likewise

        assert isinstance(options, OfASchema)
        begun_seconds = site.clock.now_seconds()
        try:
            with site.postgres.connect() as connection:
                before = connection.execute(_TABLES, (options.schema_,)).fetchone()
                connection.execute(
                    sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(options.schema_))
                )
                after = connection.execute(_TABLES, (options.schema_,)).fetchone()
        except psycopg.Error as error:
            said = str(error).strip().splitlines()[0]
            raise DrillError(f"schema {options.schema_} could not be dropped: {said}") from None
        assert before is not None
        assert after is not None
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=int(str(before[0])),
            bytes_before=0,
            entries_after=int(str(after[0])),
            bytes_after=0,
            answered_after=site.answers(store),
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
            takes=Takes.DATA,
            target=f"schema {options.schema_}",
        )


FAULT = DropSchema()
