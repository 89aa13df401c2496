"""The platform's streams and durable consumers, as a file declares them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core.platform import Platform
from harness.platform.rows import Message

if TYPE_CHECKING:
    from nats.js import JetStreamContext


def events_stream(platform: Platform) -> str:
    """Return the stream that holds a platform's events, empty if none does."""
    return platform.events.stream if platform.events else ""


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
def declared_streams(path: str) -> tuple[DeclaredStream, ...]:
    """Return the streams that a file declares, in order.

    Raises: ValueError: it does not declare streams; the message says why.
    """
    declared = json.loads(Path(path).read_text(encoding="utf-8"))
    if not isinstance(declared, list) or not declared:
        raise ValueError("not a list of streams")
    return tuple(map(_declared, declared))


def _declared(stream: object) -> DeclaredStream:
    if not isinstance(stream, dict):
        raise ValueError(f"{json.dumps(stream)[:60]} is not a stream")  # noqa: TRY004 - of a file
    if "config" not in stream:
        # As the server itself tells it.
        stream = {"config": stream}
    config = stream["config"]
    if not isinstance(config, dict) or not isinstance(config.get("name"), str):
        raise ValueError("a stream has no name")  # noqa: TRY004 - as above
    if odd := sorted(stream.keys() - {"config", "consumers", "messages"}):
        raise ValueError(f"{config['name']}: unknown key '{odd[0]}' beside its config")
    try:
        return DeclaredStream(
            config=config,
            consumers=tuple(
                DeclaredConsumer(**{**_AT_REST, **c}) for c in stream.get("consumers", ())
            ),
            messages=tuple(Message(**{**_NO_HEADERS, **m}) for m in stream.get("messages", ())),
        )
    except TypeError as error:
        said = str(error).partition("__init__() ")[2] or str(error)
        raise ValueError(f"{config['name']}: {said}") from None


_AT_REST = {"acknowledged_percent": 50, "unacknowledged": 1}
_NO_HEADERS = {"message_id": "", "trace": ""}


async def ensure_streams(jetstream: "JetStreamContext", path: str) -> list[str]:
    """Create the declared streams that are missing and return their names.

    What exists is left as it is, and consumers are not made: their services do that. A stream
    made here is empty. Source: the guide, "EventBus.ensureStreams()".
    """
    # Whoever only asks what is declared needs no client.
    from nats.js.api import StreamConfig  # noqa: PLC0415 - see above
    from nats.js.errors import NotFoundError  # noqa: PLC0415 - see above

    created = []
    for stream in declared_streams(path):
        try:
            await jetstream.stream_info(stream.name)
        except NotFoundError:
            # The client's own reading of a configuration turns nanoseconds into seconds in place.
            await jetstream.add_stream(StreamConfig.from_response(dict(stream.config)))
            created.append(stream.name)
    return created
