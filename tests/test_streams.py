"""Streams before and after: restores that must pass, and damages that a named check must catch."""

import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from conftest import Server, site_of
from harness.checks import CHECKS
from harness.core.case import Case, NotApplicable
from harness.core.finding import Finding
from harness.core.ledger import Attempt, Outcome
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.kinds import Look
from harness.platform import rows
from harness.platform.accounting import Scan
from harness.platform.rows import Message
from harness.probes import PROBES
from harness.probes.stream_live import StreamLive
from harness.probes.stream_rows import ConsumerState, StreamRows, StreamState, normalised
from harness.site import Site
from harness.stores.jetstream import JetStream
from harness.stores.jetstream_snapshot import restore, snapshot

EVENTS = 300
STREAM_CHECKS = [check for check in CHECKS.values() if check.store == "nats"]


@dataclass
class Platform:
    """A seeded NATS server, what was seen of it then, and the means to damage it."""

    server: Server
    site: Site
    directory: Path
    before: Observations

    def restart(self, between: Callable[[], None] = lambda: None) -> None:
        """Stop the server in order, do something to its directory, and start it."""
        self.server.stop()
        between()
        self.server.start(self.site.nats.ready)

    def write(self, first: int, last: int) -> None:
        """Publish events and record them as acknowledged."""
        messages = rows.messages(7, first, last)
        assert all(self.site.nats.publish(messages))
        now_seconds = self.site.clock.now_seconds()
        groups = rows.vectors(first, [message.line for message in messages])
        self.site.ledger.record(
            Attempt("events", first, last, 0, now_seconds, Outcome.ACKNOWLEDGED, groups)
        )

    def case(self) -> Case:
        """Look at the streams as at the end of a drill."""
        look = Look(self.site, self.site.ledger, self.site.history, self.before)
        after = Observations()
        for probe in ("stream_rows", "stream_live"):
            after.put(PROBES[probe].observe(look))
        return Case(self.site.ledger, self.site.history, self.before, after)

    def failures(self) -> dict[str, str]:
        """Return the summary of each check that fails now, by its id."""
        found = {f.check: f for f in findings(self.case())}
        assert Verdict.UNVERIFIED not in {f.verdict for f in found.values()}
        return {name: f.summary for name, f in found.items() if f.verdict is Verdict.FAIL}


def findings(case: Case) -> list[Finding]:
    """Return what each stream check finds, those that apply."""
    found = []
    for check in STREAM_CHECKS:
        try:
            found.append(check.judge(check, case))
        except NotApplicable:
            continue
    return found


def seen_at_backup(site: Site) -> Observations:
    """Look at the streams as at a backup."""
    before = Observations()
    look = Look(site, site.ledger, site.history, before)
    before.put(PROBES["stream_rows"].observe(look))
    return before


@pytest.fixture
def platform(nats_server: Server, tmp_path: Path) -> Platform:
    """Give a platform with 300 events, its consumers part-way, as it is at a backup."""
    site = site_of(tmp_path, nats=nats_server.at)
    found = Platform(nats_server, site, tmp_path / "jetstream", Observations())
    site.nats.create()
    found.write(1, EVENTS)
    site.nats.advance_consumers()
    found.before = seen_at_backup(site)
    return found


def archive(platform: Platform) -> None:
    """Tar the store, empty its directory, and unpack the tar again."""
    target = platform.directory.with_suffix(".tar.gz")
    with tarfile.open(target, "w:gz") as tar:
        tar.add(platform.directory, "jetstream")
    platform.directory.rename(platform.directory.with_name("lost"))
    with tarfile.open(target) as tar:
        tar.extractall(platform.directory.parent, filter="data")


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
        "stream_messages": "events: 1 messages that were never acknowledged (numbers 301);"
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
    assert {
        "stream_messages": "JOBS: 1 of 3 messages lost (subjects jobs.export)"
    } == platform.failures()


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
    assert failures["stream_messages"].endswith(
        "; JOBS: 3 of 3 messages lost (subjects jobs.export, jobs.reindex)"
    )


