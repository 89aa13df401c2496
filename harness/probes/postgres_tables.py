"""Count and digest the rows of every table that the ledger does not account for.

Each table is read in one scan whose result does not depend on the order of its rows. Columns are
compared as text: enums and object names hash by OID, which a restore changes.
"""

from psycopg import sql

from harness.core.errors import DrillError
from harness.core.ledger import Vector
from harness.kinds import Look, Probe
from harness.observations.postgres_tables import TableContents, Tables
from harness.platform.rows import SOURCES
from harness.probes._user_tables import UserTable, pin_reading, user_tables
from harness.stores.postgres import Connection

GROUPS = 64
"""A table's rows fall into this many groups, by key: remainders of an integer, else of a hash."""


def observe(look: Look) -> Tables:
    """Scan the tables in the look's snapshot."""
    accounted = {source.relation for source in SOURCES.values()}
    with look.site.postgres.connect(look.snapshot) as connection:
        pin_reading(connection)
        return Tables(
            {
                table.name: _contents(connection, table)
                for table in user_tables(connection)
                if table.name not in accounted
            }
        )


def _contents(connection: Connection, table: UserTable) -> TableContents:
    if not table.is_populated:
        return TableContents(table.kind, table.key, {}, {}, is_populated=False)
    fresh = None
    if table.query:
        # The query is the server's own rendering of its catalog.
        query = sql.SQL(table.query)
        names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        fresh = _groups(connection, table, sql.SQL("({}) AS fresh ({})").format(query, names))
    return TableContents(table.kind, table.key, _groups(connection, table, table.relation), fresh)


# The empty grouping set always returns a row, so nothing read is told from nothing there.
_VECTORS = """
SELECT grouping(of_row.in_group), of_row.in_group, count(*), coalesce(sum(of_row.key), 0),
       coalesce(sum(hashtextextended(of_row.line, 0)), 0)
FROM (SELECT ({group}) & {mask} AS in_group, {key} AS key, ROW({columns})::text AS line
      FROM {rows}) AS of_row
GROUP BY GROUPING SETS ((of_row.in_group), ())
"""


def _groups(connection: Connection, table: UserTable, rows: sql.Composable) -> dict[int, Vector]:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    group: sql.Composable = sql.SQL("0")
    key: sql.Composable = sql.SQL("0::numeric")
    if table.counts_up:
        group = sql.SQL("{}::bigint").format(sql.Identifier(table.key[0]))
        key = sql.SQL("{}::numeric").format(sql.Identifier(table.key[0]))
    elif table.key:
        group = sql.SQL("hashtext(ROW({})::text)").format(
            sql.SQL(", ").join(map(sql.Identifier, table.key))
        )
    query = sql.SQL(_VECTORS).format(
        group=group, mask=sql.Literal(GROUPS - 1), key=key, columns=columns, rows=rows
    )
    groups: dict[int, Vector] = {}
    total: Vector | None = None
    for is_total, in_group, *sums in connection.execute(query):
        vector = Vector(*(int(str(s)) for s in sums))
        if is_total:
            total = vector
        else:
            groups[int(str(in_group))] = vector
    if total is None or total != sum(groups.values(), Vector()):
        raise DrillError(f"the digest of {table.name} does not add up")
    return groups


PROBE = Probe("postgres_tables", "postgres", Tables, at_backup=True, observe=observe)
