"""What is there that was not, and what no count shows: each is caught, and by one check."""

from pathlib import Path

import pytest
from real_servers import Server
from stream_platform import Platform, seeded

from harness.platform.rows import Message
from harness.platforms.made_open import rows
from harness.stores.jetstream import JetStream


@pytest.fixture
def platform(nats_server: Server, tmp_path: Path) -> Platform:
    """Give a seeded platform as it is at a backup."""
    return seeded(nats_server, tmp_path)


def created(jetstream: JetStream, name: str, **config: object) -> None:
    """Create a stream."""
    jetstream.ask(f"STREAM.CREATE.{name}", {"name": name, **config})


ADDED: dict[str, dict[str, object]] = {
    "FORGED": {"subjects": ["forged.>"]},
    "COPY": {"mirror": {"name": "EVENTS"}},
    "GATHERED": {"sources": [{"name": "JOBS"}]},
    "KV_sessions": {"subjects": ["$KV.sessions.>"], "max_msgs_per_subject": 1},
    "OBJ_files": {"subjects": ["$O.files.C.>", "$O.files.M.>"]},
    "NOTES": {"subjects": ["notes.>"], "storage": "memory"},
}


@pytest.mark.parametrize("name", ADDED)
def test_an_added_stream_is_named(platform: Platform, name: str) -> None:
    """A stream, mirror, bucket or store of objects that was not there counts as a missing one."""
    with platform.site.nats.connect() as jetstream:
        created(jetstream, name, **ADDED[name])
    assert {
        "stream_config": f"streams: 1 that were not there before (namely {name})"
    } == platform.failures()


def test_an_added_consumer_is_named(platform: Platform) -> None:
    """A durable consumer that was not there is a finding; a client's own is none."""
    with platform.site.nats.connect() as jetstream:
        for name, config in (
            ("spy", {"durable_name": "spy"}),
            ("passing", {"name": "passing", "inactive_threshold": 60 * 10**9}),
            ("waiting", {"name": "waiting", "inactive_threshold": 7200 * 10**9}),
        ):
            request = {"stream_name": "EVENTS", "config": config | {"ack_policy": "explicit"}}
            jetstream.ask(f"CONSUMER.CREATE.EVENTS.{name}", request)
    assert {
        "consumers_present": "consumers: 2 that were not there before"
        " (namely EVENTS/spy, EVENTS/waiting)"
    } == platform.failures()


def test_work_that_nobody_gave_is_unexpected(platform: Platform) -> None:
    """One message more in a stream that the ledger does not follow is named."""
    assert [True] == platform.site.nats.publish([Message("jobs.forged", "jobs-6", "", "{}")])
    assert {"stream_messages": "JOBS: 1 unexpected messages (sequence 6)"} == platform.failures()


def test_a_copy_that_goes_on_is_no_finding(nats_server: Server, tmp_path: Path) -> None:
    """A mirror follows what is written after the backup, by itself."""
    platform = seeded(nats_server, tmp_path, COPY={"mirror": {"name": "EVENTS"}})
    platform.write(301, 310)
    with platform.site.nats.connect() as jetstream:
        platform.until(lambda: jetstream.ask("STREAM.INFO.COPY")["state"]["messages"], 310)
    assert {} == platform.failures()


HEADS = {
    "another order": "Trace-Id: {trace}\r\nNats-Msg-Id: {id}\r\n",
    "a duplicate": "Nats-Msg-Id: {id}\r\nTrace-Id: {trace}\r\nTrace-Id: {trace}\r\n",
    "a trailing blank": "Nats-Msg-Id: {id}\r\nTrace-Id: {trace} \r\n",
    "no blank": "Nats-Msg-Id:{id}\r\nTrace-Id: {trace}\r\n",
    "another case": "Nats-Msg-Id: {id}\r\ntrace-id: {trace}\r\n",
    "an empty value": "Nats-Msg-Id: {id}\r\nTrace-Id: {trace}\r\nAdded:\r\n",
}


@pytest.mark.parametrize("what", HEADS)
def test_headers_are_compared_to_the_byte(platform: Platform, what: str) -> None:
    """Order, duplicates, case, blanks and empty values of headers count."""
    message = rows.messages(7, 20, 20)[0]
    filled = HEADS[what].format(id=message.message_id, trace=message.trace)
    publish_raw(platform, message.subject, f"NATS/1.0\r\n{filled}\r\n", message.payload.encode())
    assert {
        "stream_messages": "events: 1 of 300 owed messages altered (number 20)"
    } == platform.failures()


def publish_raw(platform: Platform, subject: str, head: str, payload: bytes) -> None:
    """Store a message in the place of event 20, its headers as given."""
    with platform.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.MSG.DELETE.EVENTS", {"seq": 20})
    platform.restart()
    block = head.encode()
    with platform.site.nats.connect() as jetstream:
        before = jetstream.ask("STREAM.INFO.EVENTS")["state"]["messages"]
        sizes = f"{len(block)} {len(block) + len(payload)}"
        command = f"HPUB {subject} {sizes}\r\n".encode() + block + payload + b"\r\n"
        jetstream.wait(jetstream.connection._send_command(command))
        jetstream.wait(jetstream.connection.flush())
        platform.until(lambda: jetstream.ask("STREAM.INFO.EVENTS")["state"]["messages"], before + 1)


def answered(platform: Platform, sequence: int, how: bytes) -> None:
    """Let the indexer answer one of its five pending messages, 181 to 185, above its floor."""
    with platform.site.nats.connect() as jetstream:
        info = jetstream.ask("CONSUMER.INFO.EVENTS.indexer")
        assert (180, 5) == (info["ack_floor"]["stream_seq"], info["num_ack_pending"])
        reply = f"$JS.ACK.EVENTS.indexer.1.{sequence}.{sequence}.0.0"
        jetstream.wait(jetstream.connection.request(reply, how, 5))


@pytest.mark.parametrize("how", [b"+ACK", b"+TERM"])
def test_an_answer_above_the_floor_is_found(platform: Platform, how: bytes) -> None:
    """A message that no longer waits would never be handed out again."""
    answered(platform, 183, how)
    expected = {
        "consumer_floors": "consumers: 1 of 4 do not stand where they stood"
        " (namely EVENTS/indexer no longer waits for 183)"
    }
    assert expected == platform.failures()
    platform.restart()
    assert expected == platform.failures()


def test_a_message_handed_out_again_is_counted(platform: Platform) -> None:
    """One delivery more than at the backup is told; being due for one is not."""
    answered(platform, 183, b"-NAK")
    assert {} == platform.failures()
    with platform.site.nats.connect() as jetstream:
        jetstream.acknowledge("EVENTS", "indexer", 0, 1)
    assert {
        "consumer_floors": "consumers: 1 of 4 do not stand where they stood"
        " (namely EVENTS/indexer has redelivered 183 1 times, not 0)"
    } == platform.failures()
