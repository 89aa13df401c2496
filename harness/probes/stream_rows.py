"""Read every message of every stream, and where each lasting consumer stands."""

from typing import Any

from harness.kinds import Look, Probe
from harness.observations.streams import ConsumerState, StreamRows, StreamState
from harness.platform.detailing import Detailing
from harness.platform.scan import Scan
from harness.platform.streams import EVENTS_STREAM
from harness.probes._stream_log import complaints
from harness.probes._stream_states import consumer_states, stream_state
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
        for listed in jetstream.listed("STREAM.LIST", "streams"):
            name = listed["config"]["name"]
            info = jetstream.ask(f"STREAM.INFO.{name}")
            known = before.streams.get(name) if before else None
            tally = Tally(known.last_sequence if known else None)
            for batch in jetstream.messages(info):
                contents = tally.add(batch)
                if name == EVENTS_STREAM:
                    events.add(batch, contents)
            streams[name] = stream_state(info, tally)
            consumers |= consumer_states(jetstream, look.site, info)
            if name == EVENTS_STREAM:
                scan = _scan(jetstream, info, look, events)
    return StreamRows(
        scan,
        streams,
        consumers,
        events.unknown,
        events.unknown_sequences,
        complaints(look.site.service("nats").log),
    )


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
