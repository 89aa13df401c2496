"""Streams and consumers with as many settings as a server takes."""

from typing import Any

from harness.stores.jetstream import JetStream

SECOND = 10**9

STREAMS: dict[str, dict[str, Any]] = {
    "RICH": {
        "description": "as much as a stream can have",
        "subjects": ["rich.>"],
        "max_msgs": 1000,
        "max_bytes": 1 << 20,
        "max_age": 3600 * SECOND,
        "max_msg_size": 1000,
        "max_msgs_per_subject": 10,
        "max_consumers": 10,
        "discard": "new",
        "discard_new_per_subject": True,
        "duplicate_window": 60 * SECOND,
        "no_ack": False,
        "compression": "s2",
        "first_seq": 100,
        "allow_direct": True,
        "allow_rollup_hdrs": True,
        "allow_msg_ttl": True,
        "subject_delete_marker_ttl": 60 * SECOND,
        "deny_delete": True,
        "subject_transform": {"src": "rich.a.>", "dest": "rich.b.>"},
        "republish": {"src": "rich.>", "dest": "again.>", "headers_only": True},
        "consumer_limits": {"inactive_threshold": 9000 * SECOND},
        "metadata": {"owner": "billing"},
    },
    # The server itself refuses to follow a stream with this limit.
    "LIMITED": {"subjects": ["limited.>"], "consumer_limits": {"max_ack_pending": 100}},
    "WORK": {"subjects": ["work.>"], "retention": "workqueue", "storage": "file"},
    "COPY": {"mirror": {"name": "RICH", "filter_subject": "rich.b.>"}, "mirror_direct": True},
    "GATHERED": {
        "sources": [
            {"name": "RICH", "subject_transforms": [{"src": "rich.>", "dest": "gathered.>"}]},
            {"name": "WORK", "opt_start_seq": 1},
        ],
        "storage": "memory",
    },
}

CONSUMERS: dict[str, dict[str, Any]] = {
    "puller": {
        "description": "as much as a pulling consumer can have",
        "deliver_policy": "by_start_sequence",
        "opt_start_seq": 100,
        "ack_policy": "explicit",
        "ack_wait": 30 * SECOND,
        "max_deliver": 4,
        "backoff": [SECOND, 2 * SECOND],
        "filter_subjects": ["rich.a.>", "rich.b.>"],
        "replay_policy": "instant",
        "sample_freq": "50%",
        "max_waiting": 100,
        "max_ack_pending": 50,
        "max_batch": 20,
        "max_expires": 10 * SECOND,
        "max_bytes": 1000,
        "inactive_threshold": 7200 * SECOND,
        "metadata": {"owner": "billing"},
        "pause_until": "2099-01-01T00:00:00Z",
        "priority_groups": ["first"],
        "priority_policy": "overflow",
    },
    "pushed": {
        "deliver_policy": "all",
        "deliver_subject": "pushed.to",
        "deliver_group": "group",
        "ack_policy": "all",
        "ack_wait": 30 * SECOND,
        "filter_subject": "rich.b.x",
        "headers_only": True,
        "rate_limit_bps": 1000,
        "max_deliver": -1,
    },
    "flowing": {
        "deliver_subject": "flowing.to",
        "ack_policy": "explicit",
        "flow_control": True,
        "idle_heartbeat": 5 * SECOND,
    },
}


def create_consumers(jetstream: JetStream) -> None:
    """Create the rich consumers of the stream RICH."""
    for name, config in CONSUMERS.items():
        request = {"stream_name": "RICH", "config": {"durable_name": name, **config}}
        jetstream.ask(f"CONSUMER.DURABLE.CREATE.RICH.{name}", request)


def publish(jetstream: JetStream) -> None:
    """Publish a message into each stream that takes any."""
    for subject in ("rich.a.x", "rich.b.x", "work.x"):
        jetstream.wait(jetstream.connection.request(subject, b"{}", 5))
