"""Two ways to read every message of a stream in order without changing the stream."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from harness.stores.jetstream_client import head
from harness.stores.jetstream_request import JetStreamRefused, ask, pulled

_BATCH = 4096
_BATCH_BYTES = 64 << 20
_SEQUENTIAL_BATCH = 256
_NO_MESSAGE_FOUND = 10037

_UNNOTICED = {
    "deliver_policy": "by_start_sequence",
    "ack_policy": "none",
    "mem_storage": True,
    # The server removes it by itself if the harness dies before it can.
    "inactive_threshold": 30 * 10**9,
}


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as the stream keeps it; its stamp is in nanoseconds since 1970.

    `head` is its block of headers to the byte, the status line first; empty without headers.
    """

    sequence: int
    stamp_nanoseconds: int
    subject: str
    head: bytes
    payload: bytes

    def header(self, name: str) -> str:
        """Return the first header of this name, without blanks around it; empty without one."""
        _, found, rest = self.head.partition(b"\r\n%s:" % name.encode())
        return rest.partition(b"\r\n")[0].decode(errors="replace").strip() if found else ""


@dataclass(slots=True)
class ByConsumer:
    """Pulls batches through an ephemeral consumer that acknowledges nothing and is kept in memory.

    The fastest way, and it gives stamps to the nanosecond; only for streams that keep messages
    whether or not they were consumed.
    """

    connection: Client
    stream: str
    first_sequence: int
    _consumer: str = ""

    async def batch(self) -> list[StoredMessage]:
        """Return the next messages, none at the end."""
        if not self._consumer:
            created = await ask(
                self.connection,
                f"CONSUMER.CREATE.{self.stream}",
                {
                    "stream_name": self.stream,
                    "config": _UNNOTICED | {"opt_start_seq": self.first_sequence},
                },
            )
            self._consumer = created["name"]
        request = {"batch": _BATCH, "max_bytes": _BATCH_BYTES}
        messages = await pulled(self.connection, self.stream, self._consumer, request)
        return [_delivered(message) for message in messages]

    async def close(self) -> None:
        """Remove the consumer."""
        if self._consumer:
            await ask(self.connection, f"CONSUMER.DELETE.{self.stream}.{self._consumer}")


@dataclass(slots=True)
class BySequence:
    """Asks for one message after the other; slower, and works on any stream."""

    connection: Client
    stream: str
    next_sequence: int

    async def batch(self) -> list[StoredMessage]:
        """Return the next messages, none at the end."""
        found: list[StoredMessage] = []
        while len(found) < _SEQUENTIAL_BATCH:
            try:
                answer = await ask(
                    self.connection,
                    f"STREAM.MSG.GET.{self.stream}",
                    {"seq": self.next_sequence, "next_by_subj": ">"},
                )
            except JetStreamRefused as refused:
                if refused.number == _NO_MESSAGE_FOUND:
                    break
                raise
            found.append(_stored(answer["message"]))
            self.next_sequence = found[-1].sequence + 1
        return found

    async def close(self) -> None:
        """Nothing was opened."""


def _delivered(message: Msg) -> StoredMessage:
    tokens = message.reply.split(".")
    # Newer servers may put the domain and the account before the stream's name.
    at = 5 if len(tokens) == 9 else 7
    return StoredMessage(
        int(tokens[at]),
        int(tokens[at + 2]),
        message.subject,
        head(message),
        message.data,
    )


def _stored(message: dict[str, Any]) -> StoredMessage:
    return StoredMessage(
        int(message["seq"]),
        nanoseconds(message["time"]),
        message["subject"],
        b64decode(message.get("hdrs", "")),
        b64decode(message.get("data", "")),
    )


def nanoseconds(stamp: str) -> int:
    """Return a time as the server writes it (UTC, up to nine decimals) in nanoseconds."""
    whole, _, fraction = stamp.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(f"{whole}+00:00").timestamp())
    return seconds * 10**9 + int(fraction.ljust(9, "0") or 0)
