r"""What a ledger table's rows are made of: its columns, and each row by its number.

A row's canonical text is its columns as PostgreSQL prints them, joined by tabs, NULL as `\N`
(DateStyle ISO, TimeZone UTC). Its digest is that text's fingerprint, which the server computes too.

No two rows share a text. Of those that are made here, none has a tab in a value, NULL in a column
that is not nullable, or `\N` for a text. The server gives a row that does (it was damaged, or is
not of the drill) another text, of more tabs than those: `harness.probes._row_digest`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import shake_128

_HEX_A_ROW = 32
_ROWS_A_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it is published: `message_id` goes into the header Nats-Msg-Id."""

    subject: str
    message_id: str
    trace: str
    payload: str

    @property
    def line(self) -> str:
        """Its canonical text."""
        return f"{self.subject}\t{self.message_id}\t{self.trace}\t{self.payload}"


Messages = Callable[[int, int, int], list[Message]]
"""Makes the messages of a ledger from the drill's random, the first and the last number."""


@dataclass(frozen=True, slots=True)
class RowSource:
    """A ledger table: where it lives, its columns in order (the key first), and its rows.

    `lines(random, first, last)` returns the canonical text of the rows `first` to `last`, both
    included, in order. `keyed` tells whether that text begins with the key. `texts` are the columns
    whose values may hold any character, and `nullable` those of them that may be NULL. `row_bytes`
    is about what a row takes in its store, its log and one backup.
    """

    table: str
    relation: str
    columns: tuple[str, ...]
    lines: Callable[[int, int, int], list[str]]
    keyed: bool = True
    texts: tuple[str, ...] = ()
    nullable: tuple[str, ...] = ()
    row_bytes: int = 500

    @property
    def key(self) -> str:
        """The column that holds the row's number."""
        return self.columns[0]

    def bodies(self, lines: Sequence[str]) -> list[str]:
        """Return each line without its key: what must not turn up under another number."""
        return [line.partition("\t")[2] for line in lines] if self.keyed else list(lines)


def noise_of(random: int, table: str, first: int, last: int) -> list[str]:
    """Return 32 hexadecimal digits for each row, drawn in blocks: one hash call for 64 rows."""
    noise: list[str] = []
    for block in range(first // _ROWS_A_BLOCK, last // _ROWS_A_BLOCK + 1):
        digits = shake_128(b"%d:%s:%d" % (random, table.encode(), block)).hexdigest(
            _HEX_A_ROW // 2 * _ROWS_A_BLOCK
        )
        low = max(first - block * _ROWS_A_BLOCK, 0)
        high = min(last - block * _ROWS_A_BLOCK + 1, _ROWS_A_BLOCK)
        noise += [digits[at * _HEX_A_ROW : (at + 1) * _HEX_A_ROW] for at in range(low, high)]
    return noise


MESSAGES_TABLE = "events"
"""The table of the ledger that holds messages."""


def event_source(stream: str, made: Messages) -> RowSource:
    """Return a stream's messages as rows."""

    def lines(random: int, first: int, last: int) -> list[str]:
        return [message.line for message in made(random, first, last)]

    return RowSource(
        MESSAGES_TABLE, stream, ("number", "subject", "payload"), lines, keyed=False, row_bytes=270
    )


def messages_about(subject: str) -> Messages:
    """Return what makes messages of one subject, over `{n}`."""
    return partial(_messages, subject)


def _messages(subject: str, random: int, first: int, last: int) -> list[Message]:
    return [
        Message(
            subject=subject.replace("{n}", str(number)),
            message_id=f"{MESSAGES_TABLE}-{number}",
            trace=noise[8:24],
            payload=f'{{"event": {number}, "noise": "{noise}"}}',
        )
        for number, noise in enumerate(noise_of(random, MESSAGES_TABLE, first, last), first)
    ]
