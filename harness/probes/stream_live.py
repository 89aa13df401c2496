"""Try whether the events' stream still takes a message and hands it out."""

import json
import time

from harness.core.errors import DrillError, Unread
from harness.core.patience import stalled_after_seconds
from harness.kinds import Look, Probe
from harness.observations.streams import StreamLive
from harness.stores.jetstream import JetStream
from harness.stores.jetstream_request import JetStreamRefused


def observe(look: Look) -> StreamLive:
    """Publish one message, receive it and erase it.

    It leaves the stream's last sequence one higher, hence its place after the probes that read.
    """
    payload = f"drill probe {time.time_ns()}".encode()
    events = look.site.platform.events
    if events is None:
        raise Unread("the platform declares no stream to publish into")
    name, subject = events.stream, events.subject.replace("{n}", "0")
    with look.site.nats.connect() as jetstream:
        try:
            sequence = _published(jetstream, name, subject, payload)
        except DrillError as error:
            return StreamLive(accepted=False, delivered=False, reason=error.message)
        try:
            stream = jetstream.ask(f"STREAM.INFO.{name}")
            received = [m for batch in jetstream.messages(stream, sequence) for m in batch]
        except DrillError as error:
            return StreamLive(accepted=True, delivered=False, reason=error.message)
        finally:
            jetstream.ask(f"STREAM.MSG.DELETE.{name}", {"seq": sequence})
    if [m.payload for m in received] == [payload]:
        return StreamLive(accepted=True, delivered=True)
    return StreamLive(accepted=True, delivered=False, reason="it was not what was delivered")


def _published(jetstream: JetStream, name: str, subject: str, payload: bytes) -> int:
    headers = {"Nats-Msg-Id": payload.decode(), "Nats-Expected-Stream": name}
    answer = jetstream.wait(
        jetstream.connection.request(subject, payload, stalled_after_seconds(), headers=headers)
    )
    said = json.loads(answer.data)
    if "error" in said:
        raise JetStreamRefused("a publish", said["error"])
    return int(said["seq"])


PROBE = Probe("stream_live", "nats", StreamLive, at_backup=False, observe=observe)
