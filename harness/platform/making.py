"""Rows for any table: SQL that gives each column a value, from its type and what limits it.

`n` is the row's number and `random` the drill's; the same two give the same values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

TEXTS = (
    "plain",
    "O'Neill",
    "Núñez & Sørensen",
    "tab\there",
    r"back\slash",
    "two\nlines",
    '"quoted", {braced}',
)
"""What texts are made of, where they may hold anything: all that a dump has to quote."""

_SHORT = 40
"""Texts of fewer characters hold a number and chance, nothing to quote."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalog has it. `type` is its type as SQL writes it, `base` the name of what
    is under it and of a domain; `element` is the SQL name of an array's or range's inner type.

    `labels` are an enumeration's, `allowed` the values a constraint lists. `limit` is the greatest
    number of characters, 0 for no limit; `digits` those of a number before the point, or 0.
    """

    name: str
    type: str
    base: str
    is_required: bool
    is_given: bool
    is_in_key: bool
    element: str = ""
    labels: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    limit: int = 0
    digits: int = 0
    is_checked: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns that refer to another table, and the keys there, as texts of arrays in parallel."""

    columns: tuple[str, ...]
    target: str
    keys: tuple[tuple[str | None, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as rows are made for it: its columns in order, its primary key, what it refers to,
    and for numbers in that key the greatest that is taken.
    """

    relation: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    taken: int = 0


class Unmakeable(Exception):
    """There is no value for a column; the message names it and says what to write."""


def values(shape: Shape, given: Mapping[str, str]) -> dict[str, sql.Composable]:
    """Return SQL for each column that is written, over `n` and `random`; `given` comes first.

    Columns with a default are left to it. Raises: Unmakeable.
    """
    made: dict[str, sql.Composable] = {
        # The person's own SQL, run in the drill's own server.
        name: sql.SQL("({})").format(sql.SQL(text))
        for name, text in given.items()
    }
    stride = 1
    for reference in shape.references:
        stride = _refer(shape, reference, made, stride)
    for column in shape.columns:
        if column.name in made or column.is_given:
            continue
        value = _value(column, shape)
        if value is not None:
            made[column.name] = value if column.is_required else _sometimes(value, column)
        elif column.is_required:
            raise Unmakeable(
                f"column {column.name} of {shape.relation}: no value can be made of type"
                f" {column.type}"
            )
    return made


def _refer(shape: Shape, reference: Reference, made: dict[str, sql.Composable], stride: int) -> int:
    """Give a reference's columns keys that are there; return the next stride through them."""
    columns = {column.name: column for column in shape.columns}
    if any(name in made or columns[name].is_given for name in reference.columns):
        return stride
    count = len(reference.keys)
    if not count:
        required = [name for name in reference.columns if columns[name].is_required]
        if required:
            raise Unmakeable(
                f"column {required[0]} of {shape.relation} refers to {reference.target}, which has"
                " no rows. List that table before this one in the ledger, or fill it by seed"
            )
        return stride
    for position, name in enumerate(reference.columns):
        keys = sql.SQL(", ").join(sql.Literal(key[position]) for key in reference.keys)
        made[name] = sql.SQL("(ARRAY[{}]::text[])[1 + (n / {}) % {}]::{}").format(
            keys,
            sql.Literal(stride),
            sql.Literal(count),
            sql.SQL(columns[name].type),
        )
    return stride * count if any(columns[name].is_in_key for name in reference.columns) else stride


def _sometimes(value: sql.Composable, column: Column) -> sql.Composable:
    if column.is_in_key:
        return value
    return sql.SQL("CASE WHEN n % 7 = 3 THEN NULL ELSE {} END").format(value)


def _value(column: Column, shape: Shape) -> sql.Composable | None:
    choices = column.allowed or column.labels
    if choices:
        listed = sql.SQL(", ").join(map(sql.Literal, choices))
        text: sql.Composable = sql.SQL("(ARRAY[{}]::text[])[1 + n % {}]").format(
            listed, sql.Literal(len(choices))
        )
    elif column.base in _TEXTS:
        text = _text(column)
    elif column.base in _WHOLE:
        text = _number(column, shape)
    elif column.base == "numeric":
        most = 10 ** min(column.digits, 9) if column.digits else 10**9
        text = sql.SQL("n % {} + 0.5").format(sql.Literal(most)) if most > 1 else sql.SQL("0.5")
    elif column.element and column.base == "array":
        inner = _BY_TYPE.get(column.element, "")
        if not inner:
            return sql.SQL("{}::{}").format(sql.Literal("{}"), _type(column))
        text = sql.SQL("ARRAY[{}]").format(sql.SQL(inner))
    elif column.base in _BY_TYPE:
        text = sql.SQL(_BY_TYPE[column.base])
    else:
        return None
    return sql.SQL("({})::{}").format(text, _type(column))


def _type(column: Column) -> sql.SQL:
    return sql.SQL(column.type)


def _text(column: Column) -> sql.Composable:
    chance = sql.SQL("md5(random || {} || n)").format(sql.Literal(f":{column.name}:"))
    is_free = not column.is_checked and not column.is_in_key
    if is_free and (not column.limit or column.limit >= _SHORT):
        listed = sql.SQL(", ").join(map(sql.Literal, TEXTS))
        return sql.SQL("n || ' ' || (ARRAY[{}])[1 + n % {}] || ' ' || left({}, 8)").format(
            listed, sql.Literal(len(TEXTS)), chance
        )
    whole = sql.SQL("n || '-' || {}").format(chance)
    return sql.SQL("left({}, {})").format(whole, sql.Literal(column.limit or _SHORT))


def _number(column: Column, shape: Shape) -> sql.Composable:
    if column.is_in_key:
        return sql.SQL("{} + n").format(sql.Literal(shape.taken))
    return sql.SQL("n % 30000")


_TEXTS = ("text", "varchar", "bpchar", "citext", "name")
_WHOLE = ("int2", "int4", "int8")
_CHANCE = "md5(random || ':' || n)"
_BY_TYPE: Mapping[str, str] = {
    "bool": "n % 2 = 0",
    "int2": "n % 30000",
    "int4": "n % 30000",
    "int8": "n",
    "text": "n || ' text'",
    "varchar": "n || ' text'",
    "float4": "n / 4.0",
    "float8": "n / 4.0",
    "money": "(n % 100000)::numeric",
    "uuid": _CHANCE,
    "date": "date '2026-01-01' + (n % 3650)::integer",
    "timestamp": "timestamp '2026-01-01' + n * interval '1.000001 seconds'",
    "timestamptz": "timestamptz '2026-01-01 00:00:00+00' + n * interval '1.000001 seconds'",
    "time": "time '00:00' + n % 86400 * interval '1 second'",
    "timetz": "timetz '00:00+00' + n % 86400 * interval '1 second'",
    "interval": "n * interval '1 minute'",
    "bytea": f"decode({_CHANCE}, 'hex')",
    "json": f"json_build_object('n', n, 'noise', {_CHANCE})",
    "jsonb": f"jsonb_build_object('n', n, 'noise', {_CHANCE})",
    "inet": "inet '10.0.0.0' + n % 16777216",
    "cidr": "host(inet '10.0.0.0' + n % 16777216)",
    "macaddr": f"left({_CHANCE}, 12)",
    "macaddr8": f"left({_CHANCE}, 16)",
    "bit": "(n % 2)::integer",
    "varbit": "n::bit(16)",
    "xml": "'<n>' || n || '</n>'",
    "point": "point(n, n + 0.5)",
    "int4range": "int4range((n % 30000)::integer, (n % 30000 + 10)::integer)",
    "int8range": "int8range(n, n + 10)",
    "numrange": "numrange(n, n + 0.5)",
    "daterange": "daterange(date '2026-01-01' + (n % 3650)::integer, NULL)",
    "tstzrange": "tstzrange(timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second', NULL)",
    "tsvector": "to_tsvector('simple', 'word' || n)",
    "ltree": "('a.b' || n)",
    "hstore": "('n=>' || n)",
}
"""Values of the other types, by the type's name in the catalog, their elements among them."""


def insertion(
    shape: Shape,
    made: Mapping[str, sql.Composable],
    said: Sequence[sql.Composable],
    numbers: tuple[int, int],
    random: int,
) -> sql.Composed:
    """Return the statement that writes the rows of these numbers, the first and the last, and
    returns of each what is `said`. Where no column is written, the defaults are the rows.
    """
    first, last = numbers
    columns = sql.SQL("({}) OVERRIDING SYSTEM VALUE").format(
        sql.SQL(", ").join(map(sql.Identifier, made))
    )
    return sql.SQL(
        "INSERT INTO {relation} {columns} SELECT {values} FROM (SELECT n, {random}::bigint AS"
        " random FROM generate_series({first}::bigint, {last}::bigint) AS n) AS given"
        "{returning}"
    ).format(
        relation=sql.Identifier(*shape.relation.split(".")),
        columns=columns if made else sql.SQL(""),
        values=sql.SQL(", ").join(made.values()),
        random=sql.Literal(random),
        first=sql.Literal(first),
        last=sql.Literal(last),
        returning=sql.SQL(" RETURNING " if said else "") + sql.SQL(", ").join(said),
    )
