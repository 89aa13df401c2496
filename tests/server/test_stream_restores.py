"""Clean restarts and restores of streams pass every check, however often."""

import shutil
import tarfile
import time
from pathlib import Path

import pytest
from real_servers import Server
from rich_streams import STREAMS, create_consumers, publish
from stream_platform import EVENTS, Platform, findings, seeded, seen_at_backup

from harness.core.errors import Unread
from harness.stores.jetstream_snapshot import restore, snapshot


@pytest.fixture
def platform(nats_server: Server, tmp_path: Path) -> Platform:
    """Give a seeded platform as it is at a backup."""
    return seeded(nats_server, tmp_path)


def archive(platform: Platform) -> None:
    """Tar the store, empty its directory, and unpack the tar again."""
    target = platform.directory.with_suffix(".tar.gz")
    with tarfile.open(target, "w:gz") as tar:
        tar.add(platform.directory, "jetstream")
    platform.directory.rename(platform.directory.with_name("lost"))
    with tarfile.open(target) as tar:
        tar.extractall(platform.directory.parent)  # noqa: S202 - what was put in above


def test_an_untouched_platform_passes(platform: Platform) -> None:
    """What nothing happened to gives no failure, and every check applies."""
    assert {
        "stream_messages": "events: all 300 owed messages are there, unaltered, each once",
        "stream_timestamps": "streams: all 303 comparable messages keep their sequences and"
        " timestamps",
        "stream_config": "streams: all 2 are there, configured as before",
        "stream_live": "EVENTS: a message was accepted and delivered",
        "consumers_present": "consumers: all 4 are there, configured as before",
        "consumer_floors": "consumers: all 4 stand where they stood",
    } == {finding.check: finding.summary for finding in findings(platform.case())}


def test_a_clean_restart_passes_again_and_again(platform: Platform) -> None:
    """Neither a restart nor the live probe of the look before it is taken for a damage."""
    for _ in range(3):
        platform.restart()
        assert {} == platform.failures()


def test_a_restored_volume_passes(platform: Platform) -> None:
    """A store archived while stopped and unpacked elsewhere holds what it held."""
    platform.restart(lambda: archive(platform))
    assert {} == platform.failures()
    platform.write(EVENTS + 1, EVENTS + 50)
    assert {} == platform.failures()


def test_answers_that_are_due_are_no_finding(nats_server: Server, tmp_path: Path) -> None:
    """Timers of pending messages run out by themselves, also while the server is stopped."""
    platform = seeded(nats_server, tmp_path, QUICK={"subjects": ["quick.>"]})
    config = {"durable_name": "slow", "ack_policy": "explicit", "ack_wait": 10**8, "max_deliver": 1}
    with platform.site.nats.connect() as jetstream:
        for _ in range(3):
            jetstream.wait(jetstream.connection.request("quick.x", b"", 5))
        request = {"stream_name": "QUICK", "config": config}
        jetstream.ask("CONSUMER.DURABLE.CREATE.QUICK.slow", request)
        jetstream.acknowledge("QUICK", "slow", 1, 1)
    platform.before = seen_at_backup(platform.site)
    time.sleep(0.5)
    assert {} == platform.failures()
    platform.restart(lambda: archive(platform))
    time.sleep(0.5)
    assert {} == platform.failures()


@pytest.fixture
def rich_platform(nats_server: Server, tmp_path: Path) -> Platform:
    """Give a platform with rich streams, mirrors and consumers, as it is at a backup."""
    kept = {name: config for name, config in STREAMS.items() if config.get("storage") != "memory"}
    platform = seeded(nats_server, tmp_path, **kept)
    with platform.site.nats.connect() as jetstream:
        publish(jetstream)
        create_consumers(jetstream)
        platform.until(lambda: jetstream.ask("STREAM.INFO.COPY")["state"]["messages"], 2)
    platform.before = seen_at_backup(platform.site)
    assert {} == platform.failures()
    return platform


def test_rich_streams_pass(rich_platform: Platform) -> None:
    """Every setting, mirror and kind of consumer comes back from a volume as it was."""
    for _ in range(2):
        rich_platform.restart(lambda: archive(rich_platform))
        assert {} == rich_platform.failures()
        shutil.rmtree(rich_platform.directory.with_name("lost"))


