"""The stream checks on literal observations, for what a server cannot be brought to do."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ledger_samples import attempt, ledger, rows_of, scan_of
from ours import CHECKS, OURS, our_case
from real_servers import site_of

from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.observations.stream_fields import normalised
from harness.observations.streams import (
    ConsumerState,
    Span,
    StreamLive,
    StreamRows,
    StreamState,
)
from harness.platform.scan import Scan
from harness.platform.streams import declared_streams
from harness.site import Site


def literal(**changes: object) -> StreamRows:
    """Return an observation of one stream of five messages and one consumer half-way."""
    stream = StreamState(
        {"name": "EVENTS"}, 5, 500, 1, 5, 0, 5, {"events.1": 5}, {}, runs=[(1, 5)], further={}
    )
    consumer = ConsumerState(
        {"durable_name": "indexer"}, 3, 2, 1, pending=[3], unread="", further={}
    )
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
    return check.judge(check, our_case(site.ledger, site.history, earlier, later))


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
    silent = judged("stream_live", site_of(tmp_path), None, replace(seen, accepted=False))
    assert "EVENTS: accepts no message" == silent.summary


def test_what_a_server_adds_is_no_setting() -> None:
    """Another server version's own words in a configuration are not compared."""
    old = {"name": "A", "max_age": 0, "metadata": {"_nats.ver": "2.10.0"}}
    new = {"name": "A", "allow_msg_ttl": False, "metadata": {"_nats.ver": "2.15.1", "owner": "b"}}
    assert {"name": "A"} == normalised(old)
    assert {"name": "A", "metadata": {"owner": "b"}} == normalised(new)


def jobs(*runs: tuple[int, int], contents: int = 0, **changes: object) -> StreamState:
    """Return a stream that the ledger does not follow, with a message under each sequence."""
    count = sum(last - first + 1 for first, last in runs)
    last = runs[-1][1] if runs else 0
    spans = {0: Span(count, contents, 0)}
    seen = StreamState({"name": "JOBS"}, count, 0, 1, last, 0, count, {}, spans, [*runs], {})
    return replace(seen, **changes)  # type: ignore[arg-type]  # each test names a field


NOTHING = {"lost": 0, "altered": 0, "unexpected": 0}


@pytest.mark.parametrize(
    ("now", "summary", "counts"),
    [
        (jobs((1, 9)), "events: no events were written", NOTHING),
        (
            jobs((1, 2), (4, 6), (9, 9)),
            "JOBS: 3 of 9 messages lost (sequences 3, 7 to 8)",
            NOTHING | {"lost": 3},
        ),
        (
            jobs((1, 9), contents=7),
            "JOBS: messages altered (among sequences 1 to 4095)",
            NOTHING | {"altered": 1},
        ),
        (
            jobs((1, 9), (11, 12), spans={0: Span(9)}),
            "JOBS: 2 unexpected messages (sequences 11 to 12)",
            NOTHING | {"unexpected": 2},
        ),
        (
            jobs((1, 7), runs=None),
            "JOBS: 2 of 9 messages lost (sequences 1 to 4095)",
            NOTHING | {"lost": 2},
        ),
        (
            jobs((1, 8), runs=None),
            "JOBS: 1 of 9 messages lost (sequences 1 to 4095)",
            NOTHING | {"lost": 1},
        ),
        (jobs((1, 8)), "JOBS: 1 of 9 messages lost (sequence 9)", NOTHING | {"lost": 1}),
        (
            jobs((1, 9), (10, 10), spans={0: Span(9)}),
            "JOBS: 1 unexpected messages (sequence 10)",
            NOTHING | {"unexpected": 1},
        ),
        # Of too many runs nobody knows the sequences.
        (
            jobs((1, 9), (11, 12), spans={0: Span(9)}, runs=None),
            "JOBS: 2 unexpected messages",
            NOTHING | {"unexpected": 2},
        ),
        (None, "JOBS: 9 of 9 messages lost (sequences 1 to 9)", NOTHING | {"lost": 9}),
    ],
)
def test_other_streams_are_accounted_for_by_sequence(
    tmp_path: Path, now: StreamState | None, summary: str, counts: dict[str, int]
) -> None:
    """Messages of a stream that the ledger does not follow are counted with all others."""
    site = site_of(tmp_path)
    then = literal(streams={"JOBS": jobs((1, 9))})
    seen = literal(streams={"JOBS": now} if now else {})
    finding = judged("stream_messages", site, then, seen)
    assert summary == finding.summary
    assert counts | {"owed": 9} == {key: finding.counts[key] for key in (*counts, "owed")}


