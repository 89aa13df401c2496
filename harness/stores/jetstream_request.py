"""One request to JetStream's API: answered in JSON, or with messages."""

import asyncio
import json
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from harness.core.errors import DrillError
from harness.core.patience import stalled_after_seconds

API = "$JS.API"


class JetStreamRefused(DrillError):
    """The server answered a request with an error; `number` is JetStream's own error number."""

    def __init__(self, verb: str, error: dict[str, Any]) -> None:
        super().__init__(f"nats: {verb} was refused: {error.get('description', 'no reason given')}")
        self.number = int(error.get("err_code", 0))


async def ask(
    connection: Client, verb: str, request: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Send a request such as `STREAM.INFO.EVENTS` and return its answer.

    Raises: JetStreamRefused: the answer is an error.
    """
    body = b"" if request is None else json.dumps(request).encode()
    answer = await connection.request(f"{API}.{verb}", body, timeout=stalled_after_seconds())
    parsed: dict[str, Any] = json.loads(answer.data)
    if "error" in parsed:
        raise JetStreamRefused(verb, parsed["error"])
    return parsed


async def pulled(
    connection: Client, stream: str, consumer: str, request: dict[str, Any]
) -> list[Msg]:
    """Return the messages a consumer has ready: at most `batch`, fewer when there are no more.

    `request` holds `batch` and, if need be, `max_bytes`.
    """
    messages: list[Msg] = []
    ended = asyncio.Event()

    async def take(message: Msg) -> None:
        if message.reply:
            messages.append(message)
        # A message without a reply subject is a status: no more, or the batch is full in bytes.
        if not message.reply or len(messages) == request["batch"]:
            ended.set()

    inbox = connection.new_inbox()
    # The batch bounds what is in flight; the client's own limit would drop messages silently.
    subscription = await connection.subscribe(inbox, cb=take, pending_bytes_limit=0)
    await connection.publish(
        f"{API}.CONSUMER.MSG.NEXT.{stream}.{consumer}",
        json.dumps({**request, "no_wait": True}).encode(),
        inbox,
    )
    async with asyncio.timeout(stalled_after_seconds()):
        await ended.wait()
    await subscription.unsubscribe()
    return messages
