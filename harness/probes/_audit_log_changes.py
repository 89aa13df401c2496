"""Try to change audit_log as every role there is, without ever changing a row of it."""

from contextlib import suppress

import psycopg
from psycopg import sql

from harness.observations.postgres_behaviour import Tried
from harness.platform.rows import AUDIT_LOG
from harness.probes._attempt import REACHED, attempt
from harness.stores.postgres import Connection

WRITER = "hub_app"
"""The role that the platform writes the audit log with."""

_RELATION = sql.Identifier(*AUDIT_LOG.relation.split("."))

# Its name makes it fire last and it always fires: what reaches it would have changed the table.
_WITNESS = sql.SQL("""
CREATE FUNCTION pg_temp.drill_witness() RETURNS trigger LANGUAGE plpgsql
  AS 'BEGIN RAISE EXCEPTION USING ERRCODE = {reached}; END';
CREATE TRIGGER "~drill_rows" BEFORE UPDATE OR DELETE ON {relation}
  FOR EACH ROW EXECUTE FUNCTION pg_temp.drill_witness();
CREATE TRIGGER "~drill_truncate" BEFORE TRUNCATE ON {relation}
  FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.drill_witness();
ALTER TABLE {relation} ENABLE ALWAYS TRIGGER "~drill_rows";
ALTER TABLE {relation} ENABLE ALWAYS TRIGGER "~drill_truncate";
""").format(reached=sql.SQL("''{}''").format(sql.SQL(REACHED)), relation=_RELATION)

# A free key of its own: whether the next key is free is tried apart from this.
_INSERT = sql.SQL("""
INSERT INTO {} (id, tenant_id, actor, action, entity, entity_id) OVERRIDING SYSTEM VALUE
VALUES ({}, 1, 'drill', 'drill.tried', 'drill', 0)
""")

# A role may be allowed to update one column only.
_ROLES_AND_COLUMNS = """
SELECT r.rolname, (
    SELECT a.attname FROM pg_attribute AS a
    WHERE a.attrelid = %(relation)s::regclass AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated = '' AND a.attidentity = ''
    ORDER BY has_column_privilege(r.oid, a.attrelid, a.attnum, 'UPDATE') DESC, a.attnum
    LIMIT 1)
FROM pg_roles AS r
WHERE NOT r.rolsuper AND r.rolname !~ '^pg_' OR r.rolname = current_user
ORDER BY r.rolname
"""


def changes(connection: Connection) -> tuple[Tried, ...]:
    """Try UPDATE, DELETE and TRUNCATE as each role that is no superuser, and as the connection's
    own. The connection is in a transaction, which its owner rolls back.
    """
    roles = connection.execute(_ROLES_AND_COLUMNS, {"relation": AUDIT_LOG.relation}).fetchall()
    with connection.transaction(force_rollback=True):
        # An empty table would refuse nothing.
        with suppress(psycopg.Error), connection.transaction():
            connection.execute(_insertion(connection))
        connection.execute(_WITNESS)
        return tuple(
            Tried(str(role), verb, *attempt(connection, statement, role=str(role)))
            for role, column in roles
            for verb, statement in _statements(str(column))
        )


def insert(connection: Connection) -> Tried:
    """Try to add a row as the role that the platform writes with."""
    answer = attempt(connection, _insertion(connection), role=WRITER)
    return Tried(WRITER, "INSERT", *answer)


def _insertion(connection: Connection) -> sql.Composed:
    found = connection.execute(
        sql.SQL("SELECT coalesce(max(id), 0) + 1000000 FROM {}").format(_RELATION)
    ).fetchone()
    assert found is not None
    return _INSERT.format(_RELATION, sql.Literal(found[0]))


def _statements(column: str) -> tuple[tuple[str, sql.Composed], ...]:
    # No WHERE: reading a column takes a privilege that changing it does not.
    return (
        (
            "UPDATE",
            sql.SQL("UPDATE {} SET {} = DEFAULT").format(_RELATION, sql.Identifier(column)),
        ),
        ("DELETE", sql.SQL("DELETE FROM {}").format(_RELATION)),
        ("TRUNCATE", sql.SQL("TRUNCATE {}").format(_RELATION)),
    )
