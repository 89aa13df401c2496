"""Files and directories into and out of a container, streamed as the engine's tar archives."""

import os
import tarfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO, RawIOBase
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

import requests
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from harness.core.errors import DrillError
from harness.runtime import archives
from harness.runtime.docker.engine import explain, silence

_CHUNK_BYTES = 1 << 20


def send(container: Container, source: Path, directory: str, name: str) -> None:
    """Copy a file or directory to `directory`/`name`. Raises: DrillError: the engine refuses."""
    put(container, _packed(source, name), directory)


def put(container: Container, archive: Iterator[bytes], directory: str) -> None:
    """Have the engine unpack a tar archive into `directory`. Raises: DrillError: it refuses."""
    try:
        container.put_archive(directory, archive)
    except APIError as error:
        raise DrillError(
            f"{container.name}: cannot copy to {directory}: {explain(error)}"
        ) from None


def fetch(container: Container, path: str, target: Path) -> None:
    """Copy the file or directory `path` to `target`. Raises: DrillError: there is none."""
    with TemporaryDirectory(dir=target.parent, prefix="fetched-") as fetched:
        try:
            chunks, _ = container.get_archive(path, chunk_size=_CHUNK_BYTES)
        except NotFound:
            raise DrillError(f"{container.name}: there is no {path} to fetch") from None
        name = PurePosixPath(path).name
        with _closing(chunks):
            try:
                archives.unpack_sent(cast(BinaryIO, _Reader(chunks)), name, Path(fetched))
            except requests.RequestException as error:
                raise silence(f"{path} of {container.name}: {error}") from error
        (Path(fetched) / name).rename(target)


@contextmanager
def _closing(chunks: Iterator[bytes]) -> Iterator[None]:
    """Take no more of what an engine sends: until it knows, it lets nobody at the container."""
    try:
        yield
    finally:
        # Closing what was not begun does nothing.
        with suppress(requests.RequestException):
            next(chunks, b"")
        cast(Generator[bytes], chunks).close()


def _packed(source: Path, name: str) -> Iterator[bytes]:
    """Yield a tar archive of a file or directory, named `name` in it."""
    # Only asked what a file is like; nothing is written to it.
    census = tarfile.TarFile(fileobj=BytesIO(), mode="w")
    paths = [source, *sorted(source.rglob("*"))] if source.is_dir() else [source]
    for path in paths:
        member = census.gettarinfo(path, os.path.join(name, path.relative_to(source)))  # noqa: PTH118 - a name in the archive
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        yield member.tobuf()
        if member.isfile():
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    yield chunk
            yield b"\0" * (-member.size % tarfile.BLOCKSIZE)
    yield b"\0" * (2 * tarfile.BLOCKSIZE)


class _Reader(RawIOBase):
    """Chunks as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size_bytes: int = -1) -> bytes:
        """Return up to that many bytes; none at the end."""
        if not self._rest:
            self._rest = next(self._chunks, b"")
        taken, self._rest = self._rest[:size_bytes], self._rest[size_bytes:]
        return taken
