"""An operator drops the database, or creates it anew where it was."""

from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
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
        import psycopg  # noqa: PLC0415 - a kind is known without its client
        from psycopg import sql  # noqa: PLC0415 - likewise

        begun_seconds = site.clock.now_seconds()
        name = site.service(store).endpoint.database
        try:
            with site.postgres.connect(database=_BESIDE) as connection:
                before = connection.execute(_THERE, (name,)).fetchone()
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )
                after = connection.execute(_THERE, (name,)).fetchone()
        except psycopg.Error as error:
            said = str(error).strip().splitlines()[0]
            raise DrillError(f"database {name} could not be dropped: {said}") from None
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
            target=f"database {name}",
        )


FAULT = DropDatabase()
