"""A tar archive is read strictly: whatever is no whole header or no checked end is an error.

Read are the formats of POSIX.1-1988 (ustar), GNU tar and POSIX.1-2001 (pax), and that of V7.
Source: GNU tar manual, "Basic Tar Format"; POSIX.1-2017, "pax", "ustar Interchange Format".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Literal

from harness.runtime.archives import sparse
from harness.runtime.archives.sparse import Extent

BLOCK_BYTES = 512
CHUNK_BYTES = 1 << 20

Kind = Literal["file", "directory", "symlink", "hardlink", "fifo", "other"]

_KINDS: Mapping[bytes, Kind] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"S": "file",
    b"1": "hardlink",
    b"2": "symlink",
    b"5": "directory",
    b"6": "fifo",
}
_OLD_SPARSE = b"S"
_LONG_NAME, _LONG_TARGET = b"L", b"K"
_PAX, _PAX_GLOBAL = b"x", b"g"
_EXTENSIONS = {_LONG_NAME, _LONG_TARGET, _PAX, _PAX_GLOBAL}
_MAGICS = {b"ustar\x0000", b"ustar  \0", b"\0" * 8}
_EXTENSION_AT_MOST_BYTES = 1 << 20
_TOLD_AT_MOST_BYTES = 1 << 33
"""A header has no room for a greater size; a pax header has."""
_ID_AT_MOST = 0xFFFF_FFFE
_TIME_AT_MOST = 1 << 40
_SIZE_AT_MOST = (1 << 63) - 1
_SHOWN_AT_MOST = 100
_CHECKSUM = slice(148, 156)
_NUMBER = re.compile(rb" *([0-7]*)[ \0]*", re.DOTALL)
_PAX_KEYS = {"path", "linkpath", "size", "uid", "gid", "mtime"}
_PAX_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
_EMPTY = bytes(BLOCK_BYTES)


class Damaged(Exception):
    """The archive makes no sense from here on; the message says why."""


def shown(name: str) -> str:
    """Return a name as a message shows it."""
    return repr(name if len(name) <= _SHOWN_AT_MOST else f"{name[:_SHOWN_AT_MOST]}…")


@dataclass(frozen=True, slots=True)
class Member:
    """One header. `target` is what a link names. A file's content is `size_bytes` long, of which
    the archive holds the `extents`, all the rest being holes; it holds everything where they are
    None.
    """

    name: str
    kind: Kind
    mode: int
    uid: int
    gid: int
    modified_seconds: float
    target: str = ""
    size_bytes: int = 0
    extents: tuple[Extent, ...] | None = None

    @property
    def held_bytes(self) -> int:
        """How much of its content the archive holds."""
        if self.extents is None:
            return self.size_bytes
        return sum(extent.size_bytes for extent in self.extents)


class Tar:
    """The members of a stream, in order; the content of each is read before the next, or passed."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._left_bytes = self._padding_bytes = 0
        self._global: dict[str, str] = {}

    def __iter__(self) -> Iterator[Member]:
        """Yield every member. Raises: Damaged: there is no whole header, or no end."""
        local: dict[str, str] = {}
        while (header := self._block("in the middle of the archive")) != _EMPTY:
            _verify(header)
            kind = header[156:157]
            if kind not in _EXTENSIONS:
                yield self._member(header, {**self._global, **local})
                for _ in self.content():
                    pass
                local = {}
            elif kind == _PAX_GLOBAL:
                self._global |= _global(_records(self._extension(header)))
            elif kind == _PAX:
                local |= _records(self._extension(header))
            else:
                text = _text(self._extension(header))
                local["path" if kind == _LONG_NAME else "linkpath"] = text
        if local:
            raise Damaged("a header that belongs to the next member is the last")
        if self._block("in its end mark") != _EMPTY:
            raise Damaged("its end mark is not whole")
        while chunk := self._source.read(CHUNK_BYTES):
            if chunk.strip(b"\0"):
                raise Damaged("something follows its end mark")

    def content(self) -> Iterator[bytes]:
        """Yield what the archive holds of the present member's content and is not yet read."""
        while self._left_bytes:
            chunk = self._source.read(min(self._left_bytes, CHUNK_BYTES))
            if not chunk:
                raise Damaged("it ends in the middle of a member")
            self._left_bytes -= len(chunk)
            yield chunk
        self._exactly(self._padding_bytes, "in the middle of a member")
        self._padding_bytes = 0

    def _member(self, header: bytes, said: Mapping[str, str]) -> Member:
        kind, name = _KINDS.get(header[156:157], "other"), said.get("path") or _name(header)
        if kind == "file" and name.endswith("/"):
            kind = "directory"
        told_bytes = _number(header[124:136])
        size_bytes = _whole(said["size"]) if "size" in said else told_bytes
        if told_bytes not in {0, size_bytes} and size_bytes < _TOLD_AT_MOST_BYTES:
            raise Damaged(f"member {shown(name)} has two sizes, {told_bytes} and {size_bytes}")
        if size_bytes and kind not in {"file", "other"}:
            raise Damaged(f"member {shown(name)} has contents, and is no file")
        self._left_bytes, self._padding_bytes = size_bytes, -size_bytes % BLOCK_BYTES
        extents, real_bytes = self._extents(header, said)
        uid, gid = (
            _whole(said[key]) if key in said else _number(field)
            for key, field in (("uid", header[108:116]), ("gid", header[116:124]))
        )
        time = _decimal(said["mtime"]) if "mtime" in said else _signed(header[136:148])
        if max(uid, gid) > _ID_AT_MOST or abs(time) > _TIME_AT_MOST or size_bytes > _SIZE_AT_MOST:
            raise Damaged(f"member {shown(name)} has a size, an owner or a time that no file has")
        return Member(
            name=said.get("GNU.sparse.name", name),
            kind=kind,
            mode=_number(header[100:108]) & 0o7777,
            uid=uid,
            gid=gid,
            modified_seconds=time,
            target=said.get("linkpath") or _text(header[157:257]),
            size_bytes=size_bytes if extents is None else real_bytes,
            extents=extents,
        )

    def _extents(
        self, header: bytes, said: Mapping[str, str]
    ) -> tuple[tuple[Extent, ...] | None, int]:
        """Return which parts of a sparse file follow, and its whole size; None if it is not one."""
        try:
            if header[156:157] == _OLD_SPARSE:
                extents, real_bytes = self._old_extents(header)
            elif not any(key.startswith("GNU.sparse.") for key in said):
                return None, 0
            elif said.get("GNU.sparse.major") == "1":
                real_bytes = _whole(said.get("GNU.sparse.realsize", ""))
                extents, taken_bytes = sparse.leading(self._part)
                self._left_bytes -= taken_bytes
            else:
                real_bytes = _whole(said.get("GNU.sparse.size", ""))
                extents = sparse.listed(said.get("GNU.sparse.map", ""))
            sparse.verify(extents, real_bytes, self._left_bytes)
        except ValueError:
            raise Damaged("the map of a sparse file makes no sense") from None
        return extents, real_bytes

    def _old_extents(self, header: bytes) -> tuple[tuple[Extent, ...], int]:
        parts, more = [header[386:482]], header[482]
        while more:
            block = self._block("in the map of a sparse file")
            parts.append(block[:504])
            more = block[504]
            if len(parts) * BLOCK_BYTES > _EXTENSION_AT_MOST_BYTES:
                raise ValueError
        pairs = [part[at : at + 24] for part in parts for at in range(0, len(part), 24)]
        used = [pair for pair in pairs if pair[12:13] != b"\0"]
        extents = tuple(Extent(_number(pair[:12]), _number(pair[12:])) for pair in used)
        return extents, _number(header[483:495])

    def _part(self) -> bytes:
        if self._left_bytes < BLOCK_BYTES:
            raise ValueError
        return self._block("in the map of a sparse file")

    def _extension(self, header: bytes) -> bytes:
        size_bytes = _number(header[124:136])
        if size_bytes > _EXTENSION_AT_MOST_BYTES:
            raise Damaged(f"a header of {size_bytes} bytes is longer than any that is sound")
        text = self._exactly(size_bytes, "in a header")
        self._exactly(-size_bytes % BLOCK_BYTES, "in a header")
        return text

    def _block(self, where: str) -> bytes:
        return self._exactly(BLOCK_BYTES, where)

    def _exactly(self, size_bytes: int, where: str) -> bytes:
        parts, left_bytes = [], size_bytes
        while left_bytes:
            part = self._source.read(left_bytes)
            if not part:
                raise Damaged(f"it ends {where}")
            parts.append(part)
            left_bytes -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _verify(header: bytes) -> None:
    """Hold a header to its checksum: bytes, signed by some programs, its own field being spaces."""
    rest = header[:148] + b" " * 8 + header[156:]
    unsigned = sum(rest)
    signed = unsigned - 256 * sum(byte > 127 for byte in rest)
    if _number(header[_CHECKSUM]) not in (unsigned, signed):
        raise Damaged("a header's checksum is wrong")
    if header[257:265] not in _MAGICS:
        raise Damaged("a header is of an unknown format")


