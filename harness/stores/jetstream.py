"""One connection to JetStream: requests, pipelined publishing, and every stored message."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from harness.core.errors import DrillError, kind_of
from harness.core.patience import (
    Meter,
    Patience,
    Unresponsive,
    stalled_after_seconds,
    unmeasured,
)
from harness.platform.rows import Message
from harness.stores.jetstream_reading import ByConsumer, BySequence, StoredMessage
from harness.stores.jetstream_request import API, ask, pulled

# A stream keeps at most 10,000 publishes waiting and refuses more.
_PUBLISHES_IN_FLIGHT = 4_000

# The server works on what was sent while the next is made.
_PUBLISHES_SENT_AT_ONCE = 256

_PULLED_AT_ONCE = 1_000

# The client does not say by itself that the answers it waits for will never come.
_LOOK_EVERY_SECONDS = 0.1

_ACKNOWLEDGED = b"+ACK"

CLIENT = "restore-drills"
"""The name by which the server knows the harness's own connections."""

# How a connection breaks off; TimeoutError is an OSError.
BROKEN = (nats.errors.Error, OSError)

Answer = TypeVar("Answer")


class JetStream:
    """A connection whose every call waits for its answer."""

    def __init__(
        self, connection: Client, runner: asyncio.Runner, meter: Meter = unmeasured
    ) -> None:
        self.connection = connection
        self._runner = runner
        self._meter = meter

    def wait(self, answer: Coroutine[Any, Any, Answer]) -> Answer:
        """Run a coroutine on this connection's event loop.

        Raises: DrillError: it broke off. Unresponsive: the server does nothing any more.
        """
        try:
            return self._runner.run(self._watched(answer))
        except TimeoutError as error:
            raise Unresponsive(f"nats stopped answering: {reason(error)}") from error
        except BROKEN as error:
            raise DrillError(f"nats: {reason(error)}") from error

    def ask(self, verb: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request such as `STREAM.INFO.EVENTS` and return its answer.

        Raises: JetStreamRefused: the answer is an error. DrillError: there is no answer.
        """
        return self.wait(ask(self.connection, verb, request))

    def listed(self, verb: str, items: str) -> list[dict[str, Any]]:
        """Return everything that a paged request lists under `items`."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.ask(verb, {"offset": len(found)})
            found += page[items] or []
            if len(found) >= page["total"] or not page[items]:
                return found

    def account(self) -> str:
        """Return the account that this connection belongs to."""
        answer = self.wait(
            self.connection.request("$SYS.REQ.USER.INFO", b"", stalled_after_seconds())
        )
        return str(json.loads(answer.data)["data"]["account"])

    def overheard(self, act: Callable[[], Answer]) -> tuple[Answer, int]:
        """Do something; return its result, and how many requests others made of JetStream."""
        overhearing = self.wait(self.connection.subscribe(f"{API}.>"))
        self.wait(self.connection.flush())
        result = act()
        # What was sent to us before is there when the server answers.
        self.wait(self.connection.flush())
        requests = overhearing.pending_msgs
        self.wait(overhearing.unsubscribe())
        return result, requests

    def has_company(self) -> bool:
        """Tell whether the account has clients now that are not the harness's own."""
        answer = self.wait(
            self.connection.request("$SYS.REQ.ACCOUNT.PING.CONNZ", b"", stalled_after_seconds())
        )
        clients = json.loads(answer.data).get("data") or {}
        return any(client.get("name") != CLIENT for client in clients.get("connections", ()))

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """Publish messages and return which were stored, in order.

        Many are in flight at a time; the stream keeps their order. A duplicate, which the server
        acknowledges without storing it, was not stored. After a message without an answer nothing
        more is sent.
        """
        stored = [False] * len(messages)
        try:
            self._runner.run(self._watched(self._publish(messages, stored)))
        except BROKEN:
            # What was acknowledged stays acknowledged; of the others nothing is known.
            return stored
        return stored

    def messages(
        self, stream: dict[str, Any], first_sequence: int = 1
    ) -> Iterator[list[StoredMessage]]:
        """Yield a stream's messages in order, in batches; the stream does not change.

        `stream` is the answer to `STREAM.INFO`. Messages stored after it was given are left out.
        """
        last_sequence = int(stream["state"]["last_seq"])
        # A further consumer would change a work queue or an interest stream.
        way = ByConsumer if stream["config"]["retention"] == "limits" else BySequence
        reading = way(self.connection, stream["config"]["name"], first_sequence)
        try:
            while batch := self.wait(reading.batch()):
                yield [message for message in batch if message.sequence <= last_sequence]
                if batch[-1].sequence >= last_sequence:
                    return
        finally:
            self.wait(reading.close())

    def acknowledge(self, stream: str, consumer: str, count: int, unacknowledged: int) -> None:
        """Take messages from a durable consumer: answer the first `count`, leave the others.

        Raises: DrillError: the consumer delivered fewer.
        """
        self.wait(self._acknowledge(stream, consumer, count, unacknowledged))

    async def _watched(self, answer: Coroutine[Any, Any, Answer]) -> Answer:
        working = asyncio.ensure_future(answer)
        patience = Patience("nats", self._meter)
        try:
            while not (await asyncio.wait({working}, timeout=_LOOK_EVERY_SECONDS))[0]:
                patience.check()
        except BaseException:
            working.cancel()
            raise
        return working.result()

    async def _publish(self, messages: Sequence[Message], stored: list[bool]) -> None:
        inbox = self.connection.new_inbox()
        unanswered: set[int] = set()
        answered = asyncio.Event()

        async def take(answer: Msg) -> None:
            at = int(answer.subject.rpartition(".")[2])
            stored[at] = _is_stored(answer)
            unanswered.discard(at)
            if not unanswered:
                answered.set()

        subscription = await self.connection.subscribe(f"{inbox}.*", cb=take)
        for start in range(0, len(messages), _PUBLISHES_IN_FLIGHT):
            flight = range(start, min(start + _PUBLISHES_IN_FLIGHT, len(messages)))
            unanswered.update(flight)
            answered.clear()
            for at in flight:
                message = messages[at]
                headers = {"Nats-Msg-Id": message.message_id}
                if message.trace:
                    headers["Trace-Id"] = message.trace
                await self.connection.publish(
                    message.subject, message.payload.encode(), f"{inbox}.{at}", headers
                )
                if at % _PUBLISHES_SENT_AT_ONCE == 0:
                    await asyncio.sleep(0)
            await self._until(answered)
        await subscription.unsubscribe()

    async def _until(self, answered: asyncio.Event) -> None:
        async with asyncio.timeout(stalled_after_seconds()):
            while not answered.is_set():
                if not self.connection.is_connected:
                    raise nats.errors.ConnectionClosedError
                with suppress(TimeoutError):
                    await asyncio.wait_for(answered.wait(), _LOOK_EVERY_SECONDS)

    async def _acknowledge(
        self, stream: str, consumer: str, count: int, unacknowledged: int
    ) -> None:
        wanted = count + unacknowledged
        for start in range(0, wanted, _PULLED_AT_ONCE):
            size = min(_PULLED_AT_ONCE, wanted - start)
            delivered = await pulled(self.connection, stream, consumer, {"batch": size})
            if len(delivered) < size:
                raise DrillError(
                    f"nats: {stream}/{consumer} delivered {start + len(delivered)}"
                    f" of {wanted} messages"
                )
            answers = [message.reply for message in delivered[: max(0, count - start)]]
            for reply in answers[:-1]:
                await self.connection.publish(reply, _ACKNOWLEDGED)
            # Answers are taken in order: when the last is confirmed, all of them were taken.
            for reply in answers[-1:]:
                await self.connection.request(reply, _ACKNOWLEDGED, stalled_after_seconds())


def reason(error: Exception) -> str:
    """Return what an error of the client says, without the client's name before it."""
    return str(error).removeprefix("nats: ") or kind_of(error)


def _is_stored(answer: Msg) -> bool:
    # No body at all: no stream takes the subject. Not parsed: there is one answer a message.
    return (
        bool(answer.data) and b'"error":' not in answer.data and b'"duplicate":' not in answer.data
    )
