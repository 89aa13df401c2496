"""A script of roles runs on a server that has some of them, without an error."""

from harness.backups._roles import where_missing
from harness.stores.postgres import PostgresStore

SCRIPT = """\
CREATE ROLE drill_here;
ALTER ROLE drill_here WITH NOLOGIN;
CREATE ROLE "drill Gone's";
GRANT drill_here TO "drill Gone's";
"""


def test_roles_are_created_where_they_are_missing(postgres_store: PostgresStore) -> None:
    """Whatever their names need, those that are there are left, and the rest is made."""
    with postgres_store.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("CREATE ROLE drill_here")
        connection.execute(where_missing(SCRIPT).encode())
        rows = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'drill%' ORDER BY 1 DESC"
        ).fetchall()
    assert [("drill_here",), ("drill Gone's",)] == rows