@pytest.mark.parametrize(
    ("then", "now", "summary"),
    [
        (
            jobs((1, 3), (10, 12), (20, 29)),
            jobs((1, 3), (10, 12), (22, 25)),
            "JOBS: 6 of 16 messages lost (sequences 20 to 21, 26 to 29)",
        ),
        (
            jobs((1, 9), (4095, 4097), spans={0: Span(10), 1: Span(2)}),
            jobs((1, 2), (4, 9), (4097, 4097), spans={0: Span(8), 1: Span(1)}),
            "JOBS: 3 of 12 messages lost (sequences 3, 4095, 4096)",
        ),
        (
            jobs((1, 9), (4096, 4097), spans={0: Span(9), 1: Span(2)}),
            jobs((1, 9), (4096, 4097), spans={0: Span(9), 1: Span(2, 7)}),
            "JOBS: messages altered (among sequences 4096 to 8191)",
        ),
        (
            jobs((1, 9), (4096, 4097), spans={0: Span(9), 1: Span(2)}, runs=None),
            jobs((1, 9), (4096, 4097), spans={0: Span(8), 1: Span(3)}, runs=None),
            (
                "JOBS: 1 of 11 messages lost (sequences 1 to 4095);"
                " JOBS: 1 unexpected messages (sequences 4096 to 8191)"
            ),
        ),
        # A span that was not there before, and one more in another.
        (
            jobs((2, 9), (8192, 8192), spans={0: Span(8), 2: Span(1)}),
            jobs((1, 9), (4096, 4097), (8192, 8192), spans={0: Span(9), 1: Span(2), 2: Span(1)}),
            "JOBS: 3 unexpected messages (sequences 1, 4096 to 4097)",
        ),
        (jobs((3, 5)), jobs((2, 5)), "JOBS: 1 unexpected messages (sequence 2)"),
        (
            jobs((3, 5)),
            jobs((2, 5), runs=None),
            "JOBS: 1 unexpected messages (sequences 1 to 4095)",
        ),
    ],
)
def test_each_run_of_sequences_is_accounted_for(
    tmp_path: Path, then: StreamState, now: StreamState, summary: str
) -> None:
    """Gaps that were there before are none, and a span that is the same hides no other."""
    before, seen = literal(streams={"JOBS": then}), literal(streams={"JOBS": now})
    assert summary == judged("stream_messages", site_of(tmp_path), before, seen).summary


@pytest.mark.parametrize("copies", [{"mirror": {"name": "A"}}, {"sources": [{"name": "A"}]}])
def test_a_stream_that_copies_another_goes_on_by_itself(
    tmp_path: Path, copies: dict[str, Any]
) -> None:
    """Near miss: nobody has to write to it for messages to come."""
    config = {"name": "JOBS"} | copies
    now = jobs((1, 9), (11, 12), spans={0: Span(9)}, config=config)
    before = literal(streams={"JOBS": jobs((1, 9), config=config)})
    seen = literal(streams={"JOBS": now})
    found = judged("stream_messages", site_of(tmp_path), before, seen)
    assert (Verdict.PASS, 0) == (found.verdict, found.counts["unexpected"])


