"""Types as the catalog describes them."""

from collections.abc import Iterator
from typing import Any

from psycopg.rows import dict_row

from harness.platform.typed_values import Type
from harness.stores.postgres import Connection

_TYPE = """
SELECT t.typname AS name, t.typtype AS kind, t.typcategory AS category, t.typbasetype AS under,
       t.typtypmod AS typmod, t.typelem AS element, t.typrelid AS relation,
       format_type(t.oid, %(typmod)s) AS sql,
       coalesce(r.rngsubtype, m.rngtypid, 0) AS inner,
       ARRAY(SELECT e.enumlabel FROM pg_enum AS e WHERE e.enumtypid = t.oid
             ORDER BY e.enumsortorder)::text[] AS labels,
       ARRAY(SELECT pg_get_constraintdef(c.oid) FROM pg_constraint AS c
             WHERE c.contypid = t.oid AND c.contype = 'c' ORDER BY c.oid)::text[] AS conditions
FROM pg_type AS t
LEFT JOIN pg_range AS r ON r.rngtypid = t.oid
LEFT JOIN pg_range AS m ON m.rngmultitypid = t.oid
WHERE t.oid = %(oid)s
"""

_FIELDS = """
SELECT atttypid, atttypmod FROM pg_attribute
WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""

_LENGTH_BYTES = 4
"""What the catalog counts beside a text's length, or beside a number's digits."""


class CatalogTypes:
    """Types by their OID and modifier."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, oid: int, typmod: int) -> Type:
        """Return a type, what is under it if it is a domain."""
        row = self._row(oid, typmod)
        written = str(row["sql"])
        while row["kind"] == "d":
            typmod = row["typmod"]
            row = self._row(row["under"], typmod)
        kind, base = row["kind"], str(row["name"])
        if kind == "e":
            return Type(written, "enum", labels=tuple(row["labels"]))
        if kind == "c":
            return Type(written, "composite", fields=tuple(self._fields(row["relation"])))
        if kind in ("r", "m"):
            name = "range" if kind == "r" else "multirange"
            return Type(written, name, element=self.of(row["inner"], -1))
        if row["category"] == "A" and row["element"]:
            return Type(written, "array", element=self.of(row["element"], typmod))
        return _sized(written, base, typmod)

    def _fields(self, relation: int) -> Iterator[Type]:
        for oid, typmod in self._connection.execute(_FIELDS, (relation,)).fetchall():
            yield self.of(int(str(oid)), int(str(typmod)))

    def conditions(self, oid: int) -> list[str]:
        """Return the constraints of a domain, and of those under it."""
        row = self._row(oid, -1)
        found = list(row["conditions"])
        return found + (self.conditions(row["under"]) if row["kind"] == "d" else [])

    def _row(self, oid: int, typmod: int) -> dict[str, Any]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(_TYPE, {"oid": oid, "typmod": typmod}).fetchone()
        assert found is not None
        return found


def _sized(written: str, base: str, typmod: int) -> Type:
    if base == "numeric" and typmod >= _LENGTH_BYTES:
        precision, scale = (typmod - 4) >> 16, ((typmod - 4) & 2047 ^ 1024) - 1024
        return Type(written, base, digits=precision - scale, scale=scale)
    if base in ("varchar", "bpchar") and typmod > _LENGTH_BYTES:
        return Type(written, base, limit=typmod - _LENGTH_BYTES)
    if base in ("bit", "varbit") and typmod > 0:
        return Type(written, base, limit=typmod)
    return Type(written, base)
