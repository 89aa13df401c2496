r"""Read every row of the ledger tables in one scan each, and name the rows where that differs.

A row's text and digest are those of `harness.platform.rows`, computed by the server.
"""

from contextlib import nullcontext

from psycopg import sql

from harness.core.history import store_of
from harness.core.ledger import GROUP_BITS, Vector
from harness.kinds import Look, Probe
from harness.observations.ledger_rows import LedgerRows
from harness.platform.accounting import DETAILED_GROUPS_AT_MOST, Scan, differing
from harness.platform.fingerprint import SQL_FUNCTION
from harness.platform.rows import SOURCES, RowSource
from harness.stores.postgres import Connection


def observe(look: Look) -> LedgerRows:
    """Scan every table of PostgreSQL that the ledger knows, all of them in one snapshot."""
    scans: dict[str, Scan] = {}
    absent: list[str] = []
    postgres = look.site.postgres
    given = look.snapshot
    with (
        nullcontext(given) if given else postgres.exported_snapshot() as snapshot,
        postgres.connect(snapshot) as connection,
    ):
        connection.execute(_READING)
        for table in look.ledger.tables():
            if store_of(table) != "postgres":
                continue
            source = SOURCES[table]
            if not _exists(connection, source):
                absent.append(table)
                scans[table] = Scan(table, {})
                continue
            groups = _groups(connection, source)
            asked = differing(groups, look.ledger, look.history, table)[:DETAILED_GROUPS_AT_MOST]
            scans[table] = Scan(table, groups, _details(connection, source, asked))
    return LedgerRows(scans, tuple(absent))


# A corrupt index hides rows, so none is used. The planner takes the groups for as many as the
# rows; without the other settings it would sort them all on disk or give up its workers.
_READING = """
SET LOCAL enable_indexscan = off;
SET LOCAL enable_indexonlyscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_sort = off;
SET LOCAL work_mem = '64MB';
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL row_security = off;
"""

_DIGEST = sql.SQL(SQL_FUNCTION + "(concat_ws(E'\\t', {}), 0)")


def _digest(columns: tuple[str, ...]) -> sql.Composed:
    texts = (
        sql.SQL("coalesce({}::text, '\\N')").format(sql.Identifier(column)) for column in columns
    )
    return _DIGEST.format(sql.SQL(", ").join(texts))


def _relation(source: RowSource) -> sql.Identifier:
    return sql.Identifier(*source.relation.split("."))


def _exists(connection: Connection, source: RowSource) -> bool:
    found = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (source.relation,)).fetchone()
    assert found is not None
    return bool(found[0])


def _groups(connection: Connection, source: RowSource) -> dict[int, Vector]:
    query = sql.SQL(
        "SELECT {key} >> {bits}, count(*), sum({key}), sum({digest}) FROM {relation} GROUP BY 1"
    ).format(
        key=sql.Identifier(source.key),
        bits=sql.Literal(GROUP_BITS),
        digest=_digest(source.columns),
        relation=_relation(source),
    )
    return {
        int(str(group)): Vector(int(str(rows)), int(str(keys)), int(str(digest)))
        for group, rows, keys, digest in connection.execute(query)
    }


def _details(
    connection: Connection, source: RowSource, groups: list[int]
) -> dict[int, list[tuple[int, int]]]:
    if not groups:
        return {}
    query = sql.SQL("SELECT {key}, {digest} FROM {relation} WHERE {key} >> {bits} = ANY(%s)")
    details: dict[int, list[tuple[int, int]]] = {group: [] for group in groups}
    for key, digest in connection.execute(
        query.format(
            key=sql.Identifier(source.key),
            bits=sql.Literal(GROUP_BITS),
            digest=_digest(source.columns[1:]),
            relation=_relation(source),
        ),
        (groups,),
    ):
        number = int(str(key))
        details[number >> GROUP_BITS].append((number, int(str(digest))))
    return details


PROBE = Probe(
    id="ledger_rows",
    store="postgres",
    observation=LedgerRows,
    at_backup=True,
    observe=observe,
)
