"""The keys of a table's rows, kept beside a drill from its backup on, so that each row that is not
as it was then can be named, whatever its key is.

A table's keys and fingerprints lie sorted in a file that is named by the table and its contents;
two of them are compared line by line, in memory that does not grow with the table.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from psycopg import sql

from harness.core.finding import EXAMPLES_AT_MOST, KEYS_AT_MOST, NamedKeys, rows_file
from harness.core.redact import Redactor
from harness.observations.postgres_tables import Apart, TableContents
from harness.probes._user_tables import UserTable
from harness.site import Site
from harness.stores.postgres import Connection

ROWS_AT_MOST = 1_000_000
"""Of a table of more rows no keys are kept; what differs is told by its sums alone."""

# As JSON a key is one line, and holds nothing that CSV would quote; it is sorted by the bytes that
# are read here. Only a table that lost its key holds one more than once, or none.
_KEYS = """
COPY (
  SELECT * FROM (
    SELECT coalesce(to_json({key})::text, 'null') COLLATE "C" AS key, count(*),
           sum(hashtextextended(ROW({columns})::text, 0))
    FROM {rows} GROUP BY 1
  ) AS kept ORDER BY convert_to(key, 'UTF8')
) TO STDOUT (FORMAT csv, DELIMITER E'\\t', QUOTE E'\\x01')
"""


class KeptKeys:
    """The keys that one drill keeps, in a directory of its own."""

    def __init__(self, site: Site) -> None:
        self._directory = site.directory / "keys"

    def keep(self, connection: Connection, table: UserTable, seen: TableContents) -> None:
        """Keep the keys of a table as it is now; of one without a key there are none."""
        path = self._path(table.name, seen)
        if table.key and not table.query and seen.rows <= ROWS_AT_MOST and not path.exists():
            self._directory.mkdir(exist_ok=True)
            _write(connection, table, path)

    def differences(
        self,
        connection: Connection,
        name: str,
        then: TableContents,
        table: UserTable | None,
    ) -> Iterator[tuple[str, str]] | None:
        """Return what became of each row that is not as it was then, and its key; None where the
        keys were not kept, or are others now. The table is None if there is none any more.
        """
        path = self._path(name, then)
        if not path.exists():
            return None
        now = self._directory / "now"
        now.write_bytes(b"")
        if table is not None:
            if table.key != then.key:
                return None
            _write(connection, table, now)
        return _compared(path, now)

    def _path(self, name: str, contents: TableContents) -> Path:
        told = json.dumps([name, contents.key, str(contents.total)])
        return self._directory / sha256(told.encode()).hexdigest()


class Naming:
    """Names rows one by one: the first in memory, all of them in a file, from which every secret
    is gone; the file stays only if there are more than the evidence holds.
    """

    def __init__(self, site: Site, check: str) -> None:
        self._path = site.directory / rows_file(check)
        self._redactor = Redactor(site.stack.secrets)
        self._digest = sha256()
        self._first: list[str] = []
        self.apart: dict[str, Apart] = {}

    def add(self, table: str, differences: Iterator[tuple[str, str]]) -> None:
        """Name the rows of one more table."""
        apart = self.apart[table] = {}
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("ab") as file:
            for what, key in differences:
                count, names = apart.get(what, (0, ()))
                if count < EXAMPLES_AT_MOST:
                    names = (*names, key)
                apart[what] = count + 1, names
                line = self._redactor.text(f"{what} {_in_one_line(table)}: {key}")
                if len(self._first) <= KEYS_AT_MOST:
                    self._first.append(line)
                written = f"{line}\n".encode()
                self._digest.update(written)
                file.write(written)

    def named(self) -> NamedKeys:
        """Return the rows that were named, or where they are."""
        count = sum(count for apart in self.apart.values() for count, _ in apart.values())
        if count > KEYS_AT_MOST:
            return NamedKeys(count, sha256=self._digest.hexdigest())
        self._path.unlink(missing_ok=True)
        return NamedKeys(count, tuple(self._first))


def _write(connection: Connection, table: UserTable, path: Path) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, table.key))
    whole = "{}::text" if len(table.key) == 1 else "ROW({})::text"
    query = sql.SQL(_KEYS).format(
        key=sql.SQL(whole).format(names),
        columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        rows=table.relation,
    )
    with (
        path.open("wb") as file,
        connection.cursor() as cursor,
        cursor.copy(query) as copy,
    ):
        for chunk in copy:
            file.write(chunk)


def _compared(then: Path, now: Path) -> Iterator[tuple[str, str]]:
    with then.open("rb") as earlier, now.open("rb") as later:
        was, is_now = _next(earlier), _next(later)
        while was or is_now:
            if was and (not is_now or was.key < is_now.key):
                yield "lost", was.name
                was = _next(earlier)
            elif is_now and (not was or is_now.key < was.key):
                yield from [("unexpected", is_now.name)] * is_now.rows
                is_now = _next(later)
            elif was and is_now:
                if was.digest * is_now.rows == is_now.digest * was.rows:
                    yield from [("duplicated", was.name)] * (is_now.rows - was.rows)
                else:
                    yield "altered", was.name
                was, is_now = _next(earlier), _next(later)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The rows of one key: how many, and their fingerprints added up."""

    key: bytes
    rows: int
    digest: int

    @property
    def name(self) -> str:
        key = json.loads(self.key)
        return "NULL" if key is None else _in_one_line(key)


def _next(lines: Iterator[bytes]) -> _Kept | None:
    line = next(lines, None)
    if line is None:
        return None
    key, rows, digest = line.split(b"\t")
    return _Kept(key, int(rows), int(digest))


def _in_one_line(text: str) -> str:
    """Return a text that is one line, as JSON where it is none."""
    return text if text.isprintable() else json.dumps(text, ensure_ascii=True)
