"""What the catalog says of a table that a drill writes to."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from harness.core.errors import DrillError
from harness.platform.making import Choice, Column, Keys, Limit, Shape
from harness.stores.catalog_types import CatalogTypes
from harness.stores.postgres import Connection

KEYS_AT_MOST = 1_000
"""Of a table that is referred to, so many keys are taken, the first ones."""

_COLUMNS = """
SELECT a.attname AS name, a.atttypid AS type, a.atttypmod AS typmod,
       a.attnotnull OR t.typnotnull AS is_required,
       a.attidentity <> '' OR a.attgenerated <> '' OR t.typdefault IS NOT NULL AS is_made,
       pg_get_expr(d.adbin, d.adrelid) AS "default", a.atttypid AS domain
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""

_KEY = """
SELECT a.attname FROM pg_constraint AS k
CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS c (number, position)
JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = c.number
WHERE k.conrelid = %s::regclass AND k.contype = 'p' ORDER BY c.position
"""

# Columns of the table that an index is over, those in its expressions among them.
_UNIQUE = """
SELECT ARRAY(SELECT a.attname FROM pg_attribute AS a
             WHERE a.attrelid = i.indrelid AND a.attnum > 0
               AND (a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])
                    OR EXISTS (SELECT FROM pg_depend AS d
                               WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                                 AND d.refclassid = 'pg_class'::regclass
                                 AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum
                                 AND i.indexprs IS NOT NULL))
             ORDER BY a.attnum)::text[]
FROM pg_index AS i WHERE i.indrelid = %s::regclass AND i.indisunique
ORDER BY i.indisprimary DESC, i.indexrelid
"""

_LIMITS = """
SELECT ARRAY(SELECT a.attname FROM pg_attribute AS a
             WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
             ORDER BY a.attnum)::text[],
       pg_get_expr(c.conbin, c.conrelid)
FROM pg_constraint AS c WHERE c.conrelid = %s::regclass AND c.contype = 'c' ORDER BY c.conname
"""

_REFERENCES = """
SELECT n.nspname AS schema, r.relname AS table, f.confrelid = f.conrelid AS is_itself,
       ARRAY(SELECT a.attname FROM unnest(f.conkey) WITH ORDINALITY AS c (number, position)
             JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = c.number
             ORDER BY c.position)::text[] AS columns,
       ARRAY(SELECT a.attname FROM unnest(f.confkey) WITH ORDINALITY AS c (number, position)
             JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = c.number
             ORDER BY c.position)::text[] AS keys
FROM pg_constraint AS f
JOIN pg_class AS r ON r.oid = f.confrelid
JOIN pg_namespace AS n ON n.oid = r.relnamespace
WHERE f.conrelid = %s::regclass AND f.contype = 'f' AND f.conparentid = 0
ORDER BY cardinality(f.conkey) DESC, f.conname
"""

# What pg_get_expr makes of `status IN ('new', 'paid')`.
_LISTED = re.compile(r"= ANY \(+ARRAY\[(.*?)\]")
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w.])")


def shape_of(
    connection: Connection, relation: str, given: Collection[str] = (), rows: int = 1
) -> Shape:
    """Return a table's shape, for writing so many rows; values of what is `given` are known.

    Raises: DrillError: there is no such table.
    """
    quoted = sql.Identifier(*relation.split(".")).as_string(connection)
    found = connection.execute(
        "SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", (quoted,)
    ).fetchone()
    if found is None or found[0] not in ("r", "p"):
        raise DrillError(
            f"the schema has no table {relation}" if found is None else f"{relation} is no table",
            "The platform's ledger names it; the tables are those that schema and bootstrap make.",
        )
    return _Reading(connection, relation, quoted).shape(given, rows)


