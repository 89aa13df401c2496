"""Count and digest the rows of every table that the ledger does not account for.

Each table is read in one scan whose result does not depend on the order of its rows. Columns are
compared as text: enums and object names hash by OID, which a restore changes.
"""

from dataclasses import replace

import psycopg
from psycopg import sql

from harness.core.errors import DrillError
from harness.core.ledger import Vector
from harness.kinds import Look, Probe
from harness.observations.postgres_tables import TableContents, Tables
from harness.probes._kept_keys import KeptKeys, Naming
from harness.probes._user_tables import UserTable, pin_reading, user_tables
from harness.stores.postgres import Connection

GROUPS = 64
"""A table's rows fall into this many groups, by key: remainders of an integer, else of a hash."""

ROWS_AT_MOST = 5_000
"""A table of no more rows is kept row by row, as the fingerprints of their keys and contents."""

ALL_ROWS_AT_MOST = 20_000
"""So many rows of all tables together are kept like this."""


def observe(look: Look) -> Tables:
    """Scan the tables in the look's snapshot."""
    before = (look.before.get(Tables) or Tables()).tables
    kept = KeptKeys(look.site)
    contents: dict[str, TableContents] = {}
    rows_left = ALL_ROWS_AT_MOST
    # A view's query is the database's own code.
    runs_views = not look.at_backup and not look.site.platform.is_adopted
    with look.site.postgres.connect(look.snapshot) as connection:
        pin_reading(connection)
        accounted = _accounted(look, connection)
        present = [t for t in user_tables(connection) if t.name not in accounted]
        for table in present:
            then = before.get(table.name)
            # A key that was lost since then still tells the rows apart.
            keyed = table.keyed_as(then.key if then else None)
            seen = _contents(connection, keyed, is_final=runs_views)
            is_wanted = then.by_key is not None if then else seen.rows <= rows_left
            if keyed.key and is_wanted and seen.rows <= ROWS_AT_MOST:
                seen = _row_by_row(connection, keyed, seen, then)
                rows_left -= seen.rows
            contents[table.name] = seen
            # Of another's rows no key is kept.
            if look.at_backup and not look.site.platform.is_adopted:
                kept.keep(connection, keyed, seen)
        namings = _name(look, connection, kept, present, contents)
    apart = {t: found for naming in namings.values() for t, found in naming.apart.items()}
    return Tables(contents, {kind: naming.named() for kind, naming in namings.items()}, apart)


def _name(
    look: Look,
    connection: Connection,
    kept: KeptKeys,
    present: list[UserTable],
    contents: dict[str, TableContents],
) -> dict[str, Naming]:
    """Name the rows that are not as they were at the backup, by kind of table."""
    namings: dict[str, Naming] = {}
    tables = {table.name: table for table in present}
    before = (look.before.get(Tables) or Tables()).tables
    grown = look.history.grown()
    for name, then in sorted(before.items()):
        if name in contents and contents[name].groups == then.groups:
            continue
        if grown.get(name) is False:
            continue
        table = tables[name].keyed_as(then.key) if name in tables else None
        differences = kept.differences(connection, name, then, table)
        if differences is not None:
            check = f"{then.kind.replace(' ', '_')}_rows"
            if then.kind not in namings:
                namings[then.kind] = Naming(look.site, check)
            if name in grown:
                differences = (told for told in differences if told[0] != "unexpected")
            namings[then.kind].add(name, differences)
    return namings


def _accounted(look: Look, connection: Connection) -> set[str]:
    """Return the tables that the ledger accounts for, and the partitions and children
    of each, whose rows are its own.
    """
    names: set[str] = set()
    for table in look.site.platform.tables.values():
        names.add(table.relation)
        quoted = sql.Identifier(*table.relation.split(".")).as_string(connection)
        names |= {f"{schema}.{name}" for schema, name in connection.execute(_PARTITIONS, (quoted,))}
    return names


_PARTITIONS = """
WITH RECURSIVE below (oid) AS (
  SELECT to_regclass(%s)::oid
  UNION SELECT i.inhrelid FROM below JOIN pg_inherits AS i ON i.inhparent = below.oid
)
SELECT n.nspname, c.relname FROM below
JOIN pg_class AS c ON c.oid = below.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace
"""


