"""Read every message of every stream, and where each durable consumer stands."""

from typing import Any

from harness.kinds import Look, Probe
from harness.observations.streams import ConsumerState, StreamRows, StreamState, normalised
from harness.platform.detailing import Detailing
from harness.platform.scan import Scan
from harness.platform.streams import EVENTS_STREAM
from harness.probes._stream_tally import EventTally, Tally
from harness.stores.jetstream import JetStream

TABLE = "events"


def observe(look: Look) -> StreamRows:
    """Read all there is; a stream that is absent is absent from the answer."""
    before = look.before.get(StreamRows)
    streams: dict[str, StreamState] = {}
    consumers: dict[str, ConsumerState] = {}
    events = EventTally()
    scan = Scan(TABLE, {})
    with look.site.nats.connect() as jetstream:
        for info in jetstream.listed("STREAM.LIST", "streams"):
            name = info["config"]["name"]
            known = before.streams.get(name) if before else None
            tally = Tally(known.last_sequence if known else None)
            for batch in jetstream.messages(info):
                contents = tally.add(batch)
                if name == EVENTS_STREAM:
                    events.add(batch, contents)
            streams[name] = _stream(info, tally)
            consumers |= _consumers(jetstream, name)
            if name == EVENTS_STREAM:
                scan = _scan(jetstream, info, look, events)
    return StreamRows(
        scan,
        streams,
        consumers,
        events.unknown,
        events.unknown_sequences,
    )


def _stream(info: dict[str, Any], tally: Tally) -> StreamState:
    state = info["state"]
    return StreamState(
        config=normalised(info["config"]),
        messages=state["messages"],
        size_bytes=state["bytes"],
        first_sequence=state["first_seq"],
        last_sequence=state["last_seq"],
        deleted=state.get("num_deleted", 0),
        read=tally.read,
        subjects=dict(tally.subjects),
        spans=tally.spans,
    )


def _consumers(jetstream: JetStream, stream: str) -> dict[str, ConsumerState]:
    return {
        f"{stream}/{info['name']}": ConsumerState(
            config=normalised(info["config"]),
            delivered_sequence=info["delivered"]["stream_seq"],
            ack_floor_sequence=info["ack_floor"]["stream_seq"],
            unacknowledged=info["num_ack_pending"],
        )
        for info in jetstream.listed(f"CONSUMER.LIST.{stream}", "consumers")
        # An ephemeral consumer belongs to a client that is connected now; no backup promises it.
        if "durable_name" in info["config"]
    }


def _scan(jetstream: JetStream, info: dict[str, Any], look: Look, events: EventTally) -> Scan:
    detailing = Detailing(TABLE, events.groups, look.ledger, look.history)
    detailing.explain({group: bytes(events.presence[group]) for group in detailing.lacking()})
    if unexplained := detailing.unexplained():
        again = EventTally(detailed=frozenset(unexplained))
        for batch in jetstream.messages(info):
            again.add(batch, Tally(None).add(batch))
        for group in again.details:
            detailing.compare(group, again.rows(group))
    return detailing.scan()


PROBE = Probe("stream_rows", "nats", StreamRows, at_backup=True, observe=observe)
