"""Streams, their messages in sums, and their lasting consumers, as a probe saw them."""

from dataclasses import dataclass, field
from typing import Any

from harness.platform.scan import Scan


@dataclass(frozen=True, slots=True)
class Span:
    """The messages of 4,096 consecutive sequences, in sums of digests.

    `contents` is over subject, headers and payload, `stamps` over sequence and timestamp. The
    first and the last message's own stamps are in nanoseconds since 1970.
    """

    messages: int = 0
    contents: int = 0
    stamps: int = 0
    first_stamp_nanoseconds: int = 0
    last_stamp_nanoseconds: int = 0


@dataclass(frozen=True, slots=True)
class StreamState:
    """One stream: what its server says of it, and what was really read from it.

    `messages`, `size_bytes`, `deleted` and the sequences are the server's word. `read` counts
    the messages it handed out, `subjects` the same by subject. `spans` holds the sums of all
    messages but those stored after the backup that this look is compared with. `runs` holds the
    first and last of each run of sequences that were read; None: there are too many. `further` is
    what else the server says, by path; None: it was not looked at. `seen_nanoseconds` is the
    server's time of the look, since 1970; 0: it does not tell.
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
    runs: list[tuple[int, int]] | None = None
    further: dict[str, Any] | None = None
    seen_nanoseconds: int = 0


@dataclass(frozen=True, slots=True)
class ConsumerState:
    """Where a consumer stands, in sequences of its stream.

    `pending` holds the messages it delivered and was not answered, `redelivered` how often those
    delivered more than once; `pending` is None where they could not be read, and `unread` says
    why. One kept `in_memory` has no file to read them from, and no backup promises them.
    `further` is what else the server says, by path; None: it was not looked at.
    """

    config: dict[str, Any]
    delivered_sequence: int
    ack_floor_sequence: int
    unacknowledged: int
    pending: list[int] | None = None
    redelivered: dict[int, int] = field(default_factory=dict)
    unread: str = "not looked at"
    further: dict[str, Any] | None = None
    in_memory: bool = False


@dataclass(frozen=True, slots=True)
class StreamRows:
    """All streams by name, all lasting consumers by `STREAM/name`, and the ledger's events.

    `unknown` counts messages of the events' stream that carry no event number;
    `unknown_sequences` holds the first of them. `complaints` holds what the server logged of its
    data since it was last started.
    """

    scan: Scan
    streams: dict[str, StreamState] = field(default_factory=dict)
    consumers: dict[str, ConsumerState] = field(default_factory=dict)
    unknown: int = 0
    unknown_sequences: list[int] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StreamLive:
    """Whether a message was accepted, and the same one delivered; `reason` says why not."""

    accepted: bool
    delivered: bool
    reason: str = ""
