"""Read every message of every stream, and where each lasting consumer stands."""

from dataclasses import replace
from typing import Any

from harness.kinds import Look, Probe
from harness.observations.streams import ConsumerState, StreamRows, StreamState
from harness.platform.accounting import remade
from harness.platform.detailing import Detailing
from harness.platform.numbered import NumberedRows, TriedRows
from harness.platform.own_code import sources
from harness.platform.rows import MESSAGES_TABLE, event_source, messages_about
from harness.platform.scan import Scan
from harness.platform.streams import events_stream
from harness.probes._stream_log import complaints
from harness.probes._stream_states import consumer_states, stream_state
from harness.probes._stream_tally import EventTally, Tally
from harness.stores.jetstream import JetStream

TABLE = MESSAGES_TABLE


def observe(look: Look) -> StreamRows:
    """Read all there is; a stream that is absent is absent from the answer."""
    before = look.before.get(StreamRows)
    streams: dict[str, StreamState] = {}
    consumers: dict[str, ConsumerState] = {}
    events = EventTally()
    ledgered = events_stream(look.site.platform)
    scan = _remade(Scan(TABLE, {}), look, _rows(look))
    with look.site.nats.connect() as jetstream:
        for listed in jetstream.listed("STREAM.LIST", "streams"):
            name = listed["config"]["name"]
            info = jetstream.ask(f"STREAM.INFO.{name}")
            known = before.streams.get(name) if before else None
            tally = Tally(known.last_sequence if known else None)
            for batch in jetstream.messages(info):
                contents = tally.add(batch)
                if name == ledgered:
                    events.add(batch, contents)
            streams[name] = stream_state(info, tally)
            consumers |= consumer_states(jetstream, look.site, info)
            if name == ledgered:
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
    rows = _rows(look)
    detailing = Detailing(TABLE, events.groups, look.ledger, look.history, rows)
    detailing.explain({group: bytes(events.presence[group]) for group in detailing.lacking()})
    if unexplained := detailing.unexplained():
        again = EventTally(detailed=frozenset(unexplained))
        for batch in jetstream.messages(info):
            again.add(batch, Tally(None).add(batch))
        for group in again.details:
            detailing.compare(group, again.rows(group))
    return _remade(detailing.scan(), look, rows)


def _rows(look: Look) -> TriedRows:
    """Return the messages as they were published."""
    source = sources(look.site.platform).get(MESSAGES_TABLE) or event_source("", messages_about(""))
    return NumberedRows(source, look.ledger.random)


def _remade(scan: Scan, look: Look, rows: TriedRows) -> Scan:
    if look.site.platform.is_ours:
        return scan
    return replace(scan, remade=rows.digests(remade(scan, look.ledger, look.history)))


PROBE = Probe("stream_rows", "nats", StreamRows, at_backup=True, observe=observe)
