"""The client, told to keep each message's headers as they came: its own dict keeps neither
their order nor their duplicates, blanks or status line.
"""

from contextlib import suppress

from nats.aio.client import Client
from nats.aio.msg import Msg

from harness.core.errors import Unread


class Headers(dict[str, str]):
    """Headers as the client reads them, and `raw`, the block that they were read from."""

    raw = b""


class RawClient(Client):
    """A client whose messages have `Headers`."""

    async def _process_headers(self, headers: bytes) -> Headers | None:
        if not headers:
            return None
        kept = Headers()
        kept.raw = bytes(headers)
        # What the client cannot read (a stored message may hold anything) is still there raw.
        with suppress(ValueError, IndexError):
            kept.update(await super()._process_headers(headers) or {})
        return kept


def head(message: Msg) -> bytes:
    """Return a received message's block of headers. Raises: Unread: the client did not keep it."""
    if message.headers is None:
        return b""
    if not isinstance(message.headers, Headers):
        raise Unread("nats: this version of the client does not show headers as they came")
    return message.headers.raw
