"""Streams and their consumers: messages, stamps, settings, places."""

from dataclasses import replace

from ledger_samples import attempt, ledger, rows_of, scan_of

from harness.core.history import Artefact, History
from harness.observations.streams import (
    ConsumerState,
    Span,
    StreamLive,
    StreamRows,
    StreamState,
)
from literal_cases.form import Literal, case

WRITTEN = ledger(attempt("events", 1, 5))
STREAM = StreamState(
    {"name": "EVENTS"},
    *(5, 500, 1, 5, 0, 5),
    {"events.1": 5},
    {0: Span(5, 50, 500)},
    runs=[(1, 5)],
    further={"compression": "s2"},
)
INDEXER = ConsumerState({"durable_name": "indexer"}, 3, 2, 1, pending=[3], unread="", further={})


def seen(
    *lacking: int, stream: StreamState = STREAM, indexer: ConsumerState = INDEXER
) -> StreamRows:
    """Return the look at a stream of five events, but for those it lacks, and a consumer."""
    held = [row for row in rows_of("events", 1, 5) if row[0] not in lacking]
    scan = scan_of("events", held, WRITTEN, History())
    return StreamRows(scan, {"EVENTS": stream}, {"EVENTS/indexer": indexer})


BEFORE = (seen(),)
BACKED_UP = History(artefacts=[Artefact("n", "nats", "volume", "a", 1, 1, "", "tar", 1.0, 2.0)])
AGING = replace(STREAM, config={"name": "EVENTS", "max_age": 10**9})
# Beside the ledger's stream: the first two of its four messages went by their age.
JOBS = StreamState(
    {"name": "JOBS", "max_age": 10},
    *(4, 400, 1, 4, 0, 4),
    {"jobs": 4},
    {0: Span(4, 40, 400, 1, 20)},
    runs=[(1, 4)],
    further={},
)


LITERALS = {
    "stream_messages": Literal(
        fails=case(
            seen(2, 4, stream=replace(STREAM, messages=4, read=3)),
            before=BEFORE,
            written=WRITTEN,
            history=BACKED_UP,
        ),
        alarm="events: 2 of 5 owed messages lost (numbers 2, 4);"
        " EVENTS: the server claims 4 messages and hands out 3",
        counts={
            "owed": 5,
            "lost": 2,
            "gone": 0,
            "altered": 0,
            "duplicated": 0,
            "reordered": 0,
            "unexpected": 0,
            "survived": 0,
            "recovered": 0,
        },
        names=("2", "4"),
        holds=case(
            seen(stream=replace(STREAM, first_sequence=11, last_sequence=15)), written=WRITTEN
        ),
        because="messages under other sequences are all there, and that no backup promised them",
        all_clear="events: all 5 owed messages are there, unaltered, each once",
    ),
    "stream_timestamps": Literal(
        fails=case(
            seen(stream=replace(STREAM, spans={0: Span(5, 50, 501)})),
            before=BEFORE,
            written=WRITTEN,
            history=BACKED_UP,
        ),
        alarm="streams: 1 runs of messages lost their original sequences or timestamps"
        " (sequences EVENTS 1 to 4095)",
        counts={"changed": 1, "compared": 5},
        names=("EVENTS 1 to 4095",),
        holds=case(
            seen(stream=replace(STREAM, last_sequence=9, messages=9)),
            before=BEFORE,
            written=WRITTEN,
            history=BACKED_UP,
        ),
        because="messages that came after the backup are in nobody's place",
        all_clear="streams: all 5 comparable messages keep their sequences and timestamps",
    ),
    "stream_config": Literal(
        fails=case(
            seen(stream=replace(STREAM, further={"compression": "none"})),
            before=BEFORE,
            history=BACKED_UP,
        ),
        alarm="streams: 1 settings changed (namely EVENTS.compression)",
        counts={"streams": 1, "missing": 0, "unexpected": 0, "changed": 1},
        names=("EVENTS.compression: 's2' is now 'none'",),
        holds=case(
            replace(seen(), streams={"EVENTS": STREAM, "JOBS": JOBS}),
            before=BEFORE,
            history=BACKED_UP,
        ),
        because="a service creates a stream that the platform declares",
        all_clear="streams: all 1 are there, configured as before",
    ),
    "stream_live": Literal(
        fails=case(StreamLive(accepted=True, delivered=False, reason="nats: timeout")),
        alarm="EVENTS: accepted a message but did not deliver it",
        counts={"accepted": 1, "delivered": 0},
        holds=case(StreamLive(accepted=True, delivered=True, reason="at the second attempt")),
        because="a message that needs another attempt is delivered",
        all_clear="EVENTS: a message was accepted and delivered",
    ),
    "consumers_present": Literal(
        fails=case(
            replace(seen(), consumers={"EVENTS/stranger": INDEXER}),
            before=BEFORE,
            history=BACKED_UP,
        ),
        alarm="consumers: 1 of 1 absent (namely EVENTS/indexer),"
        " 1 that were not there before (namely EVENTS/stranger)",
        counts={"consumers": 1, "missing": 1, "unexpected": 1, "changed": 0},
        names=("EVENTS/indexer", "EVENTS/stranger"),
        holds=case(
            seen(indexer=replace(INDEXER, ack_floor_sequence=3, pending=[])),
            before=BEFORE,
            history=BACKED_UP,
        ),
        because="where a consumer stands is no setting",
        all_clear="consumers: all 1 are there, configured as before",
    ),
    "consumer_floors": Literal(
        fails=case(
            seen(indexer=replace(INDEXER, ack_floor_sequence=1)), before=BEFORE, history=BACKED_UP
        ),
        alarm="consumers: 1 of 1 do not stand where they stood"
        " (namely EVENTS/indexer has ack floor 1, not 2)",
        counts={"consumers": 1, "changed": 1},
        names=("EVENTS/indexer has ack floor 1, not 2",),
        holds=case(
            seen(
                stream=replace(AGING, first_sequence=5),
                indexer=replace(
                    INDEXER,
                    ack_floor_sequence=4,
                    delivered_sequence=4,
                    pending=[],
                    unacknowledged=0,
                ),
            ),
            before=(seen(stream=AGING),),
            history=BACKED_UP,
        ),
        because="messages that went by their age take the floor with them",
        all_clear="consumers: all 1 stand where they stood",
    ),
}
