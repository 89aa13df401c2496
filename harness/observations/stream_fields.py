"""What a server says of a stream or a consumer: everything is compared, but what is listed here.

A field is named by its path in the answer to STREAM.INFO or CONSUMER.INFO; `*` stands for any text.
A field that a later version of the server adds is on no list, and so it is compared.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

_UNDECIDED: tuple[Any, ...] = (None, False, 0, -1, "", [], {}, "none")

STREAM_FIELDS_EXEMPT = {
    "type": "the kind of the answer",
    "ts": "the time of the answer",
    "total": "how many subjects a page of the answer is of",
    "offset": "where a page of the answer begins",
    "limit": "how many subjects a page of the answer holds",
    "created": "a stream made anew is told by the messages, stamps and consumers it lacks",
    "config.*": "compared setting by setting",
    "cluster*": "which servers hold the stream now",
    "alternates*": "where a client may find the stream now",
    "mirror.name": "compared as a setting",
    "mirror.filter_subject": "compared as a setting; after a restart the server leaves it out",
    "mirror.subject_transforms*": "compared as a setting; after a restart left out",
    "mirror.external*": "compared as a setting",
    "mirror.lag": "how far a mirror has followed by now",
    "mirror.active": "how long ago a mirror last heard of its origin",
    "mirror.error.*": "what a mirror last failed at; it tries again by itself",
    "sources.*.name": "compared as a setting",
    "sources.*.filter_subject": "compared as a setting; after a restart the server leaves it out",
    "sources.*.subject_transforms*": "compared as a setting; after a restart left out",
    "sources.*.external*": "compared as a setting",
    "sources.*.lag": "how far a source was followed by now",
    "sources.*.seq": "how far a source was followed by now",
    "sources.*.active": "how long ago a source was last heard of",
    "sources.*.error.*": "what following a source last failed at; it is tried again",
    "state.messages": "held against the messages that were read",
    "state.bytes": "the sum over messages, each of which is compared",
    "state.first_seq": "the first of the sequences, which are compared",
    "state.first_ts": "the stamp of the first message; stamps are compared",
    "state.last_seq": "compared with the last sequence at the backup: later messages may follow",
    "state.last_ts": "the stamp of the last message; stamps are compared",
    "state.num_subjects": "a count of subjects; each message's subject is compared",
    "state.subjects*": "a count of messages by subject; each message's subject is compared",
    "state.num_deleted": "a count of sequences that are not there; those that are, are compared",
    "state.deleted*": "sequences that are not there; those that are, are compared",
    "state.consumer_count": "consumers are compared by name",
}

CONSUMER_FIELDS_EXEMPT = {
    "type": "the kind of the answer",
    "stream_name": "the name it was asked by",
    "name": "the name it was asked by",
    "ts": "the time of the answer",
    "created": "a consumer made anew is told by where it stands",
    "config.*": "compared setting by setting",
    "cluster*": "which servers hold the consumer now",
    "delivered.*": "compared in the sequence of the stream; deliveries of the consumer count"
    " redeliveries, which timers cause; the time is of a client's last request",
    "ack_floor.*": "compared in the sequence of the stream; as of what was delivered",
    "num_ack_pending": "compared, and message by message",
    "num_redelivered": "compared message by message",
    "num_waiting": "requests of the clients that are connected now",
    "num_pending": "follows from the stream, the filter and what was delivered",
    "push_bound": "whether a client is connected now",
    "paused": "follows from the setting pause_until and the time",
    "pause_remaining": "follows from the setting pause_until and the time",
    "priority_groups*": "which clients are connected now",
}

SETTINGS_EXEMPT = {
    "metadata._nats.*": "the server's own notes of its version",
    "name": "of a durable consumer, repeats its durable name",
}


def further(info: dict[str, Any], exempt: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of an answer that no list exempts, by path; those without a value go."""
    return {
        path: value
        for path, value in sorted(leaves(info))
        if value not in _UNDECIDED and not is_exempt(path, exempt)
    }


def is_exempt(path: str, exempt: Mapping[str, str]) -> bool:
    """Tell whether a list names this field."""
    return any(fnmatchcase(path, pattern) for pattern in exempt)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value that holds no further ones, with its path; a list's items go by name."""
    if isinstance(value, dict) and value:
        items = list(value.items())
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        items = [(item.get("name", str(at)), item) for at, item in enumerate(value)]
    else:
        yield path, value
        return
    for name, item in items:
        yield from leaves(item, f"{path}.{name}" if path else name)


def normalised(config: dict[str, Any]) -> dict[str, Any]:
    """Return a stream's or consumer's configuration without what no person decided.

    The server adds its version to the metadata, repeats a consumer's durable name, and writes out
    what is not limited or not set; which of those depends on its version.
    """
    metadata = {
        key: value
        for key, value in (config.get("metadata") or {}).items()
        if not is_exempt(f"metadata.{key}", SETTINGS_EXEMPT)
    }
    decided = config | {"metadata": metadata}
    if "durable_name" in decided:
        decided.pop("name", None)
    return {key: decided[key] for key in sorted(decided) if decided[key] not in _UNDECIDED}
