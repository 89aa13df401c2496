"""Bytes of a live volume are damaged beneath its server, which notices nothing for the time being.

Where the bytes lie: PostgreSQL 17 docs, 65.1 "Database File Layout" and 65.6 "Database Page
Layout"; NATS, "JetStream file store": message blocks are *.blk; Redis docs, "append-only file";
LMDB keeps everything in data.mdb.
"""

from abc import abstractmethod
from collections.abc import Iterable
from fnmatch import fnmatch
from typing import ClassVar, Literal

from pydantic import Field

from harness.core.errors import DrillError
from harness.core.history import DisasterProof, Takes
from harness.core.ports import Volume
from harness.faults._on_a_table import relation_of
from harness.kinds import Options
from harness.site import Site

BLOCK_BYTES = 8192
"""A page of PostgreSQL; of other stores a block of the same size."""

_PATTERNS = {
    "wal": ("postgres", "pg_wal/????????????????????????"),
    "pg_control": ("postgres", "global/pg_control"),
    "blocks": ("nats", "*.blk"),
    "aof": ("redis", "*.aof"),
    "lmdb": ("meilisearch", "*data.mdb"),
}
_HEAP = "SELECT pg_relation_filepath(%s)"
_INDEX = """
SELECT pg_relation_filepath(indexrelid) FROM pg_index
WHERE indrelid = %s::regclass AND indisprimary
"""

Class = Literal["heap", "index", "wal", "pg_control", "blocks", "aof", "lmdb"]


class OfAFile(Options):
    """The file that is damaged: the largest of its class."""

    file: Class = Field(
        description="heap (a table's rows) or index (its primary key's), wal or pg_control of"
        " postgres; blocks of nats' messages; redis's aof; meilisearch's lmdb.",
        examples=["heap"],
    )
    table: str | None = Field(
        None,
        min_length=1,
        description="For heap and index: a ledger table by its name, or any with its schema.",
        examples=["contacts"],
    )

    @property
    def strikes(self) -> tuple[str, ...]:
        """The store that has such files."""
        return (_PATTERNS[self.file][0] if self.file in _PATTERNS else "postgres",)


class Spoil:
    """Damages one file; a kind says what it does to its bytes."""

    id: ClassVar[str]
    title: ClassVar[str]
    options: ClassVar[type[Options]] = OfAFile
    stores: ClassVar[tuple[str, ...]] = ("postgres", "nats", "meilisearch", "redis")
    takes = Takes.DATA

    @abstractmethod
    def spoil(self, volume: Volume, path: str, content: bytes) -> Iterable[tuple[int, int]]:
        """Damage a file; return the ranges of bytes that must not be as before now."""

    def inject(self, site: Site, store: str, options: Options) -> DisasterProof:
        """Strike. Raises: DrillError: there is no such file with anything in it."""
        assert isinstance(options, OfAFile)
        begun_seconds = site.clock.now_seconds()
        volume = site.service(store).volume
        path = _path(site, store, options)
        before = volume.read(path)
        struck = [*self.spoil(volume, path, before)]
        try:
            after = volume.read(path)
        except FileNotFoundError:
            after = b""
        # A range of nothing but zeros would be as before, whatever was done to it.
        changed = sum(_differ(before, after, at) for at in struck)
        return DisasterProof(
            fault=self.id,
            store=store,
            entries_before=len(struck),
            bytes_before=len(before),
            entries_after=len(struck) - changed,
            bytes_after=len(after),
            answered_after=site.answers(store),
            begun_seconds=begun_seconds,
            ended_seconds=site.clock.now_seconds(),
            takes=Takes.DATA,
            target=f"{path}: {self.title}",
        )


def middle_page(content: bytes) -> int:
    """Return where the page in the middle of a file begins that holds something.

    Raises: DrillError: none does.
    """
    pages = range(0, max(1, len(content) // BLOCK_BYTES) * BLOCK_BYTES, BLOCK_BYTES)
    held = [at for at in pages if content[at : at + BLOCK_BYTES].strip(b"\0")]
    if not held:
        raise DrillError("the file holds nothing that could be damaged")
    return held[len(held) // 2]


def _differ(before: bytes, after: bytes, at: tuple[int, int]) -> bool:
    first, last = at
    return before[first:last] != after[first:last]


def _path(site: Site, store: str, options: OfAFile) -> str:
    volume = site.service(store).volume
    if options.file not in _PATTERNS:
        return _relation_file(site, options)
    _, pattern = _PATTERNS[options.file]
    found = {path: size for path, size in volume.files().items() if fnmatch(path, pattern) and size}
    if not found:
        raise DrillError(f"{store} has no file of the class {options.file}")
    return max(sorted(found), key=lambda path: found[path])


def _relation_file(site: Site, options: OfAFile) -> str:
    if options.table is None:
        raise DrillError(
            f"{options.file} is of a table", f"Name it: {', '.join(site.platform.tables)}."
        )
    name = relation_of(site, options.table)
    with site.postgres.connect() as connection:
        # What lies in its memory only would be written over the damage.
        connection.execute("CHECKPOINT")
        row = connection.execute(_HEAP if options.file == "heap" else _INDEX, (name,)).fetchone()
    if row is None or row[0] is None:
        raise DrillError(f"{name} has no {options.file}")
    return str(row[0])
