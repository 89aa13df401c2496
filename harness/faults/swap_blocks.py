"""A disk gives back one block in place of another."""

from collections.abc import Iterator

from harness.core.errors import DrillError
from harness.core.ports import Volume
from harness.faults._in_a_volume import BLOCK_BYTES, Spoil


class SwapBlocks(Spoil):
    """Let the first and the last whole page of the file change places."""

    id = "swap_blocks"
    stores = ("postgres", "meilisearch")
    title = "its first and its last page swapped"

    def spoil(self, volume: Volume, path: str, content: bytes) -> Iterator[tuple[int, int]]:
        """Damage two pages, each of which is whole."""
        last = (len(content) // BLOCK_BYTES - 1) * BLOCK_BYTES
        pages = content[:BLOCK_BYTES], content[last : last + BLOCK_BYTES]
        if last <= 0 or pages[0] == pages[1]:
            raise DrillError(f"{path} has no two pages that could be swapped")
        volume.patch(path, 0, pages[1])
        volume.patch(path, last, pages[0])
        yield 0, BLOCK_BYTES
        yield last, last + BLOCK_BYTES


FAULT = SwapBlocks()