def test_each_fault_of_the_events_has_its_word(tmp_path: Path) -> None:
    """With the numbers that it befell."""
    written = ledger(attempt("events", 1, 9))
    bodies = dict(rows_of("events", 1, 9))
    rows = [*bodies.items(), (4, bodies[4])]
    other = {1: bodies[2], 2: bodies[1], 6: f"{bodies[6]} "}
    seen = scan_of("events", [(n, other.get(n, text)) for n, text in rows], written, History())
    site = site_of(tmp_path)
    site.ledger.record(written.attempts[0])
    found = judged("stream_messages", site, None, literal(scan=seen))
    assert [
        "events: 1 of 9 owed messages altered (number 6)",
        "events: 1 of 9 owed messages duplicated (number 4)",
        "events: 2 of 9 owed messages reordered (numbers 1, 2)",
    ] == found.summary.split("; ")


def test_a_message_without_an_events_number_is_unexpected(tmp_path: Path) -> None:
    """It is counted with those whose number nobody was acknowledged for."""
    seen = literal(unknown=2, unknown_sequences=[7, 9])
    found = judged("stream_messages", site_of(tmp_path), None, seen)
    said = "events: 2 messages without an event's number (first sequences 7, 9)"
    assert (said, 2) == (found.summary, found.counts["unexpected"])


def aging(
    *runs: tuple[int, int], oldest: int, newest: int, contents: int = 0, **changes: object
) -> StreamState:
    """Return a stream of messages that live 100 nanoseconds, with their stamps, seen at 200."""
    seen = jobs(*runs, config={"name": "JOBS", "max_age": 100}, seen_nanoseconds=200)
    span = Span(seen.read, contents, 0, oldest, newest)
    return replace(seen, spans={0: span}, **changes)  # type: ignore[arg-type]  # each test names a field


NOT_TOLD = (
    "JOBS: messages went by their age, so nothing tells whether the others are as they were"
    " (among sequences 1 to 4095)"
)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        # Each of those that stayed may be another message.
        (aging((1, 9), oldest=50, newest=150), aging((4, 9), oldest=120, newest=150)),
        # Of too many runs it is not known which went.
        (
            aging((1, 9), oldest=50, newest=150, runs=None),
            aging((4, 9), oldest=120, newest=150, runs=None),
        ),
        # What is too old, and still there, is about to go.
        (aging((1, 9), oldest=50, newest=90), aging((8, 9), oldest=80, newest=90)),
        # Nobody knows how old they were when they were looked for.
        (
            aging((1, 9), oldest=50, newest=150),
            aging((4, 9), oldest=120, newest=150, seen_nanoseconds=0),
        ),
        (aging((1, 9), oldest=50, newest=150), jobs(seen_nanoseconds=0)),
    ],
)
def test_messages_beside_those_that_grew_too_old_are_unread(
    tmp_path: Path, then: StreamState, now: StreamState
) -> None:
    """Neither lost nor as they were: the sums of a span are over messages that are gone."""
    site, before, seen = site_of(tmp_path), literal(streams={"JOBS": then}), {"JOBS": now}
    with pytest.raises(Unread) as raised:
        judged("stream_messages", site, before, literal(streams=seen))
    assert NOT_TOLD == str(raised.value)


@pytest.mark.parametrize("stamps", [(50, 90), (50, 100), (100, 100)])
@pytest.mark.parametrize("changes", [{}, {"runs": None}])
def test_messages_that_all_grew_too_old_are_no_finding(
    tmp_path: Path, changes: dict[str, Any], stamps: tuple[int, int]
) -> None:
    """Near miss: nothing of a span is left, and nothing of it was promised for so long."""
    oldest, newest = stamps
    then = literal(streams={"JOBS": aging((1, 9), oldest=oldest, newest=newest, **changes)})
    seen = literal(streams={"JOBS": jobs(seen_nanoseconds=200)})
    finding = judged("stream_messages", site_of(tmp_path), then, seen)
    assert ("events: no events were written", 0) == (finding.summary, finding.counts["lost"])


