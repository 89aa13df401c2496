"""Read rows of catalogs with every column that the server has, unless a list exempts it by name.

So what a newer server adds is compared from its first day. OIDs are resolved by the server's own
table of references, so what is read compares across servers. What the user made is read object by
object. What came with the server or an extension is read as one digest a group, and by name where
a row is younger than its group.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import sql

from harness.core.errors import DrillError
from harness.probes._catalog_exempt import is_exempt
from harness.stores.postgres import Connection


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a catalog. `refers_to` is the catalog whose OIDs it holds, or empty."""

    name: str
    type: str
    refers_to: str
    holds_several: bool


_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL), coalesce(k.pktable::text, ''),
       coalesce(k.is_array, false)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_get_catalog_foreign_keys() AS k
  ON k.fktable = c.oid AND k.fkcols = ARRAY[a.attname::text]
WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r'
ORDER BY c.relname, a.attnum
"""

# The catalogs whose rows are read like this. A row that has no name of its own is named by the
# object it is a part of, and by what else tells it apart.
_NAMED_BY_ITSELF = (
    *("pg_am", "pg_cast", "pg_collation", "pg_conversion", "pg_foreign_data_wrapper"),
    *("pg_foreign_server", "pg_user_mapping", "pg_language", "pg_opclass", "pg_opfamily"),
    *("pg_operator", "pg_transform", "pg_ts_config", "pg_ts_dict", "pg_ts_parser"),
    "pg_ts_template",
)
_PART_OF = {
    "pg_amop": ("pg_opfamily", "amopfamily"),
    "pg_amproc": ("pg_opfamily", "amprocfamily"),
    "pg_ts_config_map": ("pg_ts_config", "mapcfg"),
    "pg_foreign_table": ("pg_class", "ftrelid"),
    "pg_aggregate": ("pg_proc", "aggfnoid"),
    "pg_range": ("pg_type", "rngtypid"),
}
_NAME = {
    "pg_aggregate": "r.aggfnoid::regprocedure::text",
    "pg_proc": "'function ' || r.oid::regprocedure",
    "pg_range": "format_type(r.rngtypid, NULL)",
    "pg_type": "format_type(r.oid, NULL)",
}
_TOLD_APART_BY = {"pg_ts_config_map": ("maptokentype", "mapseqno")}
_NOT_THE_USERS = ("pg_proc", "pg_type", "pg_class", "pg_namespace")
"""Catalogs whose rows are read like this where they are not the user's."""

READ_BY_ROW = (*_NAMED_BY_ITSELF, *_PART_OF, "pg_subscription")

_CAST = {
    "pg_authid": "regrole",
    "pg_class": "regclass",
    "pg_collation": "regcollation",
    "pg_namespace": "regnamespace",
    "pg_operator": "regoperator",
    "pg_proc": "regprocedure",
    "pg_ts_config": "regconfig",
    "pg_ts_dict": "regdictionary",
    "pg_type": "regtype",
}

# What an option with such a name holds is nobody's business here.
_OPTIONS = (
    "(SELECT string_agg(CASE WHEN split_part(o, '=', 1) ~* 'pass|secret|key|token|credential'"
    " THEN split_part(o, '=', 1) || '=…' ELSE o END, ', ' ORDER BY o) FROM unnest(r.{}) AS o)"
)
# What a column holds where its text would not do.
_PRINTED = {
    "pg_collation.collversion": "CASE WHEN r.oid >= 16384 THEN CASE WHEN r.collversion"
    " IS NOT DISTINCT FROM pg_collation_actual_version(r.oid) THEN 'as the server has it'"
    " ELSE 'not as the server has it' END END",
    "pg_foreign_data_wrapper.fdwoptions": _OPTIONS.format("fdwoptions"),
    "pg_foreign_server.srvoptions": _OPTIONS.format("srvoptions"),
    "pg_foreign_table.ftoptions": _OPTIONS.format("ftoptions"),
    "pg_user_mapping.umoptions": _OPTIONS.format("umoptions"),
    "pg_user_mapping.umuser": "CASE r.umuser WHEN 0 THEN 'PUBLIC' ELSE r.umuser::regrole::text END",
    "pg_subscription.subconninfo": "regexp_replace(r.subconninfo,"
    r" '(\w*pass\w*)\s*=\s*(''(?:[^''\\]|\\.)*''|\S+)', '\1=…', 'gi')",
    # Whether it waits for the first copy is a state.
    "pg_subscription.subtwophasestate": "CASE r.subtwophasestate WHEN 'd' THEN 'off' ELSE 'on' END",
    "pg_proc.proargdefaults": "pg_get_expr(r.proargdefaults, 0)",
    "pg_proc.prosqlbody": "pg_get_function_sqlbody(r.oid)",
    "pg_class.relpartbound": "pg_get_expr(r.relpartbound, r.oid)",
    "pg_type.typdefaultbin": "pg_get_expr(r.typdefaultbin, 0)",
}
# What belongs to a row of these and lies in other catalogs.
_BESIDE = {
    "pg_aggregate": """(SELECT concat_ws(' ', 'parallel', p.proparallel, 'takes',
        pg_get_function_arguments(p.oid), 'returns', p.prorettype::regtype)
      FROM pg_proc AS p WHERE p.oid = r.aggfnoid)""",
    "pg_class": """CASE WHEN r.relkind = 'v' THEN pg_get_viewdef(r.oid)
      WHEN r.relkind IN ('i', 'I') THEN pg_get_indexdef(r.oid) END
      , (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                                      a.attnotnull, a.attfdwoptions,
                                      (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d
                                       WHERE d.adrelid = r.oid AND d.adnum = a.attnum)),
                            ', ' ORDER BY a.attnum)
          FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)
      , (SELECT string_agg(concat_ws(' ', con.conname, pg_get_constraintdef(con.oid)), ', '
                            ORDER BY con.conname)
          FROM pg_constraint AS con WHERE con.conrelid = r.oid)
      , (SELECT string_agg(concat_ws(' ', tg.tgenabled, pg_get_triggerdef(tg.oid)), ', '
                            ORDER BY tg.tgname)
          FROM pg_trigger AS tg WHERE tg.tgrelid = r.oid AND NOT tg.tgisinternal)
      , (SELECT string_agg(concat_ws(' ', p.polname, p.polpermissive, p.polcmd,
                                     p.polroles::regrole[]::text,
                                     pg_get_expr(p.polqual, p.polrelid),
                                     pg_get_expr(p.polwithcheck, p.polrelid)),
                           ', ' ORDER BY p.polname)
          FROM pg_policy AS p WHERE p.polrelid = r.oid)""",
}