def test_restored_rich_streams_pass(rich_platform: Platform, tmp_path: Path) -> None:
    """And over the API, all streams removed before the first comes back."""
    with rich_platform.site.nats.connect() as jetstream:
        names = sorted(rich_platform.look().streams)
        for name in names:
            snapshot(jetstream, name, tmp_path / name)
        for name in names:
            jetstream.ask(f"STREAM.DELETE.{name}")
        for name in names:
            restore(jetstream, name, tmp_path / name)
    assert {} == rich_platform.failures()


def test_consumers_kept_in_memory_are_compared_in_numbers(
    nats_server: Server, tmp_path: Path
) -> None:
    """Which messages they wait for is in no file; that they wait for as many is known."""
    platform = seeded(nats_server, tmp_path, NOTES={"subjects": ["notes"], "storage": "memory"})
    request = {"stream_name": "NOTES", "config": {"durable_name": "slow", "ack_policy": "explicit"}}
    with platform.site.nats.connect() as jetstream:
        for _ in range(4):
            jetstream.wait(jetstream.connection.request("notes", b"", 5))
        jetstream.ask("CONSUMER.DURABLE.CREATE.NOTES.slow", request)
        jetstream.acknowledge("NOTES", "slow", 1, 2)
    platform.before = seen_at_backup(platform.site)
    assert {} == platform.failures()
    with platform.site.nats.connect() as jetstream:
        jetstream.wait(jetstream.connection.request("$JS.ACK.NOTES.slow.1.3.3.0.0", b"+ACK", 5))
    assert {
        "consumer_floors": "consumers: 1 of 5 do not stand where they stood"
        " (namely NOTES/slow has 1 pending messages, not 2)"
    } == platform.failures()


def test_messages_that_grew_too_old_are_no_finding(nats_server: Server, tmp_path: Path) -> None:
    """They go by themselves, also from a backup; what was not old enough is lost, and what stayed
    beside them is not told to be as it was.
    """
    platform = seeded(nats_server, tmp_path, BRIEF={"subjects": ["brief.>"], "max_age": 3 * 10**9})
    with platform.site.nats.connect() as jetstream:

        def published(count: int) -> None:
            for _ in range(count):
                jetstream.wait(jetstream.connection.request("brief.x", b"", 5))

        published(3)
        config = {"durable_name": "slow", "ack_policy": "explicit"}
        request = {"stream_name": "BRIEF", "config": config}
        jetstream.ask("CONSUMER.DURABLE.CREATE.BRIEF.slow", request)
        jetstream.acknowledge("BRIEF", "slow", 1, 1)
        time.sleep(2.2)
        published(3)
    platform.before = seen_at_backup(platform.site)
    time.sleep(0.9)
    platform.restart(lambda: archive(platform))
    with pytest.raises(Unread, match="BRIEF: messages went by their age"):
        platform.failures()
    with platform.site.nats.connect() as jetstream:
        jetstream.ask("STREAM.MSG.DELETE.BRIEF", {"seq": 5})
    failures = platform.failures()
    # Twice as long as any of them may get, on a machine however busy.
    time.sleep(4.4)
    assert {"stream_messages": "BRIEF: 1 of 6 messages lost (sequence 5)"} == failures
    assert {} == platform.failures()


def test_a_killed_server_passes(platform: Platform) -> None:
    """What a server had acknowledged before it was killed is there after its next start."""
    # Where a consumer stands is written ten times a second only.
    time.sleep(0.3)
    assert platform.server._process is not None
    platform.server._process.kill()
    platform.server._process.wait()
    platform.server.start(platform.site.nats.ready)
    assert {} == platform.failures()


def test_restored_streams_pass(platform: Platform, tmp_path: Path) -> None:
    """Backups over the API bring back messages, stamps, settings and consumers alike."""
    for turn in range(2):
        with platform.site.nats.connect() as jetstream:
            for stream in ("EVENTS", "JOBS"):
                directory = tmp_path / f"{stream}-{turn}"
                snapshot(jetstream, stream, directory)
                jetstream.ask(f"STREAM.DELETE.{stream}")
                restore(jetstream, stream, directory)
        assert {} == platform.failures()
