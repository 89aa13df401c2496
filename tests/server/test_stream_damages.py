"""Each damage to a stream or consumer is caught by the check meant for it, and by no other."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from real_servers import Server
from stream_platform import EVENTS, Platform, findings, seeded

from harness.platform.rows import Message
from harness.platforms.made_open import rows
from harness.stores.jetstream import JetStream


@pytest.fixture
def platform(nats_server: Server, tmp_path: Path) -> Platform:
    """Give a seeded platform as it is at a backup."""
    return seeded(nats_server, tmp_path)


def test_a_deleted_message_is_lost(platform: Platform) -> None:
    """One message of 300 is missed by its number."""
    with platform.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.MSG.DELETE.EVENTS", {"seq": 17})
    assert {
        "stream_messages": "events: 1 of 300 owed messages lost (number 17)"
    } == platform.failures()


def _other_payload(message: Message) -> Message:
    return replace(message, payload=message.payload + " ")


def _other_header(message: Message) -> Message:
    return replace(message, trace="0" * 16)


def _other_subject(message: Message) -> Message:
    return replace(message, subject="events.0.elsewhere")


@pytest.mark.parametrize("damage", [_other_payload, _other_header, _other_subject])
def test_an_altered_message_is_named(
    platform: Platform, damage: Callable[[Message], Message]
) -> None:
    """A message that came back with another payload, header or subject is altered, not lost."""
    with platform.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.MSG.DELETE.EVENTS", {"seq": 20})
    # The server forgets the ids of deleted messages when it starts.
    platform.restart()
    assert [True] == platform.site.nats.publish([damage(*rows.messages(7, 20, 20))])
    assert {
        "stream_messages": "events: 1 of 300 owed messages altered (number 20)"
    } == platform.failures()


def test_a_further_header_is_an_alteration(platform: Platform) -> None:
    """All headers count, not only those that the platform sets."""
    message = rows.messages(7, 20, 20)[0]
    with platform.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.MSG.DELETE.EVENTS", {"seq": 20})
    platform.restart()
    headers = {"Nats-Msg-Id": message.message_id, "Trace-Id": message.trace, "Added": "later"}
    with platform.site.nats.connect() as jetstream:
        jetstream.wait(
            jetstream.connection.request(
                message.subject, message.payload.encode(), 5, headers=headers
            )
        )
    assert {
        "stream_messages": "events: 1 of 300 owed messages altered (number 20)"
    } == platform.failures()


def test_a_message_stored_twice_is_duplicated(platform: Platform) -> None:
    """The same event under a second sequence is one too many."""
    message = rows.messages(7, 20, 20)[0]
    with platform.site.nats.connect() as jetstream:
        config = jetstream.ask("STREAM.INFO.EVENTS")["config"]
        jetstream.ask("STREAM.UPDATE.EVENTS", config | {"duplicate_window": 100_000_000})
    platform.restart()
    assert [True] == platform.site.nats.publish([message])
    with platform.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.UPDATE.EVENTS", config)
    assert {
        "stream_messages": "events: 1 of 300 owed messages duplicated (number 20)"
    } == platform.failures()


def test_a_message_nobody_wrote_is_unexpected(platform: Platform) -> None:
    """An event beyond the ledger, and a message that is no event, are told apart."""
    stranger = Message("events.1.forged", "forged-1", "", "{}")
    assert [True, True] == platform.site.nats.publish([*rows.messages(7, 301, 301), stranger])
    assert {
        "stream_messages": "events: 1 unexpected messages (numbers 301);"
        " events: 1 messages without an event's number (first sequences 302)"
    } == platform.failures()


def test_a_purged_stream_lost_everything(platform: Platform) -> None:
    """All of 300 are lost; so are the places of the consumers, which a purge moves on."""
    with platform.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.PURGE.EVENTS")
    failures = platform.failures()
    assert {"stream_messages", "consumer_floors"} == set(failures)
    assert (
        "events: 300 of 300 owed messages lost (numbers 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 290 more)"
    ) == failures["stream_messages"]


def test_a_cut_tail_is_lost(platform: Platform) -> None:
    """A block that ends early loses its last messages, whatever the server makes of it."""

    def cut() -> None:
        (directory,) = platform.directory.glob("jetstream/*/streams/EVENTS/msgs")
        (directory / "index.db").unlink()
        block = directory / "1.blk"
        with block.open("r+b") as file:
            file.truncate(block.stat().st_size - 10)

    platform.restart(cut)
    assert {
        "stream_messages": "events: 1 of 300 owed messages lost (number 300)"
    } == platform.failures()


def test_lost_work_is_missed(platform: Platform) -> None:
    """A stream that the ledger does not follow is compared with what the backup saw."""
    with platform.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.MSG.DELETE.JOBS", {"seq": 5})
    assert {"stream_messages": "JOBS: 1 of 3 messages lost (sequence 5)"} == platform.failures()


def test_a_removed_consumer_is_absent(platform: Platform) -> None:
    """A consumer that did not come back is named."""
    with platform.site.nats.connect() as jetstream:
        jetstream.ask("CONSUMER.DELETE.EVENTS.mailer")
    assert {
        "consumers_present": "consumers: 1 of 4 absent (namely EVENTS/mailer)"
    } == platform.failures()


def remade(jetstream: JetStream, consumer: str, **settings: object) -> None:
    """Remove a consumer and create it again, with other settings where some are given."""
    config = jetstream.ask(f"CONSUMER.INFO.EVENTS.{consumer}")["config"] | settings
    jetstream.ask(f"CONSUMER.DELETE.EVENTS.{consumer}")
    request = {"stream_name": "EVENTS", "config": config}
    jetstream.ask(f"CONSUMER.DURABLE.CREATE.EVENTS.{consumer}", request)


def test_a_consumer_made_anew_begins_again(platform: Platform) -> None:
    """A consumer of the same name that starts from zero would repeat everything."""
    with platform.site.nats.connect() as jetstream:
        remade(jetstream, "indexer")
    assert {
        "consumer_floors": "consumers: 1 of 4 do not stand where they stood"
        " (namely EVENTS/indexer has ack floor 0, not 180)"
    } == platform.failures()


def test_a_changed_consumer_is_named_by_its_setting(platform: Platform) -> None:
    """Another setting is found as well as another name."""
    with platform.site.nats.connect() as jetstream:
        config = jetstream.ask("CONSUMER.INFO.EVENTS.mailer")["config"] | {"max_deliver": 2}
        request = {"stream_name": "EVENTS", "config": config}
        jetstream.ask("CONSUMER.DURABLE.CREATE.EVENTS.mailer", request)
    assert {
        "consumers_present": "consumers: 1 settings changed (namely EVENTS/mailer.max_deliver)"
    } == platform.failures()


def test_a_changed_stream_is_named_by_its_setting(platform: Platform) -> None:
    """A stream that would soon drop its history is found before it does."""
    with platform.site.nats.connect() as jetstream:
        config = jetstream.ask("STREAM.INFO.EVENTS")["config"]
        jetstream.ask("STREAM.UPDATE.EVENTS", config | {"max_age": 3600 * 10**9})
    assert {
        "stream_config": "streams: 1 settings changed (namely EVENTS.max_age)"
    } == platform.failures()


def test_a_history_published_anew_lost_its_timestamps(platform: Platform) -> None:
    """The same messages at another time are not the original history."""
    with platform.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.DELETE.EVENTS")
    platform.site.nats.ensure_streams()
    assert all(platform.site.nats.publish(rows.messages(7, 1, EVENTS)))
    assert {
        "stream_timestamps": "streams: 1 runs of messages lost their original sequences or"
        " timestamps (sequences EVENTS 1 to 4095)",
        "consumers_present": "consumers: 3 of 4 absent"
        " (namely EVENTS/auditor, EVENTS/indexer, EVENTS/mailer)",
    } == platform.failures()


def test_streams_made_by_the_hub_have_no_history(platform: Platform) -> None:
    """Without a restore everything owed is lost, though the streams are there again."""
    for stream in ("EVENTS", "JOBS"):
        with platform.site.nats.connect() as jetstream:
            jetstream.ask(f"STREAM.DELETE.{stream}")
    platform.site.nats.ensure_streams()
    failures = platform.failures()
    assert {"stream_messages", "consumers_present"} == set(failures)
    assert failures["stream_messages"].endswith("; JOBS: 3 of 3 messages lost (sequences 3 to 5)")


def test_an_empty_server_is_seen_as_it_is(platform: Platform) -> None:
    """Absent streams are findings, not an error of the probe."""
    with platform.site.nats.connect() as jetstream:
        for stream in ("EVENTS", "JOBS"):
            jetstream.ask(f"STREAM.DELETE.{stream}")
    failures = platform.failures()
    assert {"stream_messages", "stream_config", "consumers_present", "stream_live"} == set(failures)
    assert "streams: 2 of 2 absent (namely EVENTS, JOBS)" == failures["stream_config"]
    assert "EVENTS: accepts no message" == failures["stream_live"]


FILES = {
    "meta.inf": 'Missing stream metafile for "EVENTS/meta.inf"',
    "meta.sum": 'Missing stream checksum file "EVENTS/meta.sum"',
    "msgs/1.blk": "Filestore [EVENTS] Stream state detected prior state, could not locate msg block"
    " 1",
}


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named_as_the_cause(platform: Platform, file: str) -> None:
    """The server says in its log which file it missed; the finding says it again."""

    def remove() -> None:
        (directory,) = platform.directory.glob("jetstream/*/streams/EVENTS")
        (directory / file).unlink()

    platform.restart(remove)
    causes = [f.cause for f in findings(platform.case()) if f.check == "stream_messages"]
    assert causes[0].startswith(
        f"the server could not read all that was restored; it says: {FILES[file]}"
    )


def test_a_consumers_file_that_is_cut_is_named_as_the_cause(platform: Platform) -> None:
    """So with consumers."""

    def cut() -> None:
        (file,) = platform.directory.glob("jetstream/*/streams/EVENTS/obs/indexer/o.dat")
        file.write_bytes(file.read_bytes()[:1])

    platform.restart(cut)
    (cause,) = (f.cause for f in findings(platform.case()) if f.check == "consumers_present")
    assert (
        "the server could not read all that was restored; it says: Error adding consumer"
        " '$G > EVENTS > indexer': error creating store for consumer: corrupt state file (10104)"
    ) == cause