def columns(connection: Connection) -> dict[str, list[Column]]:
    """Return every catalog that the server has, with its columns."""
    found: dict[str, list[Column]] = {}
    for catalog, name, type_, refers_to, several in connection.execute(_COLUMNS).fetchall():
        column = Column(str(name), str(type_), str(refers_to), bool(several))
        found.setdefault(str(catalog), []).append(column)
    return found


def reads(catalog: str, column: Column) -> bool:
    """Tell whether a row is read with this column; privileges and owners have queries."""
    return not (
        is_exempt(catalog, column.name) or column.type == "aclitem[]" or _is_owner(catalog, column)
    )


def _is_owner(catalog: str, column: Column) -> bool:
    return column.refers_to == "pg_authid" and catalog != "pg_user_mapping"


def own_rows(
    connection: Connection, has: Mapping[str, list[Column]], catalogs: tuple[str, ...]
) -> dict[str, str]:
    """Return each row of these catalogs that belongs to an object of the user's, by its name."""
    rows = connection.execute(
        sql.SQL("{} SELECT name, definition FROM entry WHERE home = ''").format(
            _entries(catalogs, has)
        )
    ).fetchall()
    definitions = {str(name): str(definition) for name, definition in rows}
    if len(definitions) != len(rows):
        raise DrillError(f"two rows of {', '.join(catalogs)} have the same name")
    return definitions


def groups(connection: Connection, has: Mapping[str, list[Column]]) -> dict[str, str]:
    """Return a digest of each extension's members and of each catalog's own rows.

    A row that is younger than the rest of its group was touched later; it is told by its name.
    """
    catalogs = (*READ_BY_ROW, *_NOT_THE_USERS)
    rows = connection.execute(
        sql.SQL(
            "{} SELECT home, count(*) || ' objects, digest ' || md5(string_agg("
            "md5(name || '=' || definition), ''"
            " ORDER BY md5(name || '=' || definition) COLLATE \"C\"))"
            " FROM entry WHERE home <> '' GROUP BY home"
            " UNION ALL SELECT home || ': ' || name, definition FROM entry"
            " WHERE home <> '' AND written > born"
            " UNION ALL SELECT 'built-in server', 'PostgreSQL '"
            " || current_setting('server_version_num')::integer / 10000"
        ).format(_entries(catalogs, has))
    )
    return {str(name): str(definition) for name, definition in rows.fetchall()}


_HOMES = """
WITH member AS (
  SELECT d.classid, d.objid, format('extension %I', e.extname) AS home,
         e.xmin::text::bigint AS born
  FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
  WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
), installed AS (
  -- The last that the making of a cluster writes.
  SELECT max(xmin::text::bigint) AS born FROM pg_extension WHERE oid < 16384
), entry AS MATERIALIZED (
"""


def _entries(catalogs: tuple[str, ...], has: Mapping[str, list[Column]]) -> sql.Composed:
    present = [catalog for catalog in catalogs if catalog in has]
    selects = [_entries_of(catalog, has[catalog]) for catalog in present]
    return sql.SQL("{}{})").format(sql.SQL(_HOMES), sql.SQL(" UNION ALL ").join(selects))