def test_an_empty_server_is_seen_as_it_is(platform: Platform) -> None:
    """Absent streams are findings, not an error of the probe."""
    with platform.site.nats.connect() as jetstream:
        for stream in ("EVENTS", "JOBS"):
            jetstream.ask(f"STREAM.DELETE.{stream}")
    failures = platform.failures()
    assert {"stream_messages", "stream_config", "consumers_present", "stream_live"} == set(failures)
    assert "streams: 2 of 2 absent (namely EVENTS, JOBS)" == failures["stream_config"]
    assert "EVENTS: accepts no message" == failures["stream_live"]


def literal(**changes: object) -> StreamRows:
    """Return an observation of one stream of five messages and one consumer half-way."""
    stream = StreamState({"name": "EVENTS"}, 5, 500, 1, 5, 0, 5, {"events.1": 5}, {})
    consumer = ConsumerState({"durable_name": "indexer"}, 3, 2, 1)
    seen = StreamRows(Scan("events", {}), {"EVENTS": stream}, {"EVENTS/indexer": consumer})
    return replace(seen, **changes)  # type: ignore[arg-type]  # each test names a field


def judged(check_id: str, site: Site, before: StreamRows | None, *after: object) -> Finding:
    """Return what a check finds in observations."""
    earlier, later = Observations(), Observations()
    if before is not None:
        earlier.put(before)
    for observation in after:
        later.put(observation)
    check = CHECKS[check_id]
    return check.judge(check, Case(site.ledger, site.history, earlier, later))


def test_a_stream_without_events_holds_nothing_owed(tmp_path: Path) -> None:
    """A platform that never published is no false alarm."""
    finding = judged("stream_messages", site_of(tmp_path), literal(), literal())
    assert (Verdict.PASS, "events: no events were written") == (finding.verdict, finding.summary)


def test_a_server_that_claims_more_than_it_has_fails(tmp_path: Path) -> None:
    """The server's count is not trusted: messages are counted as they are read."""
    stream = replace(literal().streams["EVENTS"], read=3)
    seen = literal(streams={"EVENTS": stream})
    finding = judged("stream_messages", site_of(tmp_path), literal(), seen)
    assert "EVENTS: the server claims 5 messages and hands out 3" == finding.summary


def test_a_consumer_ahead_of_its_stream_fails(tmp_path: Path) -> None:
    """A consumer that waits for a sequence its stream has not reached stalls."""
    stream = replace(literal().streams["EVENTS"], last_sequence=1)
    seen = literal(streams={"EVENTS": stream})
    finding = judged("consumer_floors", site_of(tmp_path), None, seen)
    assert (
        "consumers: 1 of 1 do not stand where they stood (namely EVENTS/indexer is at 3,"
        " ahead of the stream's last sequence 1)"
    ) == finding.summary


def test_without_a_backup_there_are_no_earlier_timestamps(tmp_path: Path) -> None:
    """Nothing to compare with is said, not passed."""
    with pytest.raises(NotApplicable) as reason:
        judged("stream_timestamps", site_of(tmp_path), None, literal())
    assert "nats was never backed up, so no earlier timestamps are known" == str(reason.value)


def test_without_a_backup_the_declaration_decides(tmp_path: Path) -> None:
    """The platform's own declaration says which streams there should be."""
    finding = judged("stream_config", site_of(tmp_path), None, literal(streams={}))
    assert "streams: 2 of 2 absent (namely EVENTS, JOBS)" == finding.summary


def test_a_message_that_is_not_delivered_fails(tmp_path: Path) -> None:
    """Accepting is not enough."""
    seen = StreamLive(accepted=True, delivered=False, reason="nats: timeout")
    finding = judged("stream_live", site_of(tmp_path), None, seen)
    assert "EVENTS: accepted a message but did not deliver it" == finding.summary
    assert "nats: timeout" == finding.actual


def test_what_a_server_adds_is_no_setting() -> None:
    """Another server version's own words in a configuration are not compared."""
    old = {"name": "A", "max_age": 0, "metadata": {"_nats.ver": "2.10.0"}}
    new = {"name": "A", "allow_msg_ttl": False, "metadata": {"_nats.ver": "2.15.1", "owner": "b"}}
    assert {"name": "A"} == normalised(old)
    assert {"name": "A", "metadata": {"owner": "b"}} == normalised(new)
