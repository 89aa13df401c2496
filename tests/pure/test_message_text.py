"""The canonical text of a message: the ledger's for what the platform publishes, one for each."""

from itertools import combinations

import pytest

from harness.platform.rows import Message
from harness.probes._stream_tally import line
from harness.stores.jetstream_reading import StoredMessage

HEAD = b"NATS/1.0\r\nNats-Msg-Id: events-1\r\nTrace-Id: cafe\r\n\r\n"
PLAIN = (b"events.1", HEAD, b"{}")


def text(subject: bytes, head: bytes, payload: bytes) -> str:
    """Return the canonical text of a message with these bytes."""
    return line(StoredMessage(1, 0, subject.decode(), head, payload))


@pytest.mark.parametrize("trace", ["cafe", ""])
def test_a_message_as_published_has_the_ledgers_text(trace: str) -> None:
    """With and without a trace."""
    traced = f"Trace-Id: {trace}\r\n" if trace else ""
    head = f"NATS/1.0\r\nNats-Msg-Id: events-1\r\n{traced}\r\n".encode()
    published = Message("events.1", "events-1", trace, "{}")
    assert published.line == text(b"events.1", head, b"{}")


def test_different_messages_have_different_texts() -> None:
    """A tab, a byte that is no text, a blank, a duplicate, a status, no head: each is another."""
    heads = [
        b"",
        b"NATS/1.0\r\n\r\n",
        b"NATS/1.0 503\r\n\r\n",
        b"NATS/1.0 503 Gone\r\n\r\n",
        b"NATS/1.0\r\nNats-Msg-Id: \r\n\r\n",
        b"NATS/1.0\r\nNats-Msg-Id: \r\nTrace-Id: \r\n\r\n",
        HEAD,
        HEAD.replace(b"cafe", b"cafe "),
        HEAD.replace(b"Nats-Msg-Id", b"nats-msg-id"),
        HEAD.replace(b"cafe", b"cafe\r\nTrace-Id: cafe"),
        HEAD.replace(b"cafe", b"cafe\r\nAdded:"),
        HEAD.replace(b"cafe", b"ca\tfe"),
        HEAD.replace(b"cafe", b"\xff"),
        HEAD.replace(b"cafe", "\N{REPLACEMENT CHARACTER}".encode()),
        b"NATS/1.0\r\nTrace-Id: cafe\r\nNats-Msg-Id: events-1\r\n\r\n",
    ]
    payloads = [b"", b"{}", b"\xff", b"\\xff", b"fe\t{}", b"\0"]
    messages = [
        (subject, head, payload)
        for subject in (b"events.1", b"events.1\tevents-1")
        for head in heads
        for payload in payloads
    ]
    same = [pair for pair in combinations(messages, 2) if text(*pair[0]) == text(*pair[1])]
    assert [] == same
