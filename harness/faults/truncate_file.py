"""A file of a volume ends early."""

from collections.abc import Iterator

from harness.core.ports import Volume
from harness.faults._in_a_volume import BLOCK_BYTES, Spoil


class TruncateFile(Spoil):
    """Cut off its second half, in whole pages where it has several."""

    id = "truncate_file"
    title = "its second half cut off"

    def spoil(self, volume: Volume, path: str, content: bytes) -> Iterator[tuple[int, int]]:
        """Damage everything from its middle on."""
        half = len(content) // 2
        if half > BLOCK_BYTES:
            half -= half % BLOCK_BYTES
        volume.cut(path, half)
        yield half, len(content)


FAULT = TruncateFile()
