"""Rows for any table: SQL that gives each column a value, from its type and what limits it.

`n` is the row's number and `random` the drill's; the same two give the same values.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from psycopg import sql

from harness.platform.typed_values import Type, value_of

_SHORT = 40
"""Texts of fewer characters hold a number and chance, nothing to quote."""

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


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalog has it. One that `is_given` has a default, which is left to it; one
    that `is_distinct` tells rows apart, alone or with others. `constants` are those of the
    table's constraints if it `is_checked` by one, its own first. `default` is SQL.
    """

    name: str
    type: Type
    is_required: bool = False
    is_given: bool = False
    is_distinct: bool = False
    is_checked: bool = False
    constants: tuple[str, ...] = ()
    default: str = ""


Keys = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Columns whose values are chosen together, and what there is to choose from, as texts. It is
    from the keys of `target`, or from what a type or constraint lists. Of one that `is_free` each
    is taken once. The first rows of a table that refers to itself refer to none or, by `own`
    columns, to themselves.
    """

    columns: tuple[str, ...]
    values: Keys
    target: str = ""
    is_free: bool = False
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """A constraint on columns, as SQL over their names."""

    columns: tuple[str, ...]
    condition: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as rows are made for it: its columns in order, its primary key, what is chosen, what
    limits it, and the greatest number that is taken in a column that tells rows apart.

    One that `reads_alike` prints the same under every search_path.
    """

    relation: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    limits: tuple[Limit, ...] = ()
    taken: int = 0
    reads_alike: bool = True


class Unmakeable(Exception):
    """There is no value for a column; the message names it and says what to write."""


Made = dict[str, sql.Composable]


def values(shape: Shape, given: Mapping[str, str], first: int) -> Made:
    """Return SQL for each column that is written, over `n` and `random`, for rows from number
    `first` on; `given` comes first. Columns with a default are left to it. Raises: Unmakeable.
    """
    known = {column.name for column in shape.columns}
    for name in given:
        if name not in known:
            raise Unmakeable(
                f"{shape.relation} has no column {name}. It has {', '.join(sorted(known))}"
            )
    made: Made = {
        # The person's own SQL, run in the drill's own server.
        name: sql.SQL("({})").format(sql.SQL(text))
        for name, text in given.items()
    }
    for choice in shape.choices:
        _choose(shape, choice, made, first)
    for column in shape.columns:
        if column.name in made or column.is_given:
            continue
        value = next(candidates(column, shape), None)
        if value is not None:
            is_always = column.is_required or column.is_distinct
            made[column.name] = value if is_always else _sometimes(value)
        elif column.is_required:
            raise Unmakeable(
                f"column {column.name} of {shape.relation}: no value can be made of type"
                f" {column.type.sql}"
            )
    for choice in shape.choices:
        for name, key in zip(choice.columns, choice.own, strict=bool(choice.own)):
            _refer_to_itself(shape, name, key, made)
    return made


def candidates(column: Column, shape: Shape) -> Iterator[sql.Composable]:
    """Yield SQL for values of a column, the best first: the others are for what limits it."""
    found = _texts(column) if column.type.is_text else _others(column, shape)
    for text in found:
        yield sql.SQL("({})::{}").format(text, sql.SQL(column.type.sql))
    if not column.is_required:
        yield sql.SQL("NULL::{}").format(sql.SQL(column.type.sql))


def _choose(shape: Shape, choice: Choice, made: Made, first: int) -> None:
    columns = {column.name: column for column in shape.columns}
    open_ones = [name for name in choice.columns if name not in made]
    if not open_ones or any(columns[name].is_given for name in open_ones):
        return
    if len(open_ones) < len(choice.columns):
        # What was said of one column leaves open what goes with it.
        return
    if choice.own:
        return
    if not choice.values:
        required = [name for name in open_ones if columns[name].is_required]
        if required:
            raise Unmakeable(_nothing_to_choose(shape, choice, required[0]))
        # One that is NULL is enough for the reference not to be looked at.
        made.update({name: sql.SQL("NULL") for name in open_ones if not columns[name].is_required})
        return
    # What is taken once runs out: where none is left, it is NULL.
    place = (
        sql.SQL("n - {}").format(sql.Literal(first))
        if choice.is_free
        else sql.SQL("n % {}").format(sql.Literal(len(choice.values)))
    )
    for position, name in enumerate(choice.columns):
        listed = sql.SQL(", ").join(sql.Literal(key[position]) for key in choice.values)
        text = sql.SQL("(ARRAY[{}]::text[])[(1 + {})::integer]").format(listed, place)
        value = sql.SQL("({})::{}").format(text, sql.SQL(columns[name].type.sql))
        # Where one of several is NULL, the others are not looked at.
        is_always = choice.is_free or any(columns[n].is_distinct for n in choice.columns)
        made[name] = value if is_always or columns[name].is_required else _sometimes(value)


def _refer_to_itself(shape: Shape, name: str, key: str, made: Made) -> None:
    columns = {column.name: column for column in shape.columns}
    if key not in made and columns[key].type.base == "uuid":
        made[key] = next(candidates(columns[key], shape))
    if key not in made:
        raise Unmakeable(
            f"column {name} of {shape.relation} refers to its own table, which has no rows, and the"
            f" server gives its {key}. Fill the first row by seed"
        )
    made[name] = made[key]


def _nothing_to_choose(shape: Shape, choice: Choice, name: str) -> str:
    where = f"column {name} of {shape.relation}"
    if choice.is_free and len(choice.columns) > 1:
        return (
            f"{where}: every value of ({', '.join(choice.columns)}) that there can be is there"
            " already, and no two rows may have the same. Write fewer rows, or first more into"
            " what it refers to"
        )
    if choice.is_free:
        return (
            f"{where} refers to {choice.target or 'a list'}, once to each row, and each has been"
            " referred to. Write fewer rows, or first more into that table; if a trigger fills"
            " this one, write no rows into it"
        )
    return (
        f"{where} refers to {choice.target}, which has no rows. List that table before this one in"
        " the ledger, or fill it by seed"
    )


