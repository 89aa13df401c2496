"""Damages to a restored database of any schema, found in its own catalog, and what names them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from psycopg import sql

from harness.platform.making import insertion
from harness.site import Site
from harness.stores.postgres import Connection
from harness.stores.row_making import made_for

MANY = 1_001
"""More rows than evidence names one by one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A ledger table of the platform, with rows in it."""

    name: str
    relation: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: int

    @property
    def quoted(self) -> sql.Identifier:
        """Its name in SQL."""
        return sql.Identifier(*self.relation.split("."))

    @property
    def key_text(self) -> sql.Composable:
        """SQL for a row's key as the ledger names it."""
        names = sql.SQL(", ").join(map(sql.Identifier, self.key))
        return sql.SQL("{}::text" if len(self.key) == 1 else "ROW({})::text").format(names)


@dataclass(frozen=True, slots=True)
class Done:
    """What was damaged: the check that must fail, and what its finding must name."""

    check: str
    names: tuple[str, ...] = ()
    kind: str = ""


def tables(site: Site, connection: Connection) -> list[Table]:
    """Return the ledger tables with a key that hold rows, the largest first."""
    found = []
    for table in site.platform.tables.values():
        kept = site.kept[table.name]
        relation = sql.Identifier(*table.relation.split("."))
        rows = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(relation)).fetchone()
        assert rows is not None
        count = int(str(rows[0]))
        if count > 1 and kept.key:
            found.append(Table(table.name, table.relation, kept.key, kept.columns, count))
    return sorted(found, key=lambda table: -table.rows)


Damage = Callable[[Site, Connection], Iterator[Done]]


