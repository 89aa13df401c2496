"""NATS JetStream: connect, create the platform's streams, publish, move its consumers."""

import asyncio
import math
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from nats.aio.client import Client

from harness.core.errors import DrillError
from harness.core.patience import (
    READY_ANSWER_WITHIN_SECONDS,
    Meter,
    connected_within_seconds,
    unmeasured,
)
from harness.core.ports import Endpoint
from harness.platform.rows import Message
from harness.platform.streams import declared_streams, ensure_streams
from harness.stores.jetstream import BROKEN, CLIENT, JetStream, reason
from harness.stores.jetstream_client import RawClient
from harness.stores.jetstream_request import ask

TAKEN_FROM_AT_MOST = 10_000
"""Waiting messages of which a seeded consumer takes its part: it only has to stand part-way."""


class NatsStore:
    """The platform's NATS server; it knows its clients by `name`. `streams` is the file that
    declares its streams.
    """

    def __init__(
        self,
        endpoint: Callable[[], Endpoint],
        meter: Meter = unmeasured,
        name: str = CLIENT,
        streams: str = "",
    ) -> None:
        self._endpoint = endpoint
        self._meter = meter
        self._name = name
        self._streams = streams

    @contextmanager
    def connect(self, within_seconds: float | None = None) -> Iterator[JetStream]:
        """Open a connection and close it at the end; it is never re-opened by itself.

        Raises: DrillError: nothing answers there.
        """
        at = self._endpoint()
        with asyncio.Runner() as runner:
            within_seconds = within_seconds or connected_within_seconds()
            connection = runner.run(_connected(at, self._name, within_seconds))
            try:
                yield JetStream(connection, runner, self._meter)
            finally:
                # It would wait for a server that takes nothing any more.
                with suppress(TimeoutError):
                    runner.run(_within(connection.close()))

    def ready(self) -> str | None:
        """Return None when JetStream answers, else why not."""
        try:
            with self.connect(READY_ANSWER_WITHIN_SECONDS) as jetstream:
                jetstream.wait(_within(ask(jetstream.connection, "INFO")))
        except DrillError as error:
            return error.message
        return None

    def create(self) -> None:
        """Create the platform's streams and consumers, and publish the first messages."""
        with self.connect() as jetstream:
            jetstream.wait(ensure_streams(jetstream.connection.jetstream(), self._streams))
            for stream in declared_streams(self._streams):
                for consumer in stream.consumers:
                    jetstream.ask(
                        f"CONSUMER.DURABLE.CREATE.{stream.name}.{consumer.name}",
                        {"stream_name": stream.name, "config": consumer.config},
                    )
                jetstream.publish(stream.messages)

    def ensure_streams(self) -> list[str]:
        """Create the platform's streams that are missing, as the hub does; return their names."""
        with self.connect() as jetstream:
            return jetstream.wait(ensure_streams(jetstream.connection.jetstream(), self._streams))

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """Publish messages and return which were stored, in order; see JetStream.publish."""
        with self.connect() as jetstream:
            return jetstream.publish(messages)

    def advance_consumers(self) -> None:
        """Let the durable consumers take their declared part of what waits for them."""
        with self.connect() as jetstream:
            for stream in declared_streams(self._streams):
                for consumer in stream.consumers:
                    info = jetstream.ask(f"CONSUMER.INFO.{stream.name}.{consumer.name}")
                    waiting = min(int(info["num_pending"]), TAKEN_FROM_AT_MOST)
                    count = waiting * consumer.acknowledged_percent // 100
                    left = min(consumer.unacknowledged, waiting - count)
                    if count + left > 0:
                        jetstream.acknowledge(stream.name, consumer.name, count, left)


async def _within(answer: Coroutine[Any, Any, object]) -> None:
    # Unlike wait_for, it loses no interrupt.
    async with asyncio.timeout(READY_ANSWER_WITHIN_SECONDS):
        await answer


async def _connected(at: Endpoint, name: str, within_seconds: float) -> Client:
    reasons: list[str] = []

    async def keep(error: Exception) -> None:
        reasons.append(reason(error))

    client = RawClient()
    try:
        await client.connect(
            f"nats://{at.host}:{at.port}",
            name=name,
            **(
                {"user": at.user, "password": at.secret}
                if at.user
                else {"token": at.secret or None}
            ),
            connect_timeout=math.ceil(within_seconds),
            allow_reconnect=False,
            # 0 would stand for endless attempts.
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            error_cb=keep,
        )
    except BROKEN as error:
        # It leaves a connection open that broke before the server's greeting.
        await client.close()
        # The client's last word is that no server is left; its first says why.
        why = reasons[0] if reasons else reason(error)
        raise DrillError(f"nats: {why}") from error
    return client
