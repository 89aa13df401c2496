"""The stream checks on literal observations, for what a server cannot be brought to do."""

from dataclasses import replace
from pathlib import Path

import pytest
from ledger_samples import ledger, rows_of, scan_of
from real_servers import site_of

from harness.checks import CHECKS
from harness.core.case import Case, NotApplicable
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.streams import (
    ConsumerState,
    StreamLive,
    StreamRows,
    StreamState,
    normalised,
)
from harness.platform.scan import Scan
from harness.site import Site


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


def test_events_that_no_drill_wrote_are_unexpected(tmp_path: Path) -> None:
    """A drill that writes no events owes none, and allows none."""
    held = rows_of("events", 1, 50)
    seen = literal(scan=scan_of("events", held, ledger(), History()))
    found = judged("stream_messages", site_of(tmp_path), None, seen)
    assert Verdict.FAIL is found.verdict
    assert (
        "events: 50 unexpected messages (numbers 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 40 more)"
    ) == found.summary
    assert {"unexpected": ((1, 50),)} == found.rows
    assert 50 == found.counts["unexpected"]