@pytest.mark.parametrize(
    ("then", "now", "summary"),
    [
        # Nothing went, so the sums tell.
        (
            aging((1, 9), oldest=50, newest=150),
            aging((1, 9), oldest=50, newest=150, contents=7),
            "JOBS: messages altered (among sequences 1 to 4095)",
        ),
        # The newest was young enough; of the others it is not known.
        (
            aging((1, 9), oldest=50, newest=150),
            jobs(seen_nanoseconds=200),
            "JOBS: 1 of 9 messages lost (sequence 9)",
        ),
        (
            aging((1, 9), oldest=50, newest=150, runs=None),
            jobs(seen_nanoseconds=200),
            "JOBS: 1 of 9 messages lost (sequences 1 to 4095)",
        ),
        # A younger one than one that stayed did not go by its age.
        (
            aging((1, 9), oldest=50, newest=150),
            aging((4, 6), (8, 9), oldest=120, newest=150),
            "JOBS: 1 of 9 messages lost (sequence 7)",
        ),
    ],
)
def test_what_did_not_go_by_its_age_fails(
    tmp_path: Path, then: StreamState, now: StreamState, summary: str
) -> None:
    """An age excuses what it explains, and nothing else."""
    before, seen = literal(streams={"JOBS": then}), literal(streams={"JOBS": now})
    assert summary == judged("stream_messages", site_of(tmp_path), before, seen).summary


def test_a_work_queue_that_gives_work_again_is_unexpected(tmp_path: Path) -> None:
    """Messages that were done at the backup, and are there again, would be done twice."""
    then = literal(streams={"JOBS": jobs((3, 5))})
    finding = judged(
        "stream_messages", site_of(tmp_path), then, literal(streams={"JOBS": jobs((1, 5))})
    )
    assert "JOBS: 2 unexpected messages (sequences 1 to 2)" == finding.summary


def test_at_most_ten_streams_are_examples(tmp_path: Path) -> None:
    """All are counted."""
    then = {f"S{n}": literal().streams["EVENTS"] for n in range(11)}
    found = judged("stream_config", site_of(tmp_path), literal(streams=then), literal(streams={}))
    assert (11, 10) == (found.counts["missing"], len(found.examples))


def test_the_servers_complaint_is_the_cause(tmp_path: Path) -> None:
    """What it says of its own files tells more than what is likely."""
    seen = literal(streams={}, consumers={}, complaints=["no meta file", "bad checksum"])
    said = "the server could not read all that was restored; it says: no meta file; bad checksum"
    for check in ("stream_config", "consumers_present"):
        assert said == judged(check, site_of(tmp_path), literal(), seen).cause
    quiet = replace(seen, complaints=[])
    likely = judged("stream_config", site_of(tmp_path), literal(), quiet).cause
    assert "streams were created anew, by hand or by a service with other settings" == likely


def test_a_setting_that_came_or_went_is_changed(tmp_path: Path) -> None:
    """As much as one that has another value."""
    one, other = (
        {"EVENTS": replace(literal().streams["EVENTS"], further=f)} for f in ({}, {"a": 1})
    )
    for then, now in ((one, other), (other, one)):
        found = judged(
            "stream_config", site_of(tmp_path), literal(streams=then), literal(streams=now)
        )
        assert "streams: 1 settings changed (namely EVENTS.a)" == found.summary


def test_changes_of_every_stream_are_told(tmp_path: Path) -> None:
    """By stream and setting, whatever their values hold."""
    then, now = (
        {n: replace(literal().streams["EVENTS"], further={"url": f"nats://{v}"}) for n in "AB"}
        for v in "xy"
    )
    found = judged("stream_config", site_of(tmp_path), literal(streams=then), literal(streams=now))
    assert "streams: 2 settings changed (namely A.url, B.url)" == found.summary


def test_without_a_backup_only_what_is_declared_is_compared(tmp_path: Path) -> None:
    """The server chose the rest."""
    declared = {
        stream.name: replace(
            literal().streams["EVENTS"], config=normalised(stream.config), further={"chosen": 1}
        )
        for stream in declared_streams(OURS.streams)
    }
    seen = literal(streams=declared)
    assert Verdict.PASS is judged("stream_config", site_of(tmp_path), None, seen).verdict
    other = replace(declared["JOBS"], config=declared["JOBS"].config | {"subjects": ["x"]})
    seen = literal(streams=declared | {"JOBS": other})
    found = judged("stream_config", site_of(tmp_path), None, seen)
    assert "streams: 1 settings changed (namely JOBS.subjects)" == found.summary


