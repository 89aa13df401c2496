"""The NATS client against a real server: readiness, streams, publishing, consumers, backups."""

import logging
import time
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest
from real_servers import Server

from harness.core.errors import DrillError
from harness.core.ports import Endpoint
from harness.platforms.made_open.rows import messages
from harness.stores.jetstream_reading import ByConsumer, BySequence, nanoseconds
from harness.stores.jetstream_snapshot import ARCHIVE, META_FILE, restore, snapshot
from harness.stores.nats import NatsStore

CREATED_CONTACTS = 26
"""Of the first hundred events under random 7, those that the mailer's filter takes."""


def test_ready_says_why_nothing_answers(caplog: pytest.LogCaptureFixture) -> None:
    """An absent server is a reason, told at once and logged nowhere."""
    caplog.set_level(logging.DEBUG)
    begun_seconds = time.monotonic()
    reason = NatsStore(lambda: Endpoint("127.0.0.1", 1)).ready()
    assert "nats: [Errno 111] Connect call failed ('127.0.0.1', 1)" == reason
    assert time.monotonic() - begun_seconds < 1
    assert [] == [record for record in caplog.records if record.name.startswith("nats")]


def test_a_wrong_token_is_not_ready(nats_server: Server, nats_store: NatsStore) -> None:
    """Readiness means that this drill's own client is let in."""
    stranger = NatsStore(lambda: replace(nats_server.at, secret="guessed"))
    assert "nats: 'Authorization Violation'" == stranger.ready()
    assert nats_store.ready() is None


def test_ensure_streams_leaves_what_exists(nats_store: NatsStore) -> None:
    """Only missing streams are created; a stream that a person changed stays changed."""
    assert ["EVENTS", "JOBS"] == nats_store.ensure_streams()
    with nats_store.connect() as jetstream:
        config = jetstream.ask("STREAM.INFO.EVENTS")["config"]
        jetstream.ask("STREAM.UPDATE.EVENTS", config | {"description": "changed by hand"})
        jetstream.ask("STREAM.DELETE.JOBS")
    assert ["JOBS"] == nats_store.ensure_streams()
    with nats_store.connect() as jetstream:
        config = jetstream.ask("STREAM.INFO.EVENTS")["config"]
    assert "changed by hand" == config["description"]


def test_publish_tells_what_was_stored(nats_store: NatsStore) -> None:
    """A message is stored once and in order; a duplicate is not stored again."""
    nats_store.create()
    assert [True] * 60 == nats_store.publish(messages(7, 1, 60))
    assert [False] * 10 + [True] * 40 == nats_store.publish(messages(7, 51, 100))
    with nats_store.connect() as jetstream:
        stream = jetstream.ask("STREAM.INFO.EVENTS")
        stored = [message for batch in jetstream.messages(stream) for message in batch]
    assert [
        (m.subject, m.message_id, m.trace, m.payload.encode()) for m in messages(7, 1, 100)
    ] == [(m.subject, m.header("Nats-Msg-Id"), m.header("Trace-Id"), m.payload) for m in stored]


def test_publish_without_a_stream_stores_nothing(nats_store: NatsStore) -> None:
    """A subject that no stream takes is no acknowledged write."""
    assert [False, False] == nats_store.publish(messages(7, 1, 2))


def test_a_kill_takes_nothing_that_was_acknowledged(
    nats_server: Server, nats_store: NatsStore
) -> None:
    """What publish calls stored is stored, though the server was killed in the middle of it."""
    nats_store.create()
    process = nats_server._process
    assert process is not None
    killer = Timer(0.3, process.kill)
    published = messages(7, 1, 50_000)
    killer.start()
    stored = nats_store.publish(published)
    process.wait()
    nats_server.start(nats_store.ready)
    with nats_store.connect() as jetstream:
        stream = jetstream.ask("STREAM.INFO.EVENTS")
        held = {m.header("Nats-Msg-Id") for batch in jetstream.messages(stream) for m in batch}
    acknowledged = {m.message_id for m, was in zip(published, stored, strict=True) if was}
    assert 0 < len(acknowledged) < len(published)
    assert set() == acknowledged - held


