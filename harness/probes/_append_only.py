"""Try to change an append-only table as every role there is, without ever changing a row of it."""

from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql

from harness.observations.postgres_behaviour import AppendOnly, Tried
from harness.platform.rows import RowSource
from harness.probes._attempt import REACHED, attempt
from harness.stores.postgres import Connection


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its quoted name, the role that writes it (empty: the connection's own), the roles
    that must not change it (none: every role), and a statement that adds a row under a free key.
    """

    relation: str
    writer: str
    refused_to: tuple[str, ...]
    insertion: sql.Composed

    @property
    def name(self) -> sql.Identifier:
        """Its name in SQL."""
        return sql.Identifier(*self.relation.split("."))


# Its name makes it fire last and it always fires: what reaches it would have changed the table.
_WITNESS = """
CREATE FUNCTION pg_temp.drill_witness() RETURNS trigger LANGUAGE plpgsql
  AS 'BEGIN RAISE EXCEPTION USING ERRCODE = {reached}; END';
CREATE TRIGGER "~drill_rows" BEFORE UPDATE OR DELETE ON {relation}
  FOR EACH ROW EXECUTE FUNCTION pg_temp.drill_witness();
CREATE TRIGGER "~drill_truncate" BEFORE TRUNCATE ON {relation}
  FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.drill_witness();
ALTER TABLE {relation} ENABLE ALWAYS TRIGGER "~drill_rows";
ALTER TABLE {relation} ENABLE ALWAYS TRIGGER "~drill_truncate";
"""

# A role may be allowed to update one column only.
_ROLES_AND_COLUMNS = """
SELECT r.rolname, (
    SELECT a.attname FROM pg_attribute AS a
    WHERE a.attrelid = %(relation)s::regclass AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated = '' AND a.attidentity = ''
    ORDER BY has_column_privilege(r.oid, a.attrelid, a.attnum, 'UPDATE') DESC, a.attnum
    LIMIT 1)
FROM pg_roles AS r
WHERE CASE WHEN %(named)s::text[] = '{}'
           THEN NOT r.rolsuper AND r.rolname !~ '^pg_' OR r.rolname = current_user
           ELSE r.rolname = ANY (%(named)s::text[]) END
ORDER BY r.rolname
"""


def numbered(source: RowSource, random: int, number: int) -> sql.Composed:
    """Return a statement that adds the row of a number, under its own key: whether the next key is
    free is tried apart from this.
    """
    (line,) = source.lines(random, number, number)
    values = [None if value == r"\N" else value for value in line.split("\t")]
    return sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
        sql.Identifier(*source.relation.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, source.columns)),
        sql.SQL(", ").join(map(sql.Literal, values)),
    )


def tried(connection: Connection, table: Table) -> AppendOnly:
    """Try to change the table and to add a row. The connection is in a transaction, which its
    owner rolls back.
    """
    return AppendOnly(_changes(connection, table), _insert(connection, table))


def _changes(connection: Connection, table: Table) -> tuple[Tried, ...]:
    """Try UPDATE, DELETE and TRUNCATE as each role that must not."""
    quoted = table.name.as_string(connection)
    roles = connection.execute(
        _ROLES_AND_COLUMNS, {"relation": quoted, "named": list(table.refused_to)}
    ).fetchall()
    with connection.transaction(force_rollback=True):
        # An empty table would refuse nothing.
        with suppress(psycopg.Error), connection.transaction():
            connection.execute(table.insertion)
        connection.execute(
            sql.SQL(_WITNESS).format(
                reached=sql.SQL("''{}''").format(sql.SQL(REACHED)), relation=table.name
            )
        )
        return tuple(
            Tried(str(role), verb, *attempt(connection, statement, role=str(role)))
            for role, column in roles
            for verb, statement in _statements(table.name, str(column))
        )


def _insert(connection: Connection, table: Table) -> Tried:
    """Try to add a row as the role that the platform writes with."""
    answer = attempt(connection, table.insertion, role=table.writer)
    return Tried(table.writer or "a superuser", "INSERT", *answer)


def _statements(relation: sql.Identifier, column: str) -> tuple[tuple[str, sql.Composed], ...]:
    # No WHERE: reading a column takes a privilege that changing it does not.
    return (
        (
            "UPDATE",
            sql.SQL("UPDATE {} SET {} = DEFAULT").format(relation, sql.Identifier(column)),
        ),
        ("DELETE", sql.SQL("DELETE FROM {}").format(relation)),
        ("TRUNCATE", sql.SQL("TRUNCATE {}").format(relation)),
    )
