"""Figures are drawn and written the same way at every magnitude."""

from dataclasses import replace

import evidence_samples
import pytest

from harness.core.judgement import Measured
from harness.report.bars import Bar, bars
from harness.report.swimlane import swimlane
from harness.report.wording import count, duration, objective, sentence, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "not measured"),
        (0.0, "0.000 s"),
        (0.0421, "0.042 s"),
        (4.21, "4.2 s"),
        (59.94, "59.9 s"),
        (59.96, "1 m 00 s"),
        (125.4, "2 m 05 s"),
        (3_720.0, "1 h 02 m"),
    ],
)
def test_durations_keep_the_digits_that_matter(seconds: float | None, text: str) -> None:
    """A measured time is precise while it is short, and never reads 60 seconds."""
    assert text == duration(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "none set"),
        (0.5, "500ms"),
        (30.0, "30s"),
        (90.0, "90s"),
        (120.0, "2m"),
        (86_400.0, "24h"),
    ],
)
def test_objectives_read_as_they_are_written(seconds: float | None, text: str) -> None:
    """An objective looks as it does in the scenario file."""
    assert text == objective(seconds)


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (12_884_901_888, "12.9 GB")],
)
def test_sizes_have_decimal_units(size_bytes: int, text: str) -> None:
    """A size is in the decimal units that disks and clouds are sold in."""
    assert text == size(size_bytes)


def test_counts_and_sentences_are_english() -> None:
    """One is singular, thousands are grouped, and a sentence is stopped once."""
    assert ("1 row", "17,050 rows", "1,000") == (count(1, "row"), count(17_050, "row"), count(1000))
    assert ("", "All hold.", "Why?") == (sentence(" "), sentence("all hold"), sentence("why?"))
    assert sentence("guide/backup.sh runs docker") == "guide/backup.sh runs docker."


def _bars(*measured: Measured) -> tuple[Bar, ...]:
    evidence = evidence_samples.clean()
    return bars(replace(evidence, judgement=replace(evidence.judgement, measured=measured)))


def test_a_bar_beyond_its_objective_is_full() -> None:
    """Where more was measured than allowed, the objective stands inside the bar."""
    assert (Bar("Recovery time, platform", "4.0 s of 1s allowed", "FAIL", 100.0, 25.0),) == _bars(
        Measured("RTO", "platform", 1.0, 4.0)
    )


def test_a_bar_without_an_objective_has_no_verdict() -> None:
    """A measurement that nothing was demanded of is shown, not judged."""
    assert (
        Bar("Data loss, nats", "0.000 s and 0 rows, no objective set", "", 0.0, None),
        Bar(
            "Data loss, nats",
            "not measured of 24h allowed; the scenario states no schedule (every)",
            "UNVERIFIED",
            None,
            None,
        ),
    ) == _bars(Measured("RPO", "nats", None, 0.0), Measured("RPO", "nats", 86_400.0, None))


def test_a_loss_is_drawn_as_long_as_the_schedule_allows() -> None:
    """Its bar reaches to the longest loss there can be, and owed rows are told."""
    said = "4.0 s and 7 rows, 2 of them owed of 1h allowed; the schedule allows 1 h 30 m"
    assert (Bar("Data loss, nats", said, "FAIL", 100.0, 100 / 1.5),) == _bars(
        Measured("RPO", "nats", 3_600.0, 4.0, 7, 2, 5_400.0)
    )
    unjudged = "0.000 s and 0 rows of 1h allowed; the scenario states no schedule (every)"
    assert (Bar("Data loss, nats", unjudged, "NOT JUDGED", 0.0, 100.0),) == _bars(
        Measured("RPO", "nats", 3_600.0, 0.0)
    )


def test_lanes_hold_what_happened_to_their_store() -> None:
    """Each store has its own writes, backup, disaster and restore, in percent of the drill."""
    drawn = swimlane(evidence_samples.clean())
    lanes = {lane.store: [span.kind for span in lane.spans] for lane in drawn.lanes}
    assert {
        "postgres": ["write", "write", "backup", "restore", "disaster"],
        "nats": ["write", "write", "backup", "restore", "disaster"],
        "meilisearch": ["disaster"],
        "redis": ["disaster"],
        "hub": ["start"],
    } == lanes
    assert all(
        0 <= span.left <= span.left + span.width <= 100.001
        for lane in drawn.lanes
        for span in lane.spans
    )


def test_a_store_that_did_not_run_keeps_its_lane() -> None:
    """A missing store is drawn as missing, with the reason, not left out."""
    notes = {lane.store: lane.note for lane in swimlane(evidence_samples.unverified()).lanes}
    assert "did not run: no program named meilisearch was found" == notes["meilisearch"]


def test_the_axis_has_round_numbers() -> None:
    """The time axis is marked at round numbers of seconds, six or so of them."""
    assert ["0 s", "2 s", "4 s", "6 s", "8 s"] == [
        label for _, label in swimlane(evidence_samples.clean()).ticks
    ]


def test_an_empty_history_is_drawn_empty() -> None:
    """A drill that broke off at once has no lanes and divides by nothing."""
    assert () == swimlane(evidence_samples.broken()).lanes
