"""Back a stream up and restore it over JetStream's API, in the layout of the `nats` command.

A directory holds `backup.json` (configuration and state) beside the server's own archive, which
servers from 2.15 on write in another format than older ones, and under another name.
Source: jsm.go 0.5.1, `snapshots.go`, the library under the `nats` command.
"""

import asyncio
import json
from pathlib import Path
from typing import Any, BinaryIO

from nats.aio.client import Client
from nats.aio.msg import Msg

from harness.core.errors import DrillError
from harness.core.patience import stalled_after_seconds
from harness.stores.jetstream import JetStream
from harness.stores.jetstream_request import JetStreamRefused, ask

META_FILE = "backup.json"
ARCHIVE = "stream.arc.s2"
ARCHIVE_BEFORE_2_15 = "stream.tar.s2"

# The connection is given up when the server does nothing any more; it may do so for long.
_ENDLESS_SECONDS = 1e6
_CHUNK_BYTES = 128 << 10
_STREAM_EXISTS = 10130
_COMPLETE = "204"


def snapshot(jetstream: JetStream, stream: str, directory: Path) -> None:
    """Write a stream, its consumers included, into `directory`; `backup.json` comes last.

    Raises: DrillError: the directory holds a backup already, or the server broke off.
    """
    if (directory / META_FILE).exists():
        raise DrillError(f"nats: there is a backup already in {directory}")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    version = jetstream.connection.connected_server_version
    is_new = (version.major, version.minor) >= (2, 15)
    archive = directory / (ARCHIVE if is_new else ARCHIVE_BEFORE_2_15)
    try:
        with archive.open("wb") as target:
            held = jetstream.wait(_receive(jetstream.connection, stream, target))
    except DrillError:
        archive.unlink()
        raise
    meta = {"config": held["config"], "state": held["state"]}
    (directory / META_FILE).write_text(json.dumps(meta, indent=2), encoding="utf-8")


def restore(jetstream: JetStream, stream: str, directory: Path) -> None:
    """Bring a stream back from `directory`, as `snapshot` or the `nats` command left it.

    Raises: DrillError: the stream exists, the backup is incomplete, or the server refused it.
    """
    where = f"nats: the backup of {stream}"
    try:
        meta = json.loads((directory / META_FILE).read_text(encoding="utf-8"))
        expected = int(meta["state"]["messages"])
    except FileNotFoundError as error:
        raise DrillError(
            f"{where} has no {META_FILE}", "It is written last: the backup broke off, or lost it."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DrillError(f"{where} has an unreadable {META_FILE}: {error}") from error
    found = [path for name in (ARCHIVE, ARCHIVE_BEFORE_2_15) if (path := directory / name).exists()]
    if not found:
        raise DrillError(f"{where} has no {ARCHIVE}, and no {ARCHIVE_BEFORE_2_15}")
    if len(found) > 1:
        raise DrillError(f"{where} has {ARCHIVE} and {ARCHIVE_BEFORE_2_15}: one is too many")
    with found[0].open("rb") as source:
        restored = jetstream.wait(_send(jetstream.connection, stream, meta, source))
    # An archive of the older format that was cut between two files is taken without complaint.
    if restored != expected:
        raise DrillError(
            f"nats: {stream}: {restored} of {expected} messages were restored",
            f"{found[0].name} was cut short, or is not of the same backup as {META_FILE}.",
        )


async def _receive(connection: Client, stream: str, target: BinaryIO) -> dict[str, Any]:
    inbox = connection.new_inbox()
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    chunks = 0

    async def take(chunk: Msg) -> None:
        nonlocal chunks
        if chunk.data:
            chunks += 1
            target.write(chunk.data)
            # The server sends on only while its chunks are answered; the last asks for no answer.
            if chunk.reply:
                await chunk.respond(b"")
        elif not ended.done():
            headers = chunk.headers or {}
            # A stream smaller than one chunk ends without any status.
            is_complete = headers.get("Status", _COMPLETE) == _COMPLETE
            ended.set_result("" if is_complete else headers.get("Description", "it broke off"))

    subscription = await connection.subscribe(inbox, cb=take, pending_bytes_limit=0)
    held = await ask(
        connection,
        f"STREAM.SNAPSHOT.{stream}",
        {"deliver_subject": inbox, "no_consumers": False, "chunk_size": _CHUNK_BYTES},
    )
    seen = -1
    while not ended.done() and seen != chunks:
        seen = chunks
        await asyncio.wait([ended], timeout=stalled_after_seconds())
    await subscription.unsubscribe()
    reason = ended.result() if ended.done() else "the server fell silent"
    if reason:
        raise DrillError(f"nats: the backup of {stream} is incomplete: {reason}")
    return held


async def _send(connection: Client, stream: str, meta: dict[str, Any], source: BinaryIO) -> int:
    try:
        target = await ask(connection, f"STREAM.RESTORE.{stream}", meta)
    except JetStreamRefused as refused:
        if refused.number != _STREAM_EXISTS:
            raise
        raise DrillError(
            f"nats: {stream} cannot be restored: it exists already",
            "Restore before the hub starts, which creates the streams that are missing.",
        ) from refused
    while chunk := source.read(min(_CHUNK_BYTES, connection.max_payload)):
        taken = await connection.request(target["deliver_subject"], chunk, stalled_after_seconds())
        _require_accepted(stream, taken)
    done = await connection.request(target["deliver_subject"], b"", _ENDLESS_SECONDS)
    return int(_require_accepted(stream, done)["state"]["messages"])


def _require_accepted(stream: str, answer: Msg) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(answer.data) if answer.data else {}
    if "error" in said:
        raise JetStreamRefused(f"the restore of {stream}", said["error"])
    return said
