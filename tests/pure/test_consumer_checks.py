"""Where consumers stand, on literal observations."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ours import OURS
from real_servers import site_of
from test_stream_checks import judged, literal

from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.verdict import Verdict
from harness.observations.stream_fields import normalised
from harness.observations.streams import ConsumerState
from harness.platform.streams import declared_streams


def test_a_consumer_ahead_of_its_stream_fails(tmp_path: Path) -> None:
    """A consumer that waits for a sequence its stream has not reached stalls."""
    stream = replace(literal().streams["EVENTS"], last_sequence=1)
    seen = literal(streams={"EVENTS": stream})
    finding = judged("consumer_floors", site_of(tmp_path), None, seen)
    assert (
        "consumers: 1 of 1 do not stand where they stood (namely EVENTS/indexer is at 3,"
        " ahead of the stream's last sequence 1)"
    ) == finding.summary


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        ({"pending": []}, "no longer waits for 3"),
        ({"pending": [3, 5], "unacknowledged": 2}, "waits again for 5"),
        ({"redelivered": {3: 1}}, "has redelivered 3 1 times, not 0"),
        ({"pending": None, "unacknowledged": 0}, "has 0 pending messages, not 1"),
        ({"pending": [], "redelivered": {3: 1}}, "no longer waits for 3"),
        ({"delivered_sequence": 4}, "has redelivered 4, not 3"),
        ({"ack_floor_sequence": 6}, "is at 6, ahead of the stream's last sequence 5"),
        (
            {"pending": [*range(3, 10)]},
            "waits again for 4, 5, 6, 7, 8 and 1 more",
        ),
        ({"pending": [*range(3, 9)]}, "waits again for 4, 5, 6, 7, 8"),
    ],
)
def test_pending_messages_are_compared(
    tmp_path: Path, changes: dict[str, object], summary: str
) -> None:
    """The same floor does not hide another set of messages that wait."""
    consumer = replace(literal().consumers["EVENTS/indexer"], **changes)  # type: ignore[arg-type]
    seen = literal(consumers={"EVENTS/indexer": consumer})
    finding = judged("consumer_floors", site_of(tmp_path), literal(), seen)
    assert (
        f"consumers: 1 of 1 do not stand where they stood (namely EVENTS/indexer {summary})"
    ) == finding.summary
    assert {"consumers": 1, "changed": 1} == finding.counts


def test_pending_messages_that_could_not_be_read_are_unread(tmp_path: Path) -> None:
    """A file of another format is no pass."""
    held = literal().consumers["EVENTS/indexer"]
    seen = literal(consumers={"EVENTS/indexer": replace(held, pending=None, unread="no such file")})
    with pytest.raises(Unread) as unread:
        judged("consumer_floors", site_of(tmp_path), literal(), seen)
    assert ("which messages are pending could not be read: EVENTS/indexer (no such file)") == str(
        unread.value
    )


def moved(tmp_path: Path, then: ConsumerState, now: ConsumerState, first_sequence: int) -> Finding:
    """Return what is found of a consumer whose stream lost its first messages to their age."""
    config = {"name": "EVENTS", "max_age": 100}
    stream = replace(literal().streams["EVENTS"], config=config, first_sequence=first_sequence)
    before, seen = (
        literal(streams={"EVENTS": stream}, consumers={"EVENTS/indexer": place})
        for place in (then, now)
    )
    return judged("consumer_floors", site_of(tmp_path), before, seen)


STOOD = replace(
    literal().consumers["EVENTS/indexer"],
    ack_floor_sequence=2,
    delivered_sequence=5,
    unacknowledged=3,
    pending=[3, 4, 5],
    redelivered={3: 2, 4: 1},
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ack_floor_sequence": 3, "pending": [4, 5], "redelivered": {4: 1}}, ""),
        ({"ack_floor_sequence": 3, "pending": [5], "redelivered": {}}, "no longer waits for 4"),
        ({"ack_floor_sequence": 3, "redelivered": {}}, "has redelivered 4 0 times, not 1"),
        ({"ack_floor_sequence": 4}, "has ack floor 4, not 3"),
        ({"delivered_sequence": 3}, "has redelivered 3, not 5"),
    ],
)
def test_a_consumer_is_compared_from_where_its_stream_begins(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    """Messages that went by their age wait for nobody; the first that stayed does."""
    found = moved(tmp_path, STOOD, replace(STOOD, **changes), first_sequence=4)
    told = f"consumers: 1 of 1 do not stand where they stood (namely EVENTS/indexer {said})"
    assert (told if said else "consumers: all 1 stand where they stood") == found.summary


def test_a_consumer_whose_messages_were_not_read_stays_unread_in_an_aging_stream(
    tmp_path: Path,
) -> None:
    """What is not known does not become nothing."""
    unread = replace(STOOD, pending=None, unread="no such file", redelivered={})
    with pytest.raises(Unread, match="no such file"):
        moved(tmp_path, STOOD, unread, first_sequence=4)


def test_a_consumer_kept_in_memory_has_no_file_to_read(tmp_path: Path) -> None:
    """Near miss: no backup promises what waits for it."""
    held = replace(literal().consumers["EVENTS/indexer"], pending=None, in_memory=True)
    seen = literal(consumers={"EVENTS/indexer": held})
    assert Verdict.PASS is judged("consumer_floors", site_of(tmp_path), seen, seen).verdict


def test_a_consumer_that_moved_is_told_though_another_could_not_be_read(tmp_path: Path) -> None:
    """A gap beside a failure hides it no more than a pass would."""
    held = literal().consumers["EVENTS/indexer"]
    then = literal(consumers={"EVENTS/a": held, "EVENTS/b": held})
    seen = literal(
        consumers={"EVENTS/a": replace(held, pending=None), "EVENTS/b": replace(held, pending=[])}
    )
    found = judged("consumer_floors", site_of(tmp_path), then, seen)
    assert {"consumers": 2, "changed": 1} == found.counts


def test_without_a_backup_a_consumer_stands_within_its_stream(tmp_path: Path) -> None:
    """At its end at the furthest; one that the backup did not hold is nobody's to compare."""
    end = replace(literal().consumers["EVENTS/indexer"], ack_floor_sequence=5, delivered_sequence=5)
    seen = literal(consumers={"EVENTS/indexer": end})
    found = judged("consumer_floors", site_of(tmp_path), None, seen)
    assert "consumers: all 1 stand within their streams" == found.summary
    aging = replace(seen.streams["EVENTS"], config={"name": "EVENTS", "max_age": 100})
    found = judged(
        "consumer_floors", site_of(tmp_path), None, replace(seen, streams={"EVENTS": aging})
    )
    assert "consumers: all 1 stand within their streams" == found.summary
    with pytest.raises(NotApplicable, match=r"^no consumer is left to compare; "):
        judged("consumer_floors", site_of(tmp_path), literal(consumers={}), seen)


