"""Read every message of every stream, and where each lasting consumer stands."""

from typing import Any

from harness.core.ledger import Vector
from harness.kinds import Look, Probe
from harness.observations.streams import ConsumerState, StreamRows, StreamState
from harness.platform.accounting import DETAILED_GROUPS_AT_MOST, Scan, differing
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
    details: dict[int, list[tuple[int, int]]] = {}
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
                details = _details(jetstream, info, look, events.groups)
    return StreamRows(
        Scan(TABLE, events.groups, details),
        streams,
        consumers,
        events.unknown,
        events.unknown_sequences,
        complaints(look.site.service("nats").log),
    )


def _details(
    jetstream: JetStream, info: dict[str, Any], look: Look, groups: dict[int, Vector]
) -> dict[int, list[tuple[int, int]]]:
    wanted = differing(groups, look.ledger, look.history, TABLE)[:DETAILED_GROUPS_AT_MOST]
    if not wanted:
        return {}
    again = EventTally(detailed=frozenset(wanted))
    for batch in jetstream.messages(info):
        again.add(batch, Tally(None).add(batch))
    return again.details


PROBE = Probe("stream_rows", "nats", StreamRows, at_backup=True, observe=observe)
