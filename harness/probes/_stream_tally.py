"""Sums over a stream's messages: memory grows with groups and subjects, not with messages."""

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from harness.core.ledger import GROUP_BITS, Vector
from harness.observations.streams import Span
from harness.platform.detailing import PRESENCE_BYTES, Rows
from harness.platform.fingerprint import fingerprints
from harness.platform.rows import Message
from harness.stores.jetstream_reading import StoredMessage

UNKNOWN_NAMED_AT_MOST = 10
RUNS_AT_MOST = 100_000

_MESSAGE_ID = "Nats-Msg-Id"
_PUBLISHED = re.compile(
    rb"NATS/1\.0\r\nNats-Msg-Id: ([^\r\n\t]*)\r\n(?:Trace-Id: ([^\r\n\t]+)\r\n)?\r\n"
)
_EVENT = re.compile(r"events-([1-9]\d{0,14})")


@dataclass(slots=True)
class Tally:
    """A whole stream; `spans` (by sequence >> GROUP_BITS) ends at sequence `until`, if given.

    `runs` holds the first and last of each run of sequences.
    """

    until: int | None
    read: int = 0
    subjects: Counter[str] = field(default_factory=Counter)
    spans: dict[int, Span] = field(default_factory=dict)
    runs: list[tuple[int, int]] = field(default_factory=list)

    def add(self, batch: Sequence[StoredMessage]) -> Sequence[int]:
        """Count messages and return the digest of each one's canonical text."""
        self.read += len(batch)
        self.subjects.update(message.subject for message in batch)
        contents = fingerprints([line(message) for message in batch])
        stamps = fingerprints([f"{m.sequence}\t{m.stamp_nanoseconds}" for m in batch])
        for message, content, stamp in zip(batch, contents, stamps, strict=True):
            self._run(message.sequence)
            if self.until is None or message.sequence <= self.until:
                group = message.sequence >> GROUP_BITS
                held = self.spans.get(group, _EMPTY)
                self.spans[group] = Span(
                    held.messages + 1,
                    held.contents + content,
                    held.stamps + stamp,
                    held.first_stamp_nanoseconds or message.stamp_nanoseconds,
                    message.stamp_nanoseconds,
                )
        return contents

    def _run(self, sequence: int) -> None:
        first, last = self.runs[-1] if self.runs else (sequence, sequence)
        if self.runs and sequence == last + 1:
            self.runs[-1] = (first, sequence)
        elif len(self.runs) <= RUNS_AT_MOST:
            self.runs.append((sequence, sequence))


@dataclass(slots=True)
class EventTally:
    """The ledger's events, by the number in their message id; `detailed` groups row by row.

    `presence` tells by group which numbers are there, as Detailing takes it.
    """

    detailed: frozenset[int] = frozenset()
    groups: dict[int, Vector] = field(default_factory=dict)
    presence: dict[int, bytearray] = field(default_factory=dict)
    details: dict[int, "tuple[array[int], array[int]]"] = field(default_factory=dict)
    unknown: int = 0
    unknown_sequences: list[int] = field(default_factory=list)

    def add(self, batch: Sequence[StoredMessage], contents: Sequence[int]) -> None:
        """Count messages; `contents` holds their digests."""
        for message, content in zip(batch, contents, strict=True):
            event = _EVENT.fullmatch(message.header(_MESSAGE_ID))
            if event is None:
                self.unknown += 1
                if len(self.unknown_sequences) < UNKNOWN_NAMED_AT_MOST:
                    self.unknown_sequences.append(message.sequence)
                continue
            number = int(event[1])
            group = number >> GROUP_BITS
            self.groups[group] = self.groups.get(group, _NONE) + Vector(1, number, content)
            at = number & _IN_GROUP
            self.presence.setdefault(group, bytearray(PRESENCE_BYTES))[at >> 3] |= 1 << (at & 7)
            if group in self.detailed:
                numbers, digests = self.details.setdefault(group, (array("q"), array("q")))
                numbers.append(number)
                digests.append(content)

    def rows(self, group: int) -> Rows:
        """Return the rows of a detailed group; an event's number is part of its contents."""
        numbers, digests = (np.frombuffer(held, np.int64) for held in self.details[group])
        return Rows(numbers, digests, digests)


def line(message: StoredMessage) -> str:
    """Return a stored message's canonical text: no two different messages have the same.

    A message as the platform publishes them has the ledger's text; of any other, to the byte.
    """
    published = _PUBLISHED.fullmatch(message.head)
    if published and "\t" not in message.subject:
        with suppress(UnicodeDecodeError):
            names = (published[1].decode(), (published[2] or b"").decode())
            return Message(message.subject, *names, message.payload.decode()).line
    parts = (message.subject.encode(), message.head, message.payload)
    # No subject that a client may use begins with this character.
    return "\0" + "\t".join(part.hex() for part in parts)


_EMPTY = Span()
_NONE = Vector()
_IN_GROUP = (1 << GROUP_BITS) - 1