@dataclass
class _Reading:
    connection: Connection
    relation: str
    quoted: str

    def shape(self, given: Collection[str], rows: int) -> Shape:
        key = tuple(self._texts(_KEY))
        unique = [tuple(str(name) for name in row[0]) for row in self._rows(_UNIQUE)]
        limits = tuple(Limit(tuple(c), str(condition)) for c, condition in self._rows(_LIMITS))
        kinds = CatalogTypes(self.connection)
        with self.connection.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(_COLUMNS, (self.quoted,)).fetchall()
            references = cursor.execute(_REFERENCES, (self.quoted,)).fetchall()
        columns = {row["name"]: _column(row, unique, limits, kinds) for row in found}
        choices = [*self._referring(references, columns, unique, rows), *_listed(columns, limits)]
        open_ones = [c for c in choices if not any(name in given for name in c.columns)]
        chosen = self._without_repetition(_joined(open_ones), columns, unique, rows)
        return Shape(
            self.relation,
            tuple(columns.values()),
            key,
            tuple(chosen),
            limits,
            self._taken(columns),
            not any(column.type.names_objects for column in columns.values()),
        )

    def _rows(self, query: str) -> list[Any]:
        return self.connection.execute(query.encode(), (self.quoted,)).fetchall()

    def _texts(self, query: str) -> list[str]:
        return [str(row[0]) for row in self._rows(query)]

    def _referring(
        self,
        found: list[dict[str, Any]],
        columns: dict[str, Column],
        unique: list[tuple[str, ...]],
        rows: int,
    ) -> Iterator[Choice]:
        for row in found:
            names = tuple(row["columns"])
            target = f"{row['schema']}.{row['table']}"
            is_once = any(set(index) <= set(names) for index in unique)
            keys = self._keys(row, names, is_once=is_once, rows=rows)
            is_own = row["is_itself"] and not keys
            must = is_own and all(columns[name].is_required for name in names)
            own = tuple(row["keys"]) if must else ()
            yield Choice(names, keys, target, is_free=is_once, own=own)

    def _keys(
        self, row: dict[str, Any], names: tuple[str, ...], *, is_once: bool, rows: int
    ) -> Keys:
        keys = [sql.Identifier("held", key) for key in row["keys"]]
        free: sql.Composable = sql.SQL("true")
        if is_once:
            free = sql.SQL("NOT EXISTS (SELECT FROM {} AS own WHERE {})").format(
                sql.Identifier(*self.relation.split(".")),
                sql.SQL(" AND ").join(
                    sql.SQL("{} = {}").format(sql.Identifier("own", name), key)
                    for name, key in zip(names, keys, strict=True)
                ),
            )
        found = self.connection.execute(
            sql.SQL("SELECT {} FROM {} AS held WHERE {} ORDER BY {} LIMIT {}").format(
                sql.SQL(", ").join(sql.SQL("{}::text").format(key) for key in keys),
                sql.Identifier(row["schema"], row["table"]),
                free,
                sql.SQL(", ").join(keys),
                sql.Literal(rows if is_once else KEYS_AT_MOST),
            )
        ).fetchall()
        return tuple(
            tuple(str(value) for value in values) for values in found if None not in values
        )

    def _without_repetition(
        self,
        choices: list[Choice],
        columns: dict[str, Column],
        unique: list[tuple[str, ...]],
        rows: int,
    ) -> list[Choice]:
        """Make one choice of those that together tell rows apart, of what is not there yet."""
        for index in unique:
            parts = [c for c in choices if set(c.columns) & set(index)]
            covered = {name for part in parts for name in part.columns}
            if not index or not set(index) <= covered or any(part.is_free for part in parts):
                continue
            choices = [choice for choice in choices if choice not in parts]
            choices.append(self._free(parts, index, columns, rows))
        return choices

    def _free(
        self, parts: list[Choice], index: tuple[str, ...], columns: dict[str, Column], rows: int
    ) -> Choice:
        names = tuple(name for part in parts for name in part.columns)
        sources, held = [], []
        for number, part in enumerate(parts):
            alias = f"part{number}"
            texts = [list(column) for column in zip(*part.values, strict=True)]
            if not texts:
                return Choice(names, (), part.target)
            arrays = [sql.SQL("{}::text[]").format(sql.Literal(column)) for column in texts]
            sources.append(
                sql.SQL("unnest({}) WITH ORDINALITY AS {} ({}, place)").format(
                    sql.SQL(", ").join(arrays),
                    sql.Identifier(alias),
                    sql.SQL(", ").join(map(sql.Identifier, part.columns)),
                )
            )
            held += [(name, sql.Identifier(alias, name)) for name in part.columns]
        value = {
            name: sql.SQL("{}::{}").format(text, sql.SQL(columns[name].type.sql))
            for name, text in held
        }
        found = self.connection.execute(
            sql.SQL(
                "SELECT {} FROM {} WHERE NOT EXISTS (SELECT FROM {} AS own WHERE {})"
                " ORDER BY {} LIMIT {}"
            ).format(
                sql.SQL(", ").join(text for _, text in held),
                sql.SQL(" CROSS JOIN ").join(sources),
                sql.Identifier(*self.relation.split(".")),
                sql.SQL(" AND ").join(
                    sql.SQL("{} = {}").format(sql.Identifier("own", name), value[name])
                    for name in index
                ),
                sql.SQL(", ").join(
                    sql.Identifier(f"part{number}", "place") for number in range(len(parts))
                ),
                sql.Literal(rows),
            )
        ).fetchall()
        target = " and ".join(part.target for part in parts if part.target)
        keys = tuple(tuple(str(value) for value in row) for row in found)
        return Choice(names, keys, target, is_free=True)

    def _taken(self, columns: dict[str, Column]) -> int:
        """Return the greatest whole number in columns that tell rows apart; 0 if there is none."""
        greatest = 0
        for column in columns.values():
            if column.is_distinct and column.type.is_whole and not column.is_given:
                found = self.connection.execute(
                    sql.SQL("SELECT coalesce(max({}), 0)::text FROM {}").format(
                        sql.Identifier(column.name), sql.Identifier(*self.relation.split("."))
                    )
                ).fetchone()
                greatest = max(greatest, int(str(found[0])) if found else 0)
        return greatest


