"""One stream and its lasting consumers, in what the server says of them and keeps of them."""

import time
from dataclasses import replace
from typing import Any

from harness.core.errors import DrillError
from harness.observations.stream_fields import (
    CONSUMER_FIELDS_EXEMPT,
    STREAM_FIELDS_EXEMPT,
    further,
    normalised,
)
from harness.observations.streams import ConsumerState, StreamState
from harness.probes._stream_tally import RUNS_AT_MOST, Tally
from harness.site import Site
from harness.stores.jetstream import JetStream
from harness.stores.jetstream_consumer import KeptState, decoded
from harness.stores.jetstream_reading import nanoseconds

LASTING_SECONDS = 3600
"""A consumer without a durable name belongs to a client and is removed soon after it: no backup
promises it, unless it may be without its client for this long.
"""

KEPT_WITHIN_SECONDS = 3.0
"""The server writes a consumer's file some ten times a second, after it answered."""

# Where the store lies in the volume: as `store_dir` is the volume's root, or a folder of it.
_ROOTS = ("jetstream", "jetstream/jetstream", "nats/jetstream", "data/jetstream")
_POLL_SECONDS = 0.05


def stream_state(info: dict[str, Any], tally: Tally) -> StreamState:
    """Return a stream from the answer to STREAM.INFO and from what was read of it."""
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
        runs=tally.runs if len(tally.runs) <= RUNS_AT_MOST else None,
        further=further(info, STREAM_FIELDS_EXEMPT),
        seen_nanoseconds=nanoseconds(info["ts"]) if "ts" in info else 0,
    )


def consumer_states(
    jetstream: JetStream, site: Site, info: dict[str, Any]
) -> dict[str, ConsumerState]:
    """Return the lasting consumers of a stream, by `STREAM/name`; `info` answers STREAM.INFO."""
    found = {}
    stream, is_memory = info["config"]["name"], info["config"]["storage"] == "memory"
    for listed in jetstream.listed(f"CONSUMER.LIST.{stream}", "consumers"):
        if is_lasting(listed["config"]):
            name = listed["name"]
            if is_memory or listed["config"].get("mem_storage"):
                state = replace(consumer_state(listed, None), in_memory=True)
            else:
                state = _consumer(jetstream, site, stream, name)
            found[f"{stream}/{name}"] = state
    return found


def is_lasting(config: dict[str, Any]) -> bool:
    """Tell whether a consumer is there to stay, and so to be backed up."""
    if "durable_name" in config:
        return True
    seconds = config.get("inactive_threshold", 0) / 10**9
    return seconds >= LASTING_SECONDS and not config.get("mem_storage")


def consumer_state(info: dict[str, Any], kept: KeptState | None, unread: str = "") -> ConsumerState:
    """Return a consumer from the answer to CONSUMER.INFO and what is kept of it, or why not."""
    return ConsumerState(
        config=normalised(info["config"]),
        delivered_sequence=info["delivered"]["stream_seq"],
        ack_floor_sequence=info["ack_floor"]["stream_seq"],
        unacknowledged=info["num_ack_pending"],
        pending=kept.pending if kept else None,
        redelivered=kept.redelivered if kept else {},
        unread=unread,
        further=further(info, CONSUMER_FIELDS_EXEMPT),
    )


def _consumer(jetstream: JetStream, site: Site, stream: str, name: str) -> ConsumerState:
    deadline_seconds = time.monotonic() + KEPT_WITHIN_SECONDS
    while True:
        is_last = time.monotonic() > deadline_seconds
        info = jetstream.ask(f"CONSUMER.INFO.{stream}.{name}")
        try:
            kept = _kept(jetstream, site, stream, info)
        except DrillError as error:
            if is_last:
                return consumer_state(info, None, error.message)
        else:
            # The server counts what it was about to hand out again, and does not keep that.
            if is_last or len(kept.redelivered) == info["num_redelivered"]:
                return consumer_state(info, kept)
        time.sleep(_POLL_SECONDS)


def _kept(jetstream: JetStream, site: Site, stream: str, info: dict[str, Any]) -> KeptState:
    """Return what the server keeps of a consumer. Raises: DrillError: it cannot be read yet."""
    floor, delivered = info["ack_floor"]["stream_seq"], info["delivered"]["stream_seq"]
    if not info["num_ack_pending"] and not info["num_redelivered"]:
        return KeptState(floor, delivered)
    kept = decoded(_file(jetstream, site, f"streams/{stream}/obs/{info['name']}/o.dat"))
    stands = (kept.ack_floor_sequence, kept.delivered_sequence, len(kept.pending))
    if stands != (floor, delivered, info["num_ack_pending"]):
        raise DrillError("what is kept of it on disk is not what the server says")
    return kept


def _file(jetstream: JetStream, site: Site, path: str) -> bytes:
    volume = site.service("nats").volume
    account = jetstream.account()
    for root in _ROOTS:
        try:
            return volume.read(f"{root}/{account}/{path}")
        except FileNotFoundError:
            continue
    raise DrillError(f"the volume holds no {account}/{path}")
