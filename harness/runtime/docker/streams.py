"""A command in a container, its input and output streamed, however large, never held in memory.

The engine frames what a command prints: one byte for the stream, three of padding, four for the
length. Source: Docker Engine API, "Attach to a container", stream format.
"""

import io
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, BinaryIO

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from harness.core.errors import DrillError
from harness.core.patience import Patience, refuse_killed
from harness.core.ports import Completed
from harness.runtime.docker import consumption
from harness.runtime.docker.engine import explain, silence

_HEADER = struct.Struct(">BxxxL")
_STDOUT = 1
_CHUNK_BYTES = 1 << 20
_LOOK_EVERY_SECONDS = 0.25

# The connection to a command cannot be half closed on every transport (TLS, for one), so that the
# command is told its input's length instead of waiting for its end. What the command leaves unread
# is taken off the engine nevertheless, which would wait for that.
_TAKE_INPUT = 'head -c "$0" | { "$@"; status=$?; cat > /dev/null; exit "$status"; }'


def execute(
    container: Container,
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    directory: str | None = None,
    user: str = "",
    stdin: Path | None = None,
    stdout: Path | None = None,
    is_endless: bool = False,
) -> Completed:
    """Run a command in a running container, as the container's own user unless told, to its end.

    Raises: DrillError: the container does not run, or has no such program. Unresponsive: nothing
    in the container works any more, unless the command `is_endless`.
    """
    command = [*argv]
    if stdin is not None:
        command = ["sh", "-c", _TAKE_INPUT, str(stdin.stat().st_size), *argv]
    client = container.client
    assert client is not None
    api = client.api
    try:
        execution = api.exec_create(
            container.id,
            command,
            stdin=stdin is not None,
            environment=dict(environment or {}),
            workdir=directory,
            user=user,
        )["Id"]
        connection: Any = api.exec_start(execution, socket=True)
    except APIError as error:
        raise DrillError(f"{container.name}: cannot run {argv[0]}: {explain(error)}") from None
    wire = getattr(connection, "_sock", connection)
    # A command may be silent for longer than the engine's other answers may take.
    wire.settimeout(None)
    said = io.BytesIO()
    with closing(connection._response), stdout.open("wb") if stdout else io.BytesIO() as taken:  # noqa: SLF001 - see below
        feeder = _feed(wire, stdin)
        # What the engine sent together with its response's headers is in this reader's buffer
        # already: whoever reads the bare socket, as docker-py does, can lose it.
        source = connection._response.raw._fp.fp  # noqa: SLF001 - docker-py shows no other
        with ThreadPoolExecutor(max_workers=1) as readers:
            reading = readers.submit(_unframe, source, taken, said)
            if not is_endless:
                _await(reading, container, argv[0], wire)
        reading.result()
        printed = b"" if stdout else taken.getvalue()  # type: ignore[union-attr] # a BytesIO then
    if feeder is not None:
        feeder.join()
    try:
        status = api.exec_inspect(execution)["ExitCode"]
    except NotFound:
        raise DrillError(f"{argv[0]} ended with the container that it ran in") from None
    if not is_endless:
        refuse_killed(f"{container.name}: {argv[0]}", status)
    return Completed(
        tuple(argv),
        status,
        printed.decode(errors="replace"),
        said.getvalue().decode(errors="replace"),
    )


def _await(reading: Future[None], container: Container, program: str, wire: Any) -> None:
    """Wait for a command's end. Raises: Unresponsive: nothing works in its container any more."""
    patience = Patience(f"{container.name}: {program}", lambda: consumption.of(container))
    try:
        while not wait([reading], timeout=_LOOK_EVERY_SECONDS).done:
            patience.check()
    except BaseException:
        # The reader ends with its connection, and so does the command's input.
        with suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)
        raise


def _feed(wire: Any, stdin: Path | None) -> threading.Thread | None:
    if stdin is None:
        return None

    def feed() -> None:
        # Where the container is killed meanwhile, what is read from it tells.
        with stdin.open("rb") as source, suppress(OSError):
            while chunk := source.read(_CHUNK_BYTES):
                wire.sendall(chunk)

    feeder = threading.Thread(target=feed, name=f"feed {stdin.name}", daemon=True)
    feeder.start()
    return feeder


def _unframe(source: BinaryIO, stdout: BinaryIO, stderr: BinaryIO) -> None:
    while len(header := source.read(_HEADER.size)) == _HEADER.size:
        stream, left_bytes = _HEADER.unpack(header)
        target = stdout if stream == _STDOUT else stderr
        while left_bytes:
            chunk = source.read(min(left_bytes, _CHUNK_BYTES))
            if not chunk:
                raise silence("it broke off in the middle of a command's output")
            target.write(chunk)
            left_bytes -= len(chunk)
