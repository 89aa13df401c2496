"""Read every schema object with its definition, and the state of every sequence.

Names are qualified and OIDs are resolved, so what is read compares across servers. Passwords are
not read, only whether a role has one.
"""

from pathlib import Path

from psycopg import sql

from harness.core.errors import DrillError
from harness.kinds import Look, Probe
from harness.observations.postgres_catalog import Catalog, SequenceState
from harness.probes import _catalog_rows
from harness.probes._user_tables import pin_reading
from harness.stores.postgres import Connection

_QUERIES = Path(__file__).parent / "catalog_queries"
_OBJECTS = "_objects"
THE_DATABASE = "the database"
"""What queries call the database itself. Its owner, grants and comment are not in a dump of it."""

QUERIED = tuple(sorted(path.stem for path in _QUERIES.glob("*.sql") if path.stem != _OBJECTS))
BY_ROW = {"functions": ("pg_aggregate",), "types": ("pg_type", "pg_range")}
_OTHERS = tuple(c for c in _catalog_rows.READ_BY_ROW if c not in ("pg_aggregate", "pg_range"))

CATALOG_KINDS = (*QUERIED, "builtins", "extension_members", "others")
"""The kinds of objects that are read: one query file each, and those that are read by row."""


def observe(look: Look) -> Catalog:
    """Read the catalogs in the look's snapshot."""
    with look.site.postgres.connect(look.snapshot) as connection:
        catalog = read(connection)
    if look.site.platform.is_adopted:
        for found in catalog.objects.values():
            found.pop(THE_DATABASE, None)
    return catalog


def read(connection: Connection) -> Catalog:
    """Read the catalogs of the database that a connection is to."""
    pin_reading(connection)
    has = _catalog_rows.columns(connection)
    objects = {kind: _definitions(connection, kind) for kind in QUERIED}
    for kind, catalogs in BY_ROW.items():
        objects[kind] |= _catalog_rows.own_rows(connection, has, catalogs)
    objects["others"] = _catalog_rows.own_rows(connection, has, _OTHERS)
    grouped = _catalog_rows.groups(connection, has)
    for kind, lead in (("builtins", "built-in "), ("extension_members", "extension ")):
        objects[kind] = {n: d for n, d in grouped.items() if n.startswith(lead)}
    return Catalog(objects, _sequence_states(connection))


def query_of(kind: str) -> str:
    """Return the query that reads a kind of objects."""
    return "\n".join(
        (_QUERIES / f"{name}.sql").read_text(encoding="utf-8") for name in (_OBJECTS, kind)
    )


def _definitions(connection: Connection, kind: str) -> dict[str, str]:
    # The queries are the project's own files, not input.
    rows = connection.execute(query_of(kind).encode()).fetchall()
    definitions = {str(name): str(definition) for name, definition in rows}
    if len(definitions) != len(rows):
        raise DrillError(f"two {kind} have the same name in the catalog")
    return definitions


_OWNED_SEQUENCES = """
SELECT n.nspname, c.relname, s.seqincrement, tn.nspname, t.relname, a.attname
FROM pg_sequence AS s
JOIN pg_class AS c ON c.oid = s.seqrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
  AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
LEFT JOIN pg_class AS t ON t.oid = d.refobjid
LEFT JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""


def _sequence_states(connection: Connection) -> dict[str, SequenceState]:
    reads = []
    for schema, name, increment, *owner in connection.execute(_OWNED_SEQUENCES).fetchall():
        furthest: sql.Composable = sql.SQL("NULL")
        if owner[2] is not None:
            furthest = sql.SQL("(SELECT {}({}) FROM {})").format(
                sql.SQL("max" if int(str(increment)) > 0 else "min"),
                sql.Identifier(str(owner[2])),
                sql.Identifier(str(owner[0]), str(owner[1])),
            )
        relation = sql.Identifier(str(schema), str(name))
        reads.append(
            sql.SQL(
                "SELECT {}::regclass::text, last_value, is_called, {}, {}::bigint FROM {}"
            ).format(
                sql.Literal(relation.as_string(connection)),
                sql.Literal(increment),
                furthest,
                relation,
            )
        )
    if not reads:
        return {}
    rows = connection.execute(sql.SQL(" UNION ALL ").join(reads)).fetchall()
    return {
        str(name): SequenceState(
            int(str(last)), bool(called), int(str(step)), None if key is None else int(str(key))
        )
        for name, last, called, step, key in rows
    }


PROBE = Probe("postgres_catalog", "postgres", Catalog, at_backup=True, observe=observe)
