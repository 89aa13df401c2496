"""Rows for a table of a server: made from what its catalog says, and tried against its limits."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, product

import psycopg
from psycopg import sql

from harness.core.platform import LedgerTable
from harness.platform.making import Choice, Column, Made, Shape, Unmakeable, candidates, values
from harness.stores.postgres import Connection
from harness.stores.table_shape import shape_of

_TRIED_AT_MOST = 2_000
_CANNOT_BE_TRIED = "42"
"""The class of errors that tell of a condition which cannot be asked apart from its table."""

_SAMPLED_AT_MOST = 250
_NUMBERS = """
FROM (SELECT n, {random}::bigint AS random
      FROM generate_series({first}::bigint, {last}::bigint, {step}::bigint) AS n) AS given
"""


def made_for(  # noqa: PLR0917 - what rows follow from
    connection: Connection,
    table: LedgerTable,
    numbers: tuple[int, int],
    random: int,
    taken: int,
    until: int = 0,
) -> tuple[Shape, Made]:
    """Return a table's shape, and SQL for the values of the rows of these numbers, which is good
    `until` a later one where nothing is chosen once only. `taken` is the greatest number that was
    taken before the first of all.

    Raises: Unmakeable: no value can be found for a column. DrillError: there is no such table.
    """
    first, last = numbers
    found = shape_of(connection, table.relation, table.columns, last - first + 1)
    shape = replace(found, taken=taken)
    _require_sql(connection, table, shape, (first, max(last, until), random))
    made = values(shape, table.columns, first)
    for choice in shape.choices:
        if choice.is_free and not choice.own and set(choice.columns) <= set(made):
            _require_enough(shape, choice, last - first + 1)
    trial = _Trial(connection, shape, (first, max(last, until)), random)
    for columns in _together(shape):
        made = _fitted(trial, made, columns, set(table.columns))
    return shape, made


def _require_sql(
    connection: Connection, table: LedgerTable, shape: Shape, sample: tuple[int, int, int]
) -> None:
    """Raise Unmakeable, with the key it stands under, for SQL that gives its column no value."""
    first, last, random = sample
    types = {column.name: column.type.sql for column in shape.columns}
    for name, text in table.columns.items():
        if name not in types:
            continue
        query = sql.SQL("SELECT count((({value})::{type})::text) {given}").format(
            value=sql.SQL(text),
            type=sql.SQL(types[name]),
            given=_numbers(first, last, random),
        )
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(query)
        except psycopg.Error as error:
            said = str(error).strip().splitlines()[0]
            where = f"postgres.ledger.{table.name}.columns.{name}"
            raise Unmakeable(f"{where}: {said}, for a column of type {types[name]}") from None


def _numbers(first: int, last: int, random: int) -> sql.Composed:
    return sql.SQL(_NUMBERS).format(
        first=sql.Literal(first),
        last=sql.Literal(last),
        step=sql.Literal((last - first) // _SAMPLED_AT_MOST + 1),
        random=sql.Literal(random),
    )


def _require_enough(shape: Shape, choice: Choice, rows: int) -> None:
    is_required = any(c.is_required for c in shape.columns if c.name in choice.columns)
    if len(choice.values) < rows and is_required:
        raise Unmakeable(
            f"columns {', '.join(choice.columns)} of {shape.relation} tell its rows apart, and"
            f" there are values for {len(choice.values)} more rows only, not for {rows}. Write"
            " fewer rows, or first more into what they refer to"
        )


def _together(shape: Shape) -> Iterator[set[str]]:
    """Yield the columns that limits tie together, and those that their type alone limits."""
    tied = [set(limit.columns) for limit in shape.limits]
    tied += [{c.name} for c in shape.columns if c.is_checked]
    while tied:
        columns = tied.pop()
        while more := [other for other in tied if other & columns]:
            columns = columns.union(*more)
            tied = [other for other in tied if other not in more]
        yield columns


def _fitted(trial: "_Trial", made: Made, columns: Collection[str], given: Collection[str]) -> Made:
    """Return the values, those of these columns changed until they keep their limits."""
    shape = trial.shape
    tied = [c for c in shape.columns if c.name in columns]
    open_ones = [c for c in tied if c.name in made and c.name not in given]
    conditions = [
        limit.condition for limit in shape.limits if not set(limit.columns).isdisjoint(columns)
    ]
    if not open_ones or trial.holds(tied, made, conditions):
        return made
    listed = {name: choice for choice in shape.choices for name in choice.columns}
    alternatives = []
    for column in open_ones:
        others = (
            _others(listed[column.name], column)
            if column.name in listed
            else candidates(column, shape)
        )
        alternatives.append([made[column.name], *others])
    names = [column.name for column in open_ones]
    for tried in islice(product(*alternatives), _TRIED_AT_MOST):
        found: Made = {**made, **dict(zip(names, tried, strict=True))}
        if trial.holds(tied, found, conditions):
            return found
    said = " and ".join(f"CHECK {condition}" for condition in conditions) or "its type's CHECK"
    raise Unmakeable(
        f"column{'s'[: len(names) - 1]} {', '.join(names)} of {shape.relation}: no value was found"
        f" that keeps {said}"
    )


def _others(choice: Choice, column: Column) -> Iterator[sql.Composable]:
    """Yield other ways to choose: the next ones, one alone, and none."""
    at, count = choice.columns.index(column.name), len(choice.values)
    written = column.type.sql
    if choice.is_free or len(choice.columns) > 1:
        return
    if not column.is_required:
        yield sql.SQL("NULL::{}").format(sql.SQL(written))
    if not count:
        return
    values = sql.SQL(", ").join(sql.Literal(value[at]) for value in choice.values)
    for shift in (0, 1):
        yield sql.SQL("((ARRAY[{}]::text[])[(1 + (n + {}) % {})::integer])::{}").format(
            values, sql.Literal(shift), sql.Literal(count), sql.SQL(written)
        )
    for value in choice.values[:8]:
        yield sql.SQL("{}::{}").format(sql.Literal(value[at]), sql.SQL(written))


@dataclass(frozen=True, slots=True)
class _Trial:
    """Tries values on a server, without writing any."""

    connection: Connection
    shape: Shape
    numbers: tuple[int, int]
    random: int

    def holds(
        self, tied: list[Column], made: Mapping[str, sql.Composable], conditions: list[str]
    ) -> bool:
        """Tell whether the columns' values keep the conditions, and their types."""
        columns = [
            sql.SQL("{} AS {}").format(
                made.get(c.name)
                or sql.SQL("({})::{}").format(sql.SQL(c.default or "NULL"), sql.SQL(c.type.sql)),
                sql.Identifier(c.name),
            )
            for c in tied
        ]
        # The conditions are the server's own rendering of its catalog.
        kept = sql.SQL(" AND ").join(
            sql.SQL("coalesce(({}), true)").format(sql.SQL(condition)) for condition in conditions
        )
        table = sql.Identifier(self.shape.relation.split(".")[1])
        query = sql.SQL(
            # All of it as text, or what no condition asks for would not be made.
            "SELECT count({table}::text), bool_and({kept})"
            " FROM (SELECT {columns} {given} OFFSET 0) AS {table}"
        ).format(
            kept=kept if conditions else sql.SQL("true"),
            columns=sql.SQL(", ").join(columns),
            given=_numbers(*self.numbers, self.random),
            table=table,
        )
        try:
            with self.connection.transaction(force_rollback=True):
                found = self.connection.execute(query).fetchone()
        except psycopg.Error as error:
            return (error.sqlstate or "").startswith(_CANNOT_BE_TRIED)
        return bool(found and found[1])
