"""Bytes rot on the disk."""

from collections.abc import Iterator

from harness.core.ports import Volume
from harness.faults._in_a_volume import BLOCK_BYTES, Spoil, middle_page

_FLIPPED = 64
"""So many at the end of a page, where a heap's newest rows and an index's first keys lie."""


class FlipBytes(Spoil):
    """Flip every bit of some bytes of the page in the middle."""

    id = "flip_bytes"
    title = "64 bytes of its middle page flipped"

    def spoil(self, volume: Volume, path: str, content: bytes) -> Iterator[tuple[int, int]]:
        """Damage what the page holds last."""
        page = content[(at := middle_page(content)) : at + BLOCK_BYTES]
        last = at + len(page.rstrip(b"\0"))
        first = max(at, last - _FLIPPED)
        volume.patch(path, first, bytes(byte ^ 0xFF for byte in content[first:last]))
        yield first, last


FAULT = FlipBytes()
