"""Streams, their messages in sums, and their durable consumers, as a probe saw them."""

from dataclasses import dataclass, field
from typing import Any

from harness.platform.scan import Scan

_UNDECIDED: tuple[Any, ...] = (None, False, 0, -1, "", [], {}, "none")


@dataclass(frozen=True, slots=True)
class Span:
    """The messages of 4,096 consecutive sequences, in sums of digests.

    `contents` is over subject, headers and payload, `stamps` over sequence and timestamp.
    """

    messages: int = 0
    contents: int = 0
    stamps: int = 0


@dataclass(frozen=True, slots=True)
class StreamState:
    """One stream: what its server says of it, and what was really read from it.

    `messages`, `size_bytes`, `deleted` and the sequences are the server's word. `read` counts
    the messages it handed out, `subjects` the same by subject. `spans` holds the sums of all
    messages but those stored after the backup that this look is compared with.
    """

    config: dict[str, Any]
    messages: int
    size_bytes: int
    first_sequence: int
    last_sequence: int
    deleted: int
    read: int
    subjects: dict[str, int]
    spans: dict[int, Span]


@dataclass(frozen=True, slots=True)
class ConsumerState:
    """Where a durable consumer stands, in sequences of its stream."""

    config: dict[str, Any]
    delivered_sequence: int
    ack_floor_sequence: int
    unacknowledged: int


@dataclass(frozen=True, slots=True)
class StreamRows:
    """All streams by name, all durable consumers by `STREAM/name`, and the ledger's events.

    `unknown` counts messages of the events' stream that carry no event number;
    `unknown_sequences` holds the first of them.
    """

    scan: Scan
    streams: dict[str, StreamState] = field(default_factory=dict)
    consumers: dict[str, ConsumerState] = field(default_factory=dict)
    unknown: int = 0
    unknown_sequences: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StreamLive:
    """Whether a message was accepted, and the same one delivered; `reason` says why not."""

    accepted: bool
    delivered: bool
    reason: str = ""


def normalised(config: dict[str, Any]) -> dict[str, Any]:
    """Return a stream's or consumer's configuration without what no person decided.

    The server adds its version to the metadata, repeats a consumer's durable name, and writes out
    what is not limited or not set; which of those depends on its version.
    """
    metadata = {k: v for k, v in (config.get("metadata") or {}).items() if k[:6] != "_nats."}
    decided = config | {"metadata": metadata}
    if "durable_name" in decided:
        decided.pop("name", None)
    return {key: decided[key] for key in sorted(decided) if decided[key] not in _UNDECIDED}