def test_in_a_stream_without_an_age_the_floor_itself_is_compared(tmp_path: Path) -> None:
    """Near the first message that is left one place is as another only where messages age."""
    stream = replace(literal().streams["EVENTS"], first_sequence=4)
    now = replace(STOOD, ack_floor_sequence=3, pending=[4, 5], redelivered={4: 1})
    before, seen = (
        literal(streams={"EVENTS": stream}, consumers={"EVENTS/indexer": place})
        for place in (STOOD, now)
    )
    found = judged("consumer_floors", site_of(tmp_path), before, seen)
    assert "EVENTS/indexer has ack floor 3, not 2" == found.actual


def test_at_most_ten_consumers_are_examples(tmp_path: Path) -> None:
    """All are counted."""
    names = [f"EVENTS/{n}" for n in range(11)]
    before, seen = (
        literal(consumers=dict.fromkeys(names, place))
        for place in (STOOD, replace(STOOD, ack_floor_sequence=1))
    )
    found = judged("consumer_floors", site_of(tmp_path), before, seen)
    assert (11, 10) == (found.counts["changed"], len(found.examples))


def test_without_a_backup_consumers_are_those_declared(tmp_path: Path) -> None:
    """With the settings that are declared; the server chose the rest."""
    declared = {
        f"{stream.name}/{consumer.name}": replace(
            STOOD, config=normalised(consumer.config), further={"chosen": 1}
        )
        for stream in declared_streams(OURS.streams)
        for consumer in stream.consumers
    }
    seen = literal(consumers=declared)
    found = judged("consumers_present", site_of(tmp_path), None, seen)
    assert f"consumers: all {len(declared)} are there, configured as before" == found.summary