def _column(
    row: dict[str, Any],
    unique: list[tuple[str, ...]],
    limits: tuple[Limit, ...],
    kinds: CatalogTypes,
) -> Column:
    name = row["name"]
    conditions = [limit.condition for limit in limits if name in limit.columns]
    conditions += kinds.conditions(row["type"])
    # One column may be tied to another, and that one to a constant.
    others = [limit.condition for limit in limits if limit.condition not in conditions]
    constants = [
        constant
        for condition in (*conditions, *(others if conditions else ()))
        for constant in (
            *(found.replace("''", "'") for found in _LITERAL.findall(condition)),
            *_NUMBER.findall(condition),
        )
    ]
    default = row["default"]
    is_distinct = any(name in index for index in unique)
    # The same default twice would be refused.
    is_constant = default is not None and "(" not in default and (name,) in unique
    return Column(
        name,
        kinds.of(row["type"], row["typmod"]),
        is_required=row["is_required"],
        is_given=row["is_made"] or (default is not None and not is_constant),
        is_distinct=is_distinct,
        is_checked=bool(conditions),
        constants=tuple(dict.fromkeys(constants)),
        # What a sequence gives is not given back.
        default="" if row["is_made"] or "nextval(" in (default or "") else default or "",
    )


def _listed(columns: dict[str, Column], limits: tuple[Limit, ...]) -> Iterator[Choice]:
    """Yield a choice for each column of few values: a list in a constraint, or labels of a type."""
    for column in columns.values():
        allowed = column.type.labels
        for limit in limits:
            listed = _LISTED.search(limit.condition)
            if listed and limit.columns == (column.name,):
                allowed = tuple(v.replace("''", "'") for v in _LITERAL.findall(listed[1]))
        if not allowed and column.type.base == "bool" and not column.is_checked:
            allowed = ("true", "false")
        if allowed:
            yield Choice((column.name,), tuple((value,) for value in allowed))


def _joined(choices: list[Choice]) -> list[Choice]:
    """Join the choices that share a column, as far as what is chosen agrees in it."""
    joined: list[Choice] = []
    for choice in choices:
        sharing = [other for other in joined if set(other.columns) & set(choice.columns)]
        for other in sharing:
            joined.remove(other)
            choice = _both(other, choice)  # noqa: PLW2901 - it grows
        joined.append(choice)
    return joined


def _both(one: Choice, other: Choice) -> Choice:
    if set(other.columns) <= set(one.columns) and one.values and other.target == one.target:
        return one
    shared = [name for name in one.columns if name in other.columns]
    added = [name for name in other.columns if name not in one.columns]
    at = [(one.columns.index(name), other.columns.index(name)) for name in shared]
    by_shared: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for key in other.values:
        by_shared.setdefault(tuple(key[j] for _, j in at), []).append(key)
    found: list[tuple[str, ...]] = []
    for key in one.values:
        for match in by_shared.get(tuple(key[i] for i, _ in at), ()):
            found.append((*key, *(match[other.columns.index(name)] for name in added)))
            if len(found) == KEYS_AT_MOST:
                break
    return replace(
        one,
        columns=(*one.columns, *added),
        values=tuple(found[:KEYS_AT_MOST]),
        target=" and ".join(filter(None, (one.target, other.target))),
        is_free=one.is_free or other.is_free,
    )
