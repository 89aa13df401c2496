"""Streams, their messages and their consumers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.platform.rows import Message
from harness.platforms.made_open import rows
from harness.prove.plant import Damage, Plant
from harness.prove.workshop import Clone
from harness.runtime.embedded.volume import DirectoryVolume
from harness.stores.jetstream import JetStream

EVENTS = 210
Act = Callable[[JetStream], object]


def asking(act: Act) -> Damage:
    """Return a damage done by asking the server."""

    def inflict(clone: Clone) -> None:
        with clone.site.nats.connect() as jetstream:
            act(jetstream)

    return inflict


def published(clone: Clone, *messages: Message) -> None:
    """Publish messages; the server must take them all. Raises: RuntimeError: it did not."""
    if not all(clone.site.nats.publish(messages)):
        raise RuntimeError("the server took a message for one that it has")


def _config(jetstream: JetStream, verb: str) -> dict[str, Any]:
    config: dict[str, Any] = jetstream.ask(verb)["config"]
    return config


def _set_stream(stream: str, **settings: object) -> Damage:
    return asking(
        lambda js: js.ask(
            f"STREAM.UPDATE.{stream}", _config(js, f"STREAM.INFO.{stream}") | settings
        )
    )


def _set_consumer(consumer: str, **settings: object) -> Damage:
    def act(jetstream: JetStream) -> None:
        config = _config(jetstream, f"CONSUMER.INFO.EVENTS.{consumer}") | settings
        jetstream.ask(
            f"CONSUMER.DURABLE.CREATE.EVENTS.{consumer}",
            {"stream_name": "EVENTS", "config": config},
        )

    return asking(act)


def remade(consumer: str, stream: str = "EVENTS", **settings: object) -> Damage:
    """Return a damage: a consumer made anew, with other settings where some are given."""

    def act(jetstream: JetStream) -> None:
        config = _config(jetstream, f"CONSUMER.INFO.{stream}.{consumer}") | settings
        jetstream.ask(f"CONSUMER.DELETE.{stream}.{consumer}")
        jetstream.ask(
            f"CONSUMER.DURABLE.CREATE.{stream}.{consumer}",
            {"stream_name": stream, "config": config},
        )

    return asking(act)


def _altered(change: Callable[[Message], Message]) -> Damage:
    def inflict(clone: Clone) -> None:
        with clone.site.nats.connect() as jetstream:
            jetstream.ask("STREAM.MSG.DELETE.EVENTS", {"seq": 20})
        # The server forgets the ids of deleted messages when it starts.
        clone.restart("nats")
        published(clone, change(*rows.messages(clone.site.ledger.random, 20, 20)))

    return inflict


def _doubled(clone: Clone) -> None:
    message = rows.messages(clone.site.ledger.random, 20, 20)[0]
    with clone.site.nats.connect() as jetstream:
        config = _config(jetstream, "STREAM.INFO.EVENTS")
        short = config | {"duplicate_window": 100_000_000}
        jetstream.ask("STREAM.UPDATE.EVENTS", short)
    clone.restart("nats")
    published(clone, message)
    with clone.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.UPDATE.EVENTS", config)


def _published_anew(clone: Clone) -> None:
    with clone.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.DELETE.EVENTS")
    clone.site.nats.ensure_streams()
    published(clone, *rows.messages(clone.site.ledger.random, 1, EVENTS))


def _made_by_the_hub(clone: Clone) -> None:
    with clone.site.nats.connect() as jetstream:
        for stream in ("EVENTS", "JOBS"):
            jetstream.ask(f"STREAM.DELETE.{stream}")
    clone.site.nats.ensure_streams()


def _cut_tail(clone: Clone) -> None:
    def cut() -> None:
        volume = clone.site.stack.services["nats"].volume
        if not isinstance(volume, DirectoryVolume):
            raise TypeError("only a volume that is a directory can be cut")
        (directory,) = Path(volume.root).glob("**/streams/EVENTS/msgs")
        (directory / "index.db").unlink(missing_ok=True)
        block = max(directory.glob("*.blk"), key=lambda path: path.stat().st_size)
        with block.open("r+b") as file:
            file.truncate(block.stat().st_size * 2 // 3)

    clone.restart("nats", cut)


_MESSAGES: dict[str, Damage] = {
    "one lost": asking(lambda js: js.ask("STREAM.MSG.DELETE.EVENTS", {"seq": 17})),
    "the first lost": asking(lambda js: js.ask("STREAM.MSG.DELETE.EVENTS", {"seq": 1})),
    "the last lost": asking(lambda js: js.ask("STREAM.MSG.DELETE.EVENTS", {"seq": EVENTS})),
    "all lost": asking(lambda js: js.ask("STREAM.PURGE.EVENTS")),
    "the first half lost": asking(lambda js: js.ask("STREAM.PURGE.EVENTS", {"seq": 100})),
    "the tail of a block cut off": _cut_tail,
    "payload altered": _altered(lambda m: replace(m, payload=m.payload + " ")),
    "header altered": _altered(lambda m: replace(m, trace="0" * 16)),
    "subject altered": _altered(lambda m: replace(m, subject="events.0.elsewhere")),
    "one twice": _doubled,
    "one that nobody wrote": lambda clone: published(
        clone, Message("events.1.forged", "forged-1", "", "{}")
    ),
    "an event too many": lambda clone: published(
        clone, *rows.messages(clone.site.ledger.random, EVENTS + 1, EVENTS + 1)
    ),
    "a job lost": asking(lambda js: js.ask("STREAM.MSG.DELETE.JOBS", {"seq": 5})),
    "every job lost": asking(lambda js: js.ask("STREAM.PURGE.JOBS")),
    "a job that nobody gave": lambda clone: published(
        clone, Message("jobs.export", "jobs-99", "", "{}")
    ),
    "streams made by the hub": _made_by_the_hub,
}

_STREAM_SETTINGS: dict[str, dict[str, object]] = {
    "description": {"description": "another"},
    "subjects": {"subjects": ["events.>", "more.>"]},
    "max_msgs": {"max_msgs": 100_000},
    "max_bytes": {"max_bytes": 1 << 30},
    "max_age": {"max_age": 3600 * 10**9},
    "max_msg_size": {"max_msg_size": 100_000},
    "max_msgs_per_subject": {"max_msgs_per_subject": 100_000},
    "discard": {"discard": "new"},
    "duplicate_window": {"duplicate_window": 60 * 10**9},
    "allow_direct": {"allow_direct": False},
    "allow_rollup_hdrs": {"allow_rollup_hdrs": True},
    "deny_delete": {"deny_delete": True},
    "deny_purge": {"deny_purge": True},
    "no_ack": {"no_ack": True},
    "subject_transform": {"subject_transform": {"src": "events.x.>", "dest": "events.y.>"}},
    "republish": {"republish": {"src": "events.>", "dest": "copied.events.>"}},
    "metadata": {"metadata": {"owner": "someone"}},
    "compression": {"compression": "s2"},
    "consumer_limits": {"consumer_limits": {"max_ack_pending": 20_000}},
    "allow_msg_ttl": {"allow_msg_ttl": True},
}

_CONSUMER_SETTINGS: dict[str, dict[str, object]] = {
    "description": {"description": "another"},
    "ack_wait": {"ack_wait": 31 * 10**9},
    "max_deliver": {"max_deliver": 2},
    "filter_subject": {"filter_subject": "events.*.contact.deleted"},
    "max_ack_pending": {"max_ack_pending": 7},
    "sample_freq": {"sample_freq": "100"},
    "headers_only": {"headers_only": True},
    "max_batch": {"max_batch": 7},
    "max_expires": {"max_expires": 10**9},
    "max_bytes": {"max_bytes": 1000},
    "inactive_threshold": {"inactive_threshold": 3600 * 10**9},
    "backoff": {"backoff": [10**9, 2 * 10**9]},
    "metadata": {"metadata": {"owner": "someone"}},
}

_REMADE: dict[str, dict[str, Any]] = {
    "deliver_policy": {"deliver_policy": "new"},
    "ack_policy": {"ack_policy": "all"},
    "replay_policy": {"replay_policy": "original"},
    "deliver_subject": {"deliver_subject": "pushed", "max_waiting": 0},
    "mem_storage": {"mem_storage": True},
}


def _another_consumer(jetstream: JetStream) -> None:
    config = {"durable_name": "spy", "deliver_policy": "all", "ack_policy": "explicit"}
    jetstream.ask("CONSUMER.DURABLE.CREATE.EVENTS.spy", {"stream_name": "EVENTS", "config": config})


def _plants() -> Iterator[Plant]:
    companions = (
        "consumer_floors",
        "consumers_present",
        "stream_timestamps",
        "stream_live",
        "stream_config",
        "stream_messages",
        "rpo",
        "stores_agree",
    )
    for name, damage in _MESSAGES.items():
        yield _plant(f"messages: {name}", "stream_messages", damage, *companions)
    yield _plant(
        "messages: published anew",
        "stream_timestamps",
        _published_anew,
        "consumers_present",
        "consumer_floors",
        "stream_config",
        "stream_messages",
    )
    for setting, settings in _STREAM_SETTINGS.items():
        yield _plant(
            f"stream: {setting} changed",
            "stream_config",
            _set_stream("EVENTS", **settings),
            "stream_live",
            "consumers_present",
        )
    yield _plant(
        "stream: absent",
        "stream_config",
        asking(lambda js: js.ask("STREAM.DELETE.EVENTS")),
        *companions,
    )
    yield _plant(
        "stream: of jobs absent",
        "stream_config",
        asking(lambda js: js.ask("STREAM.DELETE.JOBS")),
        *companions,
    )
    yield _plant(
        "stream: another",
        "stream_config",
        asking(
            lambda js: js.ask(
                "STREAM.CREATE.SPY", {"name": "SPY", "subjects": ["spy.>"], "storage": "file"}
            )
        ),
        *companions,
    )
    yield _plant(
        "stream: takes nothing", "stream_live", _set_stream("EVENTS", sealed=True), "stream_config"
    )
    yield _plant(
        "stream: absent, takes nothing",
        "stream_live",
        asking(lambda js: js.ask("STREAM.DELETE.EVENTS")),
        *companions,
    )
    for setting, settings in _CONSUMER_SETTINGS.items():
        yield _plant(
            f"consumer: {setting} changed",
            "consumers_present",
            _set_consumer("mailer", **settings),
            "consumer_floors",
        )
    for setting, settings in _REMADE.items():
        yield _plant(
            f"consumer: made anew with another {setting}",
            "consumers_present",
            remade("mailer", "EVENTS", **settings),
            "consumer_floors",
        )
    yield _plant(
        "consumer: absent",
        "consumers_present",
        asking(lambda js: js.ask("CONSUMER.DELETE.EVENTS.mailer")),
        "consumer_floors",
    )
    yield _plant(
        "consumer: of jobs absent",
        "consumers_present",
        asking(lambda js: js.ask("CONSUMER.DELETE.JOBS.worker")),
        "consumer_floors",
    )
    yield _plant(
        "consumer: another", "consumers_present", asking(_another_consumer), "consumer_floors"
    )
    for consumer in ("indexer", "auditor", "mailer"):
        yield _plant(
            f"consumer: {consumer} begins again",
            "consumer_floors",
            remade(consumer),
            "consumers_present",
        )
    yield _plant(
        "consumer: asked for work, nothing acknowledged",
        "consumer_floors",
        asking(lambda js: js.acknowledge("EVENTS", "indexer", 0, 3)),
    )
    yield _plant(
        "consumer: moved on",
        "consumer_floors",
        asking(lambda js: js.acknowledge("EVENTS", "auditor", 5, 0)),
    )


def _plant(name: str, check: str, damage: Damage, *also: str) -> Plant:
    return Plant(name, "nats", check, damage, companions=also, needs=("nats",))


PLANTS = list(_plants())
