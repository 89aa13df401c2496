"""Values of any type that PostgreSQL knows, as SQL over `n` and `random`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Type:
    """A type as SQL writes it, and the catalog's name of what is under it and its domains: `array`,
    `range`, `multirange`, `composite` or `enum` for those.

    `limit` is the greatest number of characters, 0 for no limit; `digits` and `scale` those of a
    number before and after the point. `element` is what an array or range is of; `fields` are what
    a composite holds, and `labels` an enumeration's.
    """

    sql: str
    base: str
    limit: int = 0
    digits: int = 0
    scale: int = 0
    labels: tuple[str, ...] = ()
    element: "Type | None" = None
    fields: tuple["Type", ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether it holds any text."""
        return self.base in ("text", "varchar", "bpchar", "citext", "name")

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers."""
        return self.base in ("int2", "int4", "int8")

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.is_whole or self.base in ("numeric", "float4", "float8", "money")

    @property
    def is_moment(self) -> bool:
        """Whether it holds days or instants."""
        return self.base in ("date", "timestamp", "timestamptz")

    @property
    def names_objects(self) -> bool:
        """Whether it prints names of objects, which depend on the search_path."""
        parts = (*self.fields, *([self.element] if self.element else ()))
        return self.base.startswith("reg") or any(part.names_objects for part in parts)


def value_of(kind: Type) -> str:
    """Return SQL for a value, empty if there is none."""
    make = _MADE.get(kind.base)
    if make is not None:
        return make(kind)
    if kind.is_text and kind.limit:
        return f"left(n || '-' || {_CHANCE}, {kind.limit})"
    if kind.base in ("bit", "varbit") and kind.limit:
        return f"right(n::bit(64)::text, {min(kind.limit, 64)})"
    return _BY_TYPE.get(kind.base, "")


def quoted(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _label(kind: Type) -> str:
    listed = ", ".join(quoted(label) for label in kind.labels)
    return f"(ARRAY[{listed}]::text[])[(1 + n % {len(kind.labels)})::integer]"


def _array(kind: Type) -> str:
    inner = value_of(kind.element) if kind.element else ""
    return f"ARRAY[({inner})::{kind.element.sql}]" if inner and kind.element else "'{}'"


def _composite(kind: Type) -> str:
    parts = [(field.sql, value_of(field)) for field in kind.fields]
    return f"ROW({', '.join(f'({v})::{t}' if v else f'NULL::{t}' for t, v in parts)})"


def _numeric(kind: Type) -> str:
    if not kind.digits and not kind.scale:
        return "n + 0.5"
    if kind.digits <= 0:
        return f"0.{'0' * -kind.digits}1"
    half = " + 0.5" if kind.scale > 0 else ""
    return f"n % {10 ** min(kind.digits, 9)}{half}"


def _range(kind: Type) -> str:
    base = kind.element.base if kind.element else ""
    low, high = _BORDERS.get(base, ("", ""))
    if not low or kind.element is None:
        return "'empty'"
    return f"({kind.sql}(({low})::{kind.element.sql}, ({high})::{kind.element.sql}))"


def _multirange(kind: Type) -> str:
    return f"multirange({_range(kind.element)})" if kind.element else ""


_MADE: Mapping[str, Callable[[Type], str]] = {
    "enum": _label,
    "array": _array,
    "composite": _composite,
    "numeric": _numeric,
    # No two overlap, which an exclusion constraint may ask for.
    "range": _range,
    "multirange": _multirange,
}

_HOURS = "timestamptz '2026-01-01 00:00:00+00' + n * interval '1 hour'"
_BORDERS: Mapping[str, tuple[str, str]] = {
    "int4": ("n * 10", "n * 10 + 5"),
    "int8": ("n * 10", "n * 10 + 5"),
    "numeric": ("n", "n + 0.5"),
    "float8": ("n", "n + 0.5"),
    "date": ("date '2026-01-01' + n::integer * 2", "date '2026-01-01' + n::integer * 2 + 1"),
    "timestamp": (
        "timestamp '2026-01-01' + n * interval '1 hour'",
        "timestamp '2026-01-01' + n * interval '1 hour' + interval '25.000001 minutes'",
    ),
    "timestamptz": (_HOURS, f"{_HOURS} + interval '25.000001 minutes'"),
    "time": ("time '00:00' + n * interval '2 s'", "time '00:00' + n * interval '2 s'"),
}

_CHANCE = "md5(random || ':' || n)"
_BY_TYPE: Mapping[str, str] = {
    "bool": "n % 2 = 0",
    "int2": "n % 30000",
    "int4": "n % 30000",
    "int8": "n",
    "text": "n || ' text'",
    "varchar": "n || ' text'",
    "bpchar": "n || ' text'",
    "citext": "n || ' Text'",
    "name": "'n' || n",
    "char": "chr((65 + n % 26)::integer)",
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
    "jsonpath": "'$.n[*] ? (@ > ' || n || ')'",
    "inet": "inet '10.0.0.0' + n % 16777216",
    "cidr": "host(inet '10.0.0.0' + n % 16777216)",
    "macaddr": f"left({_CHANCE}, 12)",
    "macaddr8": f"left({_CHANCE}, 16)",
    "bit": "(n % 2)::integer",
    "varbit": "n::bit(16)",
    "xml": "'<n>' || n || '</n>'",
    "point": "point(n, n + 0.5)",
    "line": "'{1,2,' || n || '}'",
    "lseg": "'[(0,0),(1,' || n || ')]'",
    "box": "box(point(n, n), point(n + 1, n + 1))",
    "path": "'[(0,0),(1,' || n || ')]'",
    "polygon": "'((0,0),(1,' || n || '),(2,0))'",
    "circle": "circle(point(n, n), 1)",
    "tsvector": "to_tsvector('simple', 'word' || n)",
    "tsquery": "to_tsquery('simple', 'word' || n)",
    "pg_lsn": "'0/' || to_hex(n % 16777216)",
    "oid": "n % 2147483647",
    "regclass": "'pg_catalog.pg_class'",
    "regtype": "'pg_catalog.int4'",
    "regconfig": "'pg_catalog.simple'",
    "ltree": "('a.b' || n)",
    "hstore": "('n=>' || n)",
    "cube": "'(' || n || ')'",
    "seg": "n::text",
}
"""Values by the type's name in the catalog."""