def _sometimes(value: sql.Composable) -> sql.Composable:
    return sql.SQL("CASE WHEN n % 7 = 3 THEN NULL ELSE {} END").format(value)


def _texts(column: Column) -> Iterator[sql.Composable]:
    limit = column.type.limit
    chance = sql.SQL("md5(random || {} || n)").format(sql.Literal(f":{column.name}:"))
    is_free = not column.is_checked and not column.is_distinct
    if is_free and (not limit or limit >= _SHORT):
        listed = sql.SQL(", ").join(map(sql.Literal, TEXTS))
        yield sql.SQL(
            "n || ' ' || (ARRAY[{}])[(1 + n % {})::integer] || ' ' || left({}, 8)"
        ).format(listed, sql.Literal(len(TEXTS)), chance)
        return
    if limit and limit < len("1234567") and column.is_distinct:
        yield sql.SQL("to_hex(n)")
    forms = ("n || '-' || {}", *(_FORMS if column.is_checked else ()))
    for form in forms:
        whole = sql.SQL(form).format(chance)
        yield sql.SQL("left({}, {})").format(whole, sql.Literal(limit or _SHORT))
    if column.is_checked:
        for length in _lengths(column):
            digits = sql.SQL("right(lpad(n::text, {0}, '0'), {0})").format(sql.Literal(length))
            yield digits
            for letters in ("ABCDEFGHIJ", "abcdefghij"):
                yield sql.SQL("translate({}, '0123456789', {})").format(
                    digits, sql.Literal(letters)
                )
        for constant in column.constants:
            yield sql.Literal(constant.replace("%", "x").replace("_", "x"))


def _lengths(column: Column) -> list[int]:
    """Return how long a text may have to be: as its type and its constraints say."""
    found = {int(c) for c in column.constants if c.isascii() and c.isdecimal()}
    return sorted(n for n in {column.type.limit, *found} if 0 < n < _LONG)


_LONG = 1_000
_FORMS = (
    "'n' || n || {}",
    "'n' || n || '@example.com'",
    "'https://example.com/' || n || '-' || {}",
    "'+49' || lpad(n::text, 9, '0')",
    "upper('N' || n || {})",
    "translate('n' || n || {}, '0123456789-', 'ghijklmnop')",
    "'/' || n || '-' || {}",
    "'#' || left({}, 6)",
    "lpad(n::text, 10, '0')",
)
"""What people write into columns whose texts are checked: a word, an address, a telephone."""


def _others(column: Column, shape: Shape) -> Iterator[sql.Composable]:
    kind = column.type
    if column.is_distinct and kind.is_whole:
        yield sql.SQL("{} + n").format(sql.Literal(shape.taken))
        return
    if column.is_distinct and kind.base == "date":
        yield sql.SQL("date '2026-01-01' + n::integer")
    value = value_of(kind)
    if value:
        yield sql.SQL(value)
    if column.is_checked:
        yield from _within_limits(column, value)


def _within_limits(column: Column, value: str) -> Iterator[sql.Composable]:
    kind = column.type
    if kind.is_number:
        yield from map(sql.SQL, _numbers(column.constants))
    elif kind.is_moment:
        for offset in ("0.5 seconds", "1 day", "-1 day", "400 days", "-30 years"):
            yield sql.SQL("{} + {}::interval").format(sql.SQL(value), sql.Literal(offset))
        for constant in column.constants:
            if re.match(r"\d{4}-\d\d", constant):
                for offset in ("0", "1 day", "2 days", "-1 day", "-2 days"):
                    yield sql.SQL("{}::timestamptz + {}::interval").format(
                        sql.Literal(constant), sql.Literal(offset)
                    )
    elif kind.base == "bool":
        yield from (sql.SQL("true"), sql.SQL("false"))
    elif kind.element or kind.base in ("json", "jsonb"):
        yield from (sql.Literal("{}"), sql.Literal("[]"))


def _numbers(constants: Sequence[str]) -> Iterator[str]:
    found = sorted({float(c) for c in constants if re.fullmatch(r"-?\d{1,15}(\.\d+)?", c)})
    whole = [int(number) for number in found]
    for low, high in pairwise(whole):
        if high > low:
            yield f"{low} + n % {high - low}"
            yield f"{(low + high) // 2}"
    for number in whole:
        yield from (f"{number} + 1 + n % 5", f"{number}", f"{number} - 1")
    yield from ("0.5", "0", "1", "n % 5 + 1", "n + 1000000", "-1")


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
    columns = sql.SQL("({}) OVERRIDING SYSTEM VALUE").format(
        sql.SQL(", ").join(map(sql.Identifier, made))
    )
    return sql.SQL("INSERT INTO {relation} {columns} SELECT {values} {given}{returning}").format(
        relation=sql.Identifier(*shape.relation.split(".")),
        columns=columns if made else sql.SQL(""),
        values=sql.SQL(", ").join(made.values()),
        given=given_numbers(numbers, random),
        returning=sql.SQL(" RETURNING " if said else "") + sql.SQL(", ").join(said),
    )


def given_numbers(numbers: tuple[int, int], random: int) -> sql.Composed:
    """Return the FROM clause that gives `n` and `random`."""
    first, last = numbers
    return sql.SQL(
        "FROM (SELECT n, {random}::bigint AS random"
        " FROM generate_series({first}::bigint, {last}::bigint) AS n) AS given"
    ).format(random=sql.Literal(random), first=sql.Literal(first), last=sql.Literal(last))
