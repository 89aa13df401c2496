"""The platform's streams and durable consumers, as declared in `made_open/streams.json`."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import NotFoundError

from harness.platform import DECLARED
from harness.platform.rows import Message

_DECLARATION = DECLARED / "streams.json"

EVENTS_STREAM = "EVENTS"
"""The stream that holds the ledger's events."""


@dataclass(frozen=True, slots=True)
class DeclaredConsumer:
    """A durable consumer and how far it has come once the platform is seeded.

    `config` is as the JetStream API takes it, durations in nanoseconds. Of the messages that
    match its filter `acknowledged_percent` are acknowledged, and the next `unacknowledged` are
    delivered and left unanswered.
    """

    config: dict[str, Any]
    acknowledged_percent: int
    unacknowledged: int

    @property
    def name(self) -> str:
        """Its durable name."""
        return str(self.config["durable_name"])


@dataclass(frozen=True, slots=True)
class DeclaredStream:
    """A stream as the JetStream API takes it, its durable consumers, and its first messages."""

    config: dict[str, Any]
    consumers: tuple[DeclaredConsumer, ...]
    messages: tuple[Message, ...]

    @property
    def name(self) -> str:
        """The stream's name."""
        return str(self.config["name"])


@cache
def declared_streams() -> tuple[DeclaredStream, ...]:
    """Return the declared streams, in order."""
    return tuple(
        DeclaredStream(
            config=stream["config"],
            consumers=tuple(DeclaredConsumer(**consumer) for consumer in stream["consumers"]),
            messages=tuple(Message(trace="", **message) for message in stream["messages"]),
        )
        for stream in json.loads(_DECLARATION.read_text(encoding="utf-8"))
    )


async def ensure_streams(jetstream: JetStreamContext) -> list[str]:
    """Create the declared streams that are missing and return their names.

    What exists is left as it is, and consumers are not made: their services do that. A stream
    made here is empty. Source: the guide, "EventBus.ensureStreams()".
    """
    created = []
    for stream in declared_streams():
        try:
            await jetstream.stream_info(stream.name)
        except NotFoundError:
            # The client's own reading of a configuration turns nanoseconds into seconds in place.
            await jetstream.add_stream(StreamConfig.from_response(dict(stream.config)))
            created.append(stream.name)
    return created
