"""What an operator drops whole, counted before and after."""

from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
from harness.site import Site


def drop(
    site: Site, fault: str, target: str, *, count: str, statement: str, name: str, beside: str = ""
) -> DisasterProof:
    """Drop what is called `name` as a superuser, and return what shows that it is gone.

    `statement` has `{}` for the name, and `count` tells with `%s` how much of it there is; both are
    run in the database `beside`, where one is named.
    Raises: DrillError: the server refuses.
    """
    import psycopg  # noqa: PLC0415 - a kind is known without its client
    from psycopg import sql  # noqa: PLC0415 - likewise

    begun_seconds = site.clock.now_seconds()
    try:
        with site.postgres.connect(database=beside) as connection:
            before = connection.execute(count, (name,)).fetchone()
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
            after = connection.execute(count, (name,)).fetchone()
    except psycopg.Error as error:
        said = str(error).strip().splitlines()[0]
        raise DrillError(f"{target} could not be dropped: {said}") from None
    assert before is not None
    assert after is not None
    return DisasterProof(
        fault=fault,
        store="postgres",
        entries_before=int(str(before[0])),
        bytes_before=0,
        entries_after=int(str(after[0])),
        bytes_after=0,
        answered_after=site.answers("postgres"),
        begun_seconds=begun_seconds,
        ended_seconds=site.clock.now_seconds(),
        takes=Takes.DATA,
        target=target,
    )