def test_consumers_stand_part_way(nats_store: NatsStore) -> None:
    """Each consumer has acknowledged its declared part, and left its declared rest unanswered."""
    nats_store.create()
    nats_store.publish(messages(7, 1, 100))
    nats_store.advance_consumers()
    with nats_store.connect() as jetstream:
        stands = {
            info["name"]: (info["delivered"]["consumer_seq"], info["num_ack_pending"])
            for stream in ("EVENTS", "JOBS")
            for info in jetstream.listed(f"CONSUMER.LIST.{stream}", "consumers")
        }
    assert {
        "indexer": (65, 5),
        "mailer": (CREATED_CONTACTS * 30 // 100 + 2, 2),
        "auditor": (90, 0),
        "worker": (3, 1),
    } == stands


def test_both_ways_of_reading_agree(nats_store: NatsStore) -> None:
    """Stamps to the nanosecond, headers and payloads are the same however they are read."""
    nats_store.create()
    nats_store.publish(messages(7, 1, 300))
    with nats_store.connect() as jetstream:
        jetstream.ask("STREAM.MSG.DELETE.EVENTS", {"seq": 150})
        read = []
        for way in (ByConsumer, BySequence):
            reading = way(jetstream.connection, "EVENTS", 1)
            found = []
            while batch := jetstream.wait(reading.batch()):
                found += batch
            jetstream.wait(reading.close())
            read.append(found)
    assert 299 == len(read[0])
    assert read[0] == read[1]


def test_reading_leaves_no_trace(nats_store: NatsStore) -> None:
    """A stream and its list of consumers are the same after it was read."""
    nats_store.create()
    nats_store.publish(messages(7, 1, 10))
    with nats_store.connect() as jetstream:
        before = jetstream.ask("STREAM.INFO.EVENTS")
        assert 10 == sum(len(batch) for batch in jetstream.messages(before))
        after = jetstream.ask("STREAM.INFO.EVENTS")
    assert before | {"ts": ""} == after | {"ts": ""}


def test_server_times_keep_their_nanoseconds() -> None:
    """Trailing zeros, which the server leaves out, are not lost."""
    assert 1_795_344_524_802_501_136 == nanoseconds("2026-11-22T10:48:44.802501136Z")
    assert 1_795_344_524_800_000_000 == nanoseconds("2026-11-22T10:48:44.8Z")
    assert 1_795_344_524_000_000_000 == nanoseconds("2026-11-22T10:48:44Z")


def backed_up(store: NatsStore, directory: Path) -> None:
    """Leave a backup of a stream of 100 events in a directory."""
    store.create()
    store.publish(messages(7, 1, 100))
    with store.connect() as jetstream:
        snapshot(jetstream, "EVENTS", directory)


def test_a_stream_is_restored_only_where_there_is_none(
    nats_store: NatsStore, tmp_path: Path
) -> None:
    """The order trap: a hub that started first has made the stream, and the restore is refused."""
    backed_up(nats_store, tmp_path / "events")
    with nats_store.connect() as jetstream, pytest.raises(DrillError) as refused:
        restore(jetstream, "EVENTS", tmp_path / "events")
    assert (
        "nats: EVENTS cannot be restored: it exists already\n"
        "HINT: Restore before the hub starts, which creates the streams that are missing."
    ) == str(refused.value)


def test_a_truncated_archive_is_refused(nats_store: NatsStore, tmp_path: Path) -> None:
    """A backup that was cut short is an error, never a smaller stream."""
    directory = tmp_path / "events"
    backed_up(nats_store, directory)
    whole = (directory / ARCHIVE).read_bytes()
    (directory / ARCHIVE).write_bytes(whole[: len(whole) // 2])
    with nats_store.connect() as jetstream:
        jetstream.ask("STREAM.DELETE.EVENTS")
        with pytest.raises(DrillError, match=r"^nats: the restore of EVENTS was refused: "):
            restore(jetstream, "EVENTS", directory)
        assert ["JOBS"] == jetstream.ask("STREAM.NAMES")["streams"]


MISSING = {
    META_FILE: "nats: the backup of EVENTS has no backup.json\n"
    "HINT: It is written last: the backup broke off, or lost it.",
    ARCHIVE: "nats: the backup of EVENTS has no stream.arc.s2, and no stream.tar.s2",
}


@pytest.mark.parametrize("file", MISSING)
def test_a_backup_without_one_of_its_files_is_refused(
    nats_store: NatsStore, tmp_path: Path, file: str
) -> None:
    """A backup that broke off is not restored, and the file that it lacks is named."""
    directory = tmp_path / "events"
    backed_up(nats_store, directory)
    (directory / file).unlink()
    with nats_store.connect() as jetstream, pytest.raises(DrillError) as refused:
        restore(jetstream, "EVENTS", directory)
    assert MISSING[file] == str(refused.value)


def test_a_damaged_description_is_named(nats_store: NatsStore, tmp_path: Path) -> None:
    """A backup whose description is no JSON, or lacks the count of messages, is not restored."""
    directory = tmp_path / "events"
    backed_up(nats_store, directory)
    for content in ("{", "[]", '{"state": {}}'):
        (directory / META_FILE).write_text(content, encoding="utf-8")
        with nats_store.connect() as jetstream, pytest.raises(DrillError) as refused:
            restore(jetstream, "EVENTS", directory)
        assert refused.value.message.startswith(
            "nats: the backup of EVENTS has an unreadable backup.json: "
        )
