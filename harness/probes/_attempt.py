"""Try a statement and undo it: allowed, refused, or an error that proves nothing."""

import psycopg
from psycopg import sql

from harness.core.errors import kind_of
from harness.observations.postgres_behaviour import Answer
from harness.stores.postgres import Connection

REACHED = "DR001"
"""The SQLSTATE by which a probe's own trigger says that a change had got through to it."""

# Connection, schema, syntax, resource, interruption, lock and internal errors are no refusals.
_BROKEN = ("08", "25", "3F", "40", "42", "53", "54", "55P", "57", "58", "XX")
_INSUFFICIENT_PRIVILEGE = "42501"


def attempt(
    connection: Connection, statement: sql.SQL | sql.Composed, *, role: str = ""
) -> tuple[Answer, str]:
    """Return what came of the statement, carried out as `role`, and the error's SQLSTATE.

    A change of no rows at all counts as refused. Whatever it did is rolled back.
    """
    try:
        with connection.transaction(force_rollback=True):
            if role:
                connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
            done = connection.execute(statement)
            # TRUNCATE counts no rows: -1.
            return (Answer.REFUSED if done.rowcount == 0 else Answer.ALLOWED), ""
    except psycopg.Error as error:
        said = error.sqlstate or kind_of(error)
        if said == REACHED:
            return Answer.ALLOWED, ""
        if said != _INSUFFICIENT_PRIVILEGE and said.startswith(_BROKEN):
            return Answer.BROKEN, said
        return Answer.REFUSED, said
