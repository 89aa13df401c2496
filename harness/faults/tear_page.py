"""A page is torn: half of it is another time's."""

from collections.abc import Iterator

from harness.core.ports import Volume
from harness.faults._in_a_volume import BLOCK_BYTES, Spoil, middle_page


class TearPage(Spoil):
    """Put the second half of the file's first page into the page in its middle, or zeros where
    that is the first.
    """

    id = "tear_page"
    title = "the second half of its middle page is another page's"

    def spoil(self, volume: Volume, path: str, content: bytes) -> Iterator[tuple[int, int]]:
        """Damage half a page, as a write that was broken off does."""
        at = middle_page(content)
        last = min(at + BLOCK_BYTES, len(content))
        first = (at + last) // 2
        half = content[first - at : last - at]
        if half == content[first:last]:
            half = bytes(last - first)
        volume.patch(path, first, half)
        yield first, last


FAULT = TearPage()
