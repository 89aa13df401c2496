"""An artefact on its way from the program that writes it to its file, held where it has to be."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core.errors import DrillError
from harness.core.points import FIRST_BYTE, HALF, BrokenOff, Points
from harness.site import FULL, Site

_CHUNK_BYTES = 1 << 16


@contextmanager
def flowing(site: Site, store: str, target: Path) -> Iterator[Path]:
    """Give the path to write `target` to: itself, or where the first byte or half of it is waited
    for a pipe, whose writer waits there, too; or what takes nothing, where the scenario says so.

    Raises: BrokenOff: it is to end there; what has come through by then is kept. DrillError: it
    does not take what is written.
    """
    points = site.points
    if store in site.on_a_full_disk:
        site.on_a_full_disk.remove(store)
        target.symlink_to(FULL)
        try:
            yield target
        except OSError as error:
            raise DrillError(f"{store}: {target.name}: {error.strerror}") from None
        return
    if points.awaited not in (FIRST_BYTE, HALF):
        yield target
        return
    pipe = target.with_name(f".{target.name}.flowing")
    os.mkfifo(pipe, mode=0o600)
    # A reader that opens first waits for no writer, and one writer of ours keeps the end away.
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(pipe, os.O_WRONLY)
    os.set_blocking(reader, True)
    flow = _Flow(points, reader, target)
    flow.start()
    try:
        yield pipe
    finally:
        os.close(writer)
        flow.join()
        pipe.unlink(missing_ok=True)
        if flow.broken is not None:
            raise flow.broken


class _Flow(threading.Thread):
    """Copies what comes through; `broken` is why it did not go on to the end."""

    def __init__(self, points: Points, reader: int, target: Path) -> None:
        super().__init__(name=f"flow of {target.name}", daemon=True)
        self.broken: BrokenOff | None = None
        self._points, self._reader, self._target = points, reader, target

    def run(self) -> None:
        try:
            self._copy()
        except BrokenOff as error:
            self.broken = error
        finally:
            # Whoever still writes is told by the pipe.
            os.close(self._reader)

    def _copy(self) -> None:
        size_bytes = 0
        with self._target.open("wb") as taken:
            while chunk := os.read(self._reader, _CHUNK_BYTES):
                if not size_bytes:
                    taken.write(chunk[:1])
                    taken.flush()
                    self._points.reached(FIRST_BYTE)
                    chunk, size_bytes = chunk[1:], 1
                taken.write(chunk)
                size_bytes += len(chunk)
                if 0 < self._points.whole_bytes <= 2 * size_bytes:
                    taken.flush()
                    self._points.reached(HALF)