def _entries_of(catalog: str, has: list[Column]) -> sql.Composed:
    whole, oid = _PART_OF.get(catalog, (catalog, "oid"))
    names_itself = any(column.name == "oid" for column in has)
    itself = (
        sql.SQL(_NAME[catalog])
        if catalog in _NAME
        else sql.SQL(
            "(SELECT type || ' ' || identity FROM pg_identify_object({}::regclass, {}, 0))"
        ).format(
            sql.Literal(catalog if names_itself else whole),
            sql.Identifier("r", "oid" if names_itself else oid),
        )
    )
    apart = [
        sql.SQL(" || ' ' || {}").format(sql.Identifier("r", column))
        for column in _TOLD_APART_BY.get(catalog, ())
    ]
    if not names_itself and catalog not in _NAME:
        apart.insert(0, sql.SQL(" || {}").format(sql.Literal(f" in {catalog}")))
    parts: list[sql.Composable] = [
        sql.SQL("{} || {}").format(sql.Literal(f"{column.name} "), _printed(catalog, column))
        for column in has
        if reads(catalog, column)
    ]
    if catalog in _BESIDE:
        parts.append(sql.SQL(_BESIDE[catalog]))
    if names_itself:
        # The user's own owners and comments have queries.
        owner = next((c for c in has if _is_owner(catalog, c)), None)
        parts.append(
            sql.SQL(
                "CASE WHEN m.home IS NOT NULL OR r.oid < 16384 THEN concat_ws('; ', {owner},"
                " (SELECT string_agg(d.description, ', ' ORDER BY d.objsubid)"
                " FROM pg_description AS d"
                " WHERE d.classoid = {catalog}::regclass AND d.objoid = r.oid)) END"
            ).format(
                owner=_printed(catalog, owner) if owner else sql.NULL,
                catalog=sql.Literal(catalog),
            )
        )
    built_in = _BUILT_IN.get(catalog, f"r.{oid} < 16384")
    return sql.SQL(
        "SELECT {name} AS name, concat_ws('; ', {parts}) AS definition,"
        " coalesce(m.home, CASE WHEN {built_in} THEN {system} ELSE '' END) AS home,"
        " r.xmin::text::bigint AS written, coalesce(m.born, i.born) AS born"
        " FROM {catalog} AS r CROSS JOIN installed AS i"
        " LEFT JOIN member AS m ON m.classid = {whole}::regclass AND m.objid = r.{oid}{where}"
    ).format(
        name=sql.SQL("").join([itself, *apart]),
        parts=sql.SQL(", ").join(parts),
        oid=sql.Identifier(oid),
        system=sql.Literal(f"built-in {catalog}"),
        catalog=sql.Identifier(catalog),
        whole=sql.Literal(whole),
        built_in=sql.SQL(built_in),
        where=sql.SQL(_WHERE.get(catalog, "").format(built_in)),
    )


_SYSTEM = "IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
# What is in the server's own schemas is taken for its own, whoever put it there.
_BUILT_IN = {
    "pg_proc": f"(r.oid < 16384 OR r.pronamespace {_SYSTEM})",
    "pg_type": f"(r.oid < 16384 OR r.typnamespace {_SYSTEM})",
    "pg_class": f"(r.oid < 16384 OR r.relnamespace {_SYSTEM})",
}
_WHERE = {
    # A subscription belongs to one database, and is in a catalog that all share.
    "pg_subscription": " WHERE r.subdbid ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())",
    # What else is the user's of these has queries; temporary and TOAST tables come and go.
    "pg_proc": " WHERE (m.home IS NOT NULL OR {})",
    "pg_type": " WHERE (m.home IS NOT NULL OR {} OR r.typtype = 'b'"
    " AND NOT EXISTS (SELECT FROM pg_type AS element WHERE element.typarray = r.oid))",
    "pg_class": " WHERE (m.home IS NOT NULL OR {}) AND r.relkind <> 't'",
    "pg_namespace": " WHERE (m.home IS NOT NULL OR {}) AND r.nspname !~ '^pg_t'"
    " AND r.nspname <> 'public'",
}


def _printed(catalog: str, column: Column) -> sql.Composable:
    given = _PRINTED.get(f"{catalog}.{column.name}")
    if given is not None:
        return sql.SQL(given)
    value = sql.Identifier("r", column.name)
    if column.refers_to and column.holds_several:
        return sql.SQL(
            "(SELECT string_agg({}, ', ' ORDER BY at) FROM unnest({}) WITH ORDINALITY AS u (v, at))"
        ).format(_named(column.refers_to, sql.SQL("v")), value)
    if column.refers_to:
        return _named(column.refers_to, value)
    return sql.SQL("{}::text").format(value)


def _named(catalog: str, value: sql.Composable) -> sql.Composable:
    if catalog in _CAST:
        return sql.SQL("{}::{}::text").format(value, sql.SQL(_CAST[catalog]))
    return sql.SQL("(SELECT identity FROM pg_identify_object({}::regclass, {}, 0))").format(
        sql.Literal(catalog), value
    )
