"""Read every schema object with its definition, and the state of every sequence.

Names are qualified and OIDs are resolved, so what is read compares across servers. Passwords are
not read, only whether a role has one.
"""

from pathlib import Path

from psycopg import sql

from harness.core.errors import DrillError
from harness.kinds import Look, Probe
from harness.observations.postgres_catalog import Catalog, SequenceState
from harness.probes._user_tables import pin_reading
from harness.stores.postgres import Connection

_QUERIES = Path(__file__).parent / "catalog_queries"
_OBJECTS = "_objects"

CATALOG_KINDS = tuple(sorted(path.stem for path in _QUERIES.glob("*.sql") if path.stem != _OBJECTS))
"""The kinds of objects that are read, one query file each."""


def observe(look: Look) -> Catalog:
    """Read the catalogs in the look's snapshot."""
    with look.site.postgres.connect(look.snapshot) as connection:
        pin_reading(connection)
        return Catalog(
            {kind: _definitions(connection, kind) for kind in CATALOG_KINDS},
            _sequence_states(connection),
        )


def _definitions(connection: Connection, kind: str) -> dict[str, str]:
    query = "\n".join(
        (_QUERIES / f"{name}.sql").read_text(encoding="utf-8") for name in (_OBJECTS, kind)
    )
    # The queries are the project's own files, not input.
    rows = connection.execute(query).fetchall()
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
