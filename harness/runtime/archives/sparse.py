"""The map of a sparse file, as GNU tar writes it: which parts of it an archive holds.

Source: GNU tar manual, "Storing Sparse Files".
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

_LINES_AT_MOST = 1_000_000
_DIGITS_AT_MOST = 19


class Extent(NamedTuple):
    """A part of a file that is no hole."""

    offset_bytes: int
    size_bytes: int


def listed(text: str) -> tuple[Extent, ...]:
    """Return the map that pax headers hold (versions 0.0 and 0.1). Raises: ValueError: none."""
    return _paired(text.split(",") if text else [])


def leading(block: Callable[[], bytes]) -> tuple[tuple[Extent, ...], int]:
    """Return the map that stands before the content (version 1.0), and how long it is.

    `block` gives the content's next block. Raises: ValueError: it is no map.
    """
    lines: list[bytes] = []
    rest, taken_bytes, wanted = b"", 0, 1
    while len(lines) < wanted:
        part = block()
        taken_bytes += len(part)
        *whole, rest = (rest + part).split(b"\n")
        lines += whole
        if lines:
            wanted = 1 + 2 * _whole(lines[0].decode("ascii"))
        if wanted > _LINES_AT_MOST or len(rest) > _DIGITS_AT_MOST + len(part):
            raise ValueError(wanted)
    return _paired([line.decode("ascii") for line in lines[1:wanted]]), taken_bytes


def verify(extents: Sequence[Extent], real_bytes: int, held_bytes: int) -> None:
    """Raise a ValueError unless the parts lie one after the other in the file and are all there."""
    end_bytes = 0
    for extent in extents:
        if extent.offset_bytes < end_bytes:
            raise ValueError(extent)
        end_bytes = extent.offset_bytes + extent.size_bytes
    if end_bytes > real_bytes or sum(extent.size_bytes for extent in extents) != held_bytes:
        raise ValueError(real_bytes)


def _paired(words: Iterable[str]) -> tuple[Extent, ...]:
    numbers = [_whole(word) for word in words]
    return tuple(Extent(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True))


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS_AT_MOST):
        raise ValueError(text)
    return int(text)
