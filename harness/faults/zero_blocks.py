"""A disk gives back zeros for what was written."""

from collections.abc import Iterator

from harness.core.ports import Volume
from harness.faults._in_a_volume import BLOCK_BYTES, Spoil, middle_page


class ZeroBlocks(Spoil):
    """Write zeros over the page in the middle."""

    id = "zero_blocks"
    title = "its middle page zeroed"

    def spoil(self, volume: Volume, path: str, content: bytes) -> Iterator[tuple[int, int]]:
        """Damage the whole page."""
        at = middle_page(content)
        last = min(at + BLOCK_BYTES, len(content))
        volume.patch(path, at, bytes(last - at))
        yield at, last


FAULT = ZeroBlocks()