def _named(connection: Connection, table: Table, rows: int = 1) -> list[tuple[str, str]]:
    """Return rows in the middle of a table, by where they lie and their keys."""
    found = connection.execute(
        sql.SQL("SELECT tableoid || '/' || ctid, {} FROM {} ORDER BY 2 OFFSET {} LIMIT {}").format(
            table.key_text,
            table.quoted,
            sql.Literal(max(0, (table.rows - rows) // 2)),
            sql.Literal(rows),
        )
    ).fetchall()
    return [(str(place), str(key)) for place, key in found]


def _where(places: list[str]) -> sql.Composed:
    return sql.SQL("tableoid || '/' || ctid = ANY ({}::text[])").format(sql.Literal(places))


def rows_deleted(site: Site, connection: Connection) -> Iterator[Done]:
    """One row of a ledger table is gone."""
    table = tables(site, connection)[-1]
    [(place, key)] = _named(connection, table)
    connection.execute(sql.SQL("DELETE FROM {} WHERE {}").format(table.quoted, _where([place])))
    yield Done(f"{table.name}_rows", (key,), "lost")


def many_rows_deleted(site: Site, connection: Connection) -> Iterator[Done]:
    """More rows of a ledger table are gone than evidence names."""
    table = tables(site, connection)[0]
    if table.rows < MANY:
        return
    rows = _named(connection, table, MANY)
    places = [place for place, _ in rows]
    connection.execute(sql.SQL("DELETE FROM {} WHERE {}").format(table.quoted, _where(places)))
    yield Done(f"{table.name}_rows", tuple(key for _, key in rows), "lost")


def row_altered(site: Site, connection: Connection) -> Iterator[Done]:
    """One value of one row is another."""
    for table in tables(site, connection):
        for column, change in _changes(connection, table):
            [(place, key)] = _named(connection, table)
            connection.execute(
                sql.SQL("UPDATE {} SET {} = {} WHERE {}").format(
                    table.quoted, sql.Identifier(column), change, _where([place])
                )
            )
            yield Done(f"{table.name}_rows", (key,), "altered")
            return


def _changes(connection: Connection, table: Table) -> Iterator[tuple[str, sql.Composable]]:
    found = connection.execute(
        "SELECT a.attname, t.typname FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid"
        " WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped"
        " AND a.attgenerated = '' AND a.attidentity <> 'a' AND a.attname <> ALL (%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint AS c"
        "   WHERE c.conrelid = a.attrelid AND a.attnum = ANY (c.conkey))",
        (table.quoted.as_string(connection), list(table.key)),
    )
    others = {
        "text": "coalesce({}, '') || 'x'",
        "timestamptz": "coalesce({}, now()) + interval '1 microsecond'",
        "timestamp": "coalesce({}, localtimestamp) + interval '1 microsecond'",
        "numeric": "CASE WHEN {} = 0 THEN 1 ELSE 0 END",
        "int4": "coalesce({}, 0) # 1",
        "bool": "{} IS NOT TRUE",
        "varchar": "reverse(coalesce({}, 'x')) || ''",
    }
    for column, kind in found.fetchall():
        if str(kind) in others:
            yield str(column), sql.SQL(others[str(kind)]).format(sql.Identifier(str(column)))


def row_added(site: Site, connection: Connection) -> Iterator[Done]:
    """A row that nobody wrote is there."""
    table = tables(site, connection)[-1]
    declared, kept = site.platform.tables[table.name], site.kept[table.name]
    number = len(kept) + 5_000
    shape, made = made_for(connection, declared, (number, number), 1, kept.taken)
    statement = insertion(shape, made, [table.key_text], (number, number), 1)
    found = connection.execute(statement).fetchone()
    assert found is not None
    # It may have the key of a row that was lost after the backup, and allowed to be.
    yield Done(f"{table.name}_rows", (str(found[0]),))


def row_doubled(site: Site, connection: Connection) -> Iterator[Done]:
    """The key is lost, and a row is there twice."""
    table = tables(site, connection)[-1]
    [(place, key)] = _named(connection, table)
    _drop_unique(connection, table)
    columns = sql.SQL(", ").join(
        sql.Identifier(name) for name in table.columns if name not in _generated(connection, table)
    )
    connection.execute(
        sql.SQL(
            "INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM {0} WHERE {2}"
        ).format(table.quoted, columns, _where([place]))
    )
    yield Done(f"{table.name}_rows", (key,), "duplicated")
    yield Done("schema_constraints", (table.relation.split(".")[1],))


def keys_swapped(site: Site, connection: Connection) -> Iterator[Done]:
    """Two rows lie under each other's keys."""
    for table in tables(site, connection):
        beside = [c for c in table.columns if c not in table.key]
        if not beside:
            continue
        (one, key), (other, other_key) = _named(connection, table, 2)
        _drop_unique(connection, table)
        for column in table.key:
            connection.execute(
                sql.SQL("ALTER TABLE {} ALTER COLUMN {} DROP IDENTITY IF EXISTS").format(
                    table.quoted, sql.Identifier(column)
                )
            )
        sets = sql.SQL(", ").join(
            sql.SQL("{0} = other.{0}").format(sql.Identifier(column)) for column in table.key
        )
        connection.execute(
            sql.SQL(
                "UPDATE {0} AS own SET {1} FROM {0} AS other"
                " WHERE own.tableoid || '/' || own.ctid = ANY ({2}::text[])"
                " AND other.tableoid || '/' || other.ctid = ANY ({2}::text[])"
                " AND own.ctid <> other.ctid"
            ).format(table.quoted, sets, sql.Literal([one, other]))
        )
        yield Done(f"{table.name}_rows", (key, other_key), "reordered")
        return


def _drop_unique(connection: Connection, table: Table) -> None:
    for (name,) in connection.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        (table.quoted.as_string(connection),),
    ).fetchall():
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {} CASCADE").format(
                table.quoted, sql.Identifier(str(name))
            )
        )
    for schema, name in connection.execute(
        "SELECT n.nspname, c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE i.indrelid = %s::regclass AND i.indisunique",
        (table.quoted.as_string(connection),),
    ).fetchall():
        index = sql.Identifier(str(schema), str(name))
        connection.execute(sql.SQL("DROP INDEX {}").format(index))


def _generated(connection: Connection, table: Table) -> set[str]:
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attgenerated <> ''",
        (table.quoted.as_string(connection),),
    )
    return {str(name) for (name,) in found}


def table_dropped(site: Site, connection: Connection) -> Iterator[Done]:
    """A ledger table is gone."""
    table = tables(site, connection)[0]
    connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(table.quoted))
    yield Done(f"{table.name}_rows")
    yield Done("schema_tables", (table.relation,))