def _number(field: bytes) -> int:
    """Return a number in octal, or in base 256 where its first bit is set."""
    number = _signed(field)
    if number < 0:
        raise Damaged("a header holds a number below zero")
    return number


def _signed(field: bytes) -> int:
    if field[0] in {0x80, 0xFF}:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big") - (
            1 << (8 * len(field) - 1) if field[0] == 0xFF else 0
        )
    found = _NUMBER.fullmatch(field)
    if found is None:
        raise Damaged("a header holds a number that is none")
    return int(found[1] or b"0", 8)


def _name(header: bytes) -> str:
    name, prefix = _text(header[:100]), _text(header[345:500])
    # GNU tar keeps other things where POSIX has the directories of a long name.
    return f"{prefix}/{name}" if prefix and header[257:263] == b"ustar\0" else name


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _records(content: bytes) -> dict[str, str]:
    """Return the records of a pax header, each `length key=value` and a line's end."""
    records: dict[str, str] = {}
    at = 0
    pairs: list[str] = []
    while at < len(content):
        digits, space, _ = content[at : at + 12].partition(b" ")
        length = int(digits) if space and digits.isdigit() else 0
        record = content[at : at + length]
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if not (equals and key and len(record) == length and record.endswith(b"\n")):
            raise Damaged("a pax header is malformed")
        name, text = key.decode("utf-8", "replace"), value.decode("utf-8", "surrogateescape")
        if name in {"GNU.sparse.offset", "GNU.sparse.numbytes"}:
            pairs.append(text)
        elif text and (name in _PAX_KEYS or name.startswith("GNU.sparse.")):
            records[name] = text
        at += length
    if pairs:
        records["GNU.sparse.map"] = ",".join(pairs)
    return records


def _global(records: Mapping[str, str]) -> dict[str, str]:
    """Return what holds for every later member; a name for all of them is a trick."""
    for key in records:
        if key in {"path", "linkpath", "size"} or key.startswith("GNU.sparse."):
            raise Damaged(f"a pax header gives every member the same {key}")
    return dict(records)


def _decimal(text: str) -> float:
    if not _PAX_NUMBER.fullmatch(text):
        raise Damaged("a pax header holds a number that is none")
    return float(text)


def _whole(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or len(text) > 19:
        raise Damaged("a pax header holds a number that is none")
    return int(text)