def _contents(connection: Connection, table: UserTable, *, is_final: bool) -> TableContents:
    if not table.is_populated:
        return TableContents(table.kind, table.key, {}, {}, is_populated=False)
    groups, weighed = _weighed(connection, table, table.relation)
    if table.counts_up:
        return TableContents(table.kind, table.key, groups, weighed=weighed)
    if not table.query or not is_final:
        return TableContents(table.kind, table.key, groups)
    # The query is the server's own rendering of its catalog.
    query, names = sql.SQL(table.query), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    rows = sql.SQL("({}) AS fresh ({})").format(query, names)
    try:
        # Each in a transaction of its own, so that the time goes on in between.
        fresh, again = (_groups(connection, table, rows) for _ in range(2))
    except psycopg.Error as error:
        return TableContents(table.kind, table.key, groups, fresh_said=str(error.sqlstate))
    is_volatile = table.asks_clock or fresh != again
    if table.asks_settings and not is_volatile:
        # Whoever refreshed it had other settings than this session; not other rows, though.
        is_volatile = _rows(fresh) == _rows(groups)
    return TableContents(table.kind, table.key, groups, fresh, is_volatile=is_volatile)


def _rows(groups: dict[int, Vector]) -> int:
    return sum(vector.rows for vector in groups.values())


_ROW_BY_ROW = """
SELECT {name}, sum(hashtextextended(ROW({columns})::text, 0)), min({key})
FROM {rows} GROUP BY 1
"""


def _row_by_row(
    connection: Connection, table: UserTable, seen: TableContents, then: TableContents | None
) -> TableContents:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    key: sql.Composable = sql.SQL("ROW({})::text").format(
        sql.SQL(", ").join(map(sql.Identifier, table.key))
    )
    if len(table.key) == 1:
        key = sql.SQL("{}::text").format(sql.Identifier(table.key[0]))
    name = key if table.counts_up else sql.SQL("'#' || to_hex(hashtextextended({}, 0))").format(key)
    query = sql.SQL(_ROW_BY_ROW).format(name=name, columns=columns, key=key, rows=table.relation)
    known = then.by_key if then and then.by_key is not None else None
    by_key: dict[str, int] = {}
    names: dict[str, str] = {}
    for in_short, digest, whole in connection.execute(query):
        by_key[str(in_short)] = int(str(digest))
        if known is not None and in_short != whole and known.get(str(in_short)) != digest:
            names[str(in_short)] = str(whole)
    return replace(seen, by_key=by_key, names=names, weighed={})


# The empty grouping set always returns a row, so nothing read is told from nothing there.
_VECTORS = """
SELECT grouping(of_row.in_group), of_row.in_group, count(*), coalesce(sum(of_row.key), 0),
       coalesce(sum(hashtextextended(of_row.line, 0)), 0),
       coalesce(sum(of_row.key * hashtextextended(of_row.line, 0)), 0)
FROM (SELECT ({group}) & {mask} AS in_group, {key} AS key, ROW({columns})::text AS line
      FROM {rows}) AS of_row
GROUP BY GROUPING SETS ((of_row.in_group), ())
"""


def _groups(connection: Connection, table: UserTable, rows: sql.Composable) -> dict[int, Vector]:
    return _weighed(connection, table, rows)[0]


def _weighed(
    connection: Connection, table: UserTable, rows: sql.Composable
) -> tuple[dict[int, Vector], dict[int, int]]:
    """Return the groups, and for each its fingerprints added up, each times its key."""
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
    weighed: dict[int, int] = {}
    total: Vector | None = None
    for is_total, in_group, *sums, weight in connection.execute(query):
        vector = Vector(*(int(str(s)) for s in sums))
        if is_total:
            total = vector
        else:
            groups[int(str(in_group))] = vector
            weighed[int(str(in_group))] = int(str(weight))
    if total is None or total != sum(groups.values(), Vector()):
        raise DrillError(f"the digest of {table.name} does not add up")
    return groups, weighed


PROBE = Probe("postgres_tables", "postgres", Tables, at_backup=True, observe=observe)