@pytest.mark.parametrize(
    ("now", "counts"),
    [
        # Other messages than before are another check's finding.
        (jobs((1, 9), spans={0: Span(4)}), {"compared": 5, "incomparable": 9}),
        (None, {"compared": 5, "incomparable": 9}),
        (jobs((1, 9), spans={0: Span(9, 0, 1)}), {"compared": 14, "changed": 1}),
        (jobs((1, 9), last_sequence=8), {"compared": 14, "changed": 1}),
        (jobs((1, 9), last_sequence=10), {"compared": 14, "incomparable": 0}),
    ],
)
def test_stamps_are_compared_where_the_messages_are_the_same(
    tmp_path: Path, now: StreamState | None, counts: dict[str, int]
) -> None:
    """A stream that ends before it did lost the sequences of what was deleted, too."""
    events = {"EVENTS": replace(literal().streams["EVENTS"], spans={0: Span(5)})}
    then = literal(streams=events | {"JOBS": jobs((1, 9))})
    seen = literal(streams=events | ({"JOBS": now} if now else {}))
    found = judged("stream_timestamps", site_of(tmp_path), then, seen)
    assert (counts, "changed" in counts) == (found.counts, found.verdict is Verdict.FAIL)


def test_at_most_ten_runs_of_messages_are_examples(tmp_path: Path) -> None:
    """All are counted."""
    spans = {group: Span(1, 7, 7) for group in range(11)}
    then = literal(streams={"JOBS": jobs((1, 9), spans=spans)})
    others = {group: replace(span, stamps=8) for group, span in spans.items()}
    seen = literal(streams={"JOBS": jobs((1, 9), spans=others)})
    found = judged("stream_timestamps", site_of(tmp_path), then, seen)
    assert (11, 10) == (found.counts["changed"], len(found.examples))
    assert 10 == found.actual.count("JOBS")


def test_stamps_of_messages_that_are_all_others_are_not_judged(tmp_path: Path) -> None:
    """No message is left to compare."""
    then, seen = (literal(streams={"JOBS": jobs((1, 9), contents=c)}) for c in (0, 7))
    with pytest.raises(NotApplicable, match=r"^no messages are left to compare; "):
        judged("stream_timestamps", site_of(tmp_path), then, seen)


@pytest.mark.parametrize("check", ["stream_config", "consumers_present"])
def test_what_an_older_harness_did_not_look_at_is_unread(tmp_path: Path, check: str) -> None:
    """Older evidence cannot show that nothing else changed."""
    old = literal(
        streams={"EVENTS": replace(literal().streams["EVENTS"], further=None)},
        consumers={"EVENTS/indexer": replace(literal().consumers["EVENTS/indexer"], further=None)},
    )
    with pytest.raises(Unread, match="observed only a part of what the server says"):
        judged(check, site_of(tmp_path), old, old)


def test_streams_and_consumers_that_services_make_are_no_finding(tmp_path: Path) -> None:
    """A declared stream that was not there at the backup is the hub's; any other is a finding."""
    site = site_of(tmp_path)
    for check in ("stream_config", "consumers_present"):
        then = literal(streams={}, consumers={})
        assert Verdict.PASS is judged(check, site, then, literal()).verdict
    forged = replace(literal().streams["EVENTS"], config={"name": "FORGED"})
    finding = judged("stream_config", site, literal(), literal(streams={"FORGED": forged}))
    assert (
        "streams: 1 of 1 absent (namely EVENTS), 1 that were not there before (namely FORGED)"
    ) == finding.summary
    assert {"streams": 1, "missing": 1, "unexpected": 1, "changed": 0} == finding.counts


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