def table_emptied(site: Site, connection: Connection) -> Iterator[Done]:
    """All rows of the largest ledger table are gone."""
    table = tables(site, connection)[0]
    keys = [key for _, key in _named(connection, table, table.rows)]
    connection.execute(sql.SQL("DELETE FROM {}").format(table.quoted))
    yield Done(f"{table.name}_rows", tuple(keys), "lost")


def key_changed(site: Site, connection: Connection) -> Iterator[Done]:
    """A row lies under a key that was never given."""
    for table in tables(site, connection):
        kinds = connection.execute(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attname = ANY (%s)",
            (table.quoted.as_string(connection), list(table.key)),
        ).fetchall()
        others = {"uuid": "gen_random_uuid()", "integer": "2000000000", "bigint": "2000000000"}
        if len(kinds) != 1 or str(kinds[0][0]) not in others:
            continue
        [(place, key)] = _named(connection, table)
        connection.execute(
            sql.SQL("UPDATE {} SET {} = {} WHERE {}").format(
                table.quoted,
                sql.Identifier(table.key[0]),
                sql.SQL(others[str(kinds[0][0])]),
                _where([place]),
            )
        )
        yield Done(f"{table.name}_rows", (key,), "lost")
        yield Done(f"{table.name}_rows", (), "unexpected")
        return


def index_dropped(_site: Site, connection: Connection) -> Iterator[Done]:
    """An index is gone."""
    for schema, name in connection.execute(
        "SELECT n.nspname, c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_'"
        " AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid)"
        " AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = c.oid)"
        " ORDER BY 1, 2 LIMIT 1"
    ).fetchall():
        index = sql.Identifier(str(schema), str(name))
        connection.execute(sql.SQL("DROP INDEX {}").format(index))
        yield Done("schema_indexes", (str(name),))


def null_allowed(site: Site, connection: Connection) -> Iterator[Done]:
    """A column takes NULL that took none."""
    for table in tables(site, connection):
        for (name,) in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND attnotnull AND attidentity = '' AND attname <> ALL (%s) ORDER BY attnum LIMIT 1",
            (table.quoted.as_string(connection), list(table.key)),
        ).fetchall():
            connection.execute(
                sql.SQL("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL").format(
                    table.quoted, sql.Identifier(str(name))
                )
            )
            yield Done("schema_columns", (str(name),))
            return


def owner_changed(site: Site, connection: Connection) -> Iterator[Done]:
    """A table belongs to another role."""
    table = tables(site, connection)[0]
    connection.execute("CREATE ROLE drill_other")
    connection.execute(sql.SQL("ALTER TABLE {} OWNER TO drill_other").format(table.quoted))
    yield Done("schema_owners", (table.relation,))


def column_dropped(site: Site, connection: Connection) -> Iterator[Done]:
    """A column of a ledger table is gone with its values."""
    for table in tables(site, connection):
        for column, _ in _changes(connection, table):
            connection.execute(
                sql.SQL("ALTER TABLE {} DROP COLUMN {} CASCADE").format(
                    table.quoted, sql.Identifier(column)
                )
            )
            # A row without it may be as another is.
            yield Done(f"{table.name}_rows")
            yield Done("schema_columns", (column,))
            return


def other_row_deleted(site: Site, connection: Connection) -> Iterator[Done]:
    """A row is gone of a table that the ledger does not account for."""
    ours = [table.relation for table in site.platform.tables.values()]
    for schema, name in connection.execute(
        "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n"
        " ON n.oid = c.relnamespace WHERE c.relkind = 'r'"
        " AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = c.oid)"
        " AND c.relpersistence = 'p'"
        " AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
        " AND n.nspname || '.' || c.relname <> ALL (%s) ORDER BY 1, 2",
        (ours,),
    ).fetchall():
        relation = sql.Identifier(str(schema), str(name))
        done = connection.execute(
            sql.SQL("DELETE FROM {0} WHERE ctid = (SELECT max(ctid) FROM {0})").format(relation)
        )
        if done.rowcount:
            yield Done("table_rows", (f"{schema}.{name}",))
            return


