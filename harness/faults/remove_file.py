"""A file of a volume is gone."""

from collections.abc import Iterator

from harness.core.ports import Volume
from harness.faults._in_a_volume import Spoil


class RemoveFile(Spoil):
    """Remove it beneath the server, which may have it open."""

    id = "remove_file"
    title = "removed"

    def spoil(self, volume: Volume, path: str, content: bytes) -> Iterator[tuple[int, int]]:
        """Damage all of it."""
        volume.remove(path)
        yield 0, len(content)


FAULT = RemoveFile()