def sequence_set_back(_site: Site, connection: Connection) -> Iterator[Done]:
    """A sequence would give a key again."""
    for schema, name in connection.execute(
        "SELECT schemaname, sequencename FROM pg_sequences WHERE last_value > start_value"
        " AND schemaname !~ '^pg_' ORDER BY 1, 2"
    ).fetchall():
        sequence = sql.Identifier(str(schema), str(name))
        connection.execute(sql.SQL("ALTER SEQUENCE {} RESTART").format(sequence))
        yield Done("sequence_states", (f"{schema}.{name}",))
        return


def trigger_disabled(_site: Site, connection: Connection) -> Iterator[Done]:
    """A trigger is off."""
    for schema, table, name in connection.execute(
        "SELECT n.nspname, c.relname, t.tgname FROM pg_trigger AS t JOIN pg_class AS c"
        " ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE NOT t.tgisinternal AND t.tgparentid = 0 ORDER BY 1, 2, 3 LIMIT 1"
    ).fetchall():
        connection.execute(
            sql.SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(
                sql.Identifier(str(schema), str(table)), sql.Identifier(str(name))
            )
        )
        yield Done("schema_triggers", (str(name),))


def grant_lost(_site: Site, connection: Connection) -> Iterator[Done]:
    """A role may read a table no more."""
    for schema, table, role in connection.execute(
        "SELECT n.nspname, c.relname, r.rolname FROM pg_class AS c JOIN pg_namespace AS n"
        " ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) AS a"
        " JOIN pg_roles AS r ON r.oid = a.grantee WHERE a.grantee <> c.relowner"
        " AND n.nspname !~ '^pg_' AND c.relkind IN ('r', 'p')"
        " AND n.nspname <> 'information_schema' ORDER BY 1, 2, 3 LIMIT 1"
    ).fetchall():
        connection.execute(
            sql.SQL("REVOKE ALL ON {} FROM {}").format(
                sql.Identifier(str(schema), str(table)), sql.Identifier(str(role))
            )
        )
        yield Done("schema_grants", (str(table),))


def partition_lost(site: Site, connection: Connection) -> Iterator[Done]:
    """A partition is gone with its rows."""
    for table in site.platform.tables.values():
        quoted = sql.Identifier(*table.relation.split(".")).as_string(connection)
        for (name,) in connection.execute(
            "SELECT relid::regclass::text FROM pg_partition_tree(%s) WHERE isleaf AND level > 0"
            " ORDER BY pg_relation_size(relid) DESC LIMIT 1",
            (quoted,),
        ).fetchall():
            connection.execute(sql.SQL("DROP TABLE {}").format(sql.SQL(str(name))))
            yield Done(f"{table.name}_rows", (), "lost")
            yield Done("schema_tables", (str(name).rpartition(".")[2],))
            return


def constraint_dropped(_site: Site, connection: Connection) -> Iterator[Done]:
    """A reference is no longer held to."""
    for schema, table, name in connection.execute(
        "SELECT n.nspname, c.relname, k.conname FROM pg_constraint AS k JOIN pg_class AS c"
        " ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY 1, 2, 3 LIMIT 1"
    ).fetchall():
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                sql.Identifier(str(schema), str(table)), sql.Identifier(str(name))
            )
        )
        yield Done("schema_constraints", (str(name),))


def function_changed(_site: Site, connection: Connection) -> Iterator[Done]:
    """A function is gone."""
    for (signature,) in connection.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n"
        " ON n.oid = p.pronamespace WHERE n.nspname !~ '^pg_' AND p.prokind = 'f'"
        " AND n.nspname <> 'information_schema' AND NOT EXISTS (SELECT FROM pg_depend AS d"
        " WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY 1 LIMIT 1"
    ).fetchall():
        connection.execute(sql.SQL("DROP FUNCTION {} CASCADE").format(sql.SQL(str(signature))))
        yield Done("schema_functions", (str(signature).partition("(")[0].rpartition(".")[2],))


DAMAGES: dict[str, Damage] = {
    damage.__name__: damage
    for damage in (
        rows_deleted,
        many_rows_deleted,
        row_altered,
        row_added,
        row_doubled,
        keys_swapped,
        table_dropped,
        table_emptied,
        key_changed,
        index_dropped,
        null_allowed,
        column_dropped,
        other_row_deleted,
        sequence_set_back,
        trigger_disabled,
        grant_lost,
        partition_lost,
        constraint_dropped,
        function_changed,
        # Last: a role lies beside the database.
        owner_changed,
    )
}
