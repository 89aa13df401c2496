"""What is remembered is whole, told once, tied to its evidence, and never older than it says."""

import random
import re
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import evidence_samples
import pytest
from evidence_samples import briefly
from page_outline import require_sound
from typer.testing import CliRunner

from harness import evidence_file, history_command
from harness.core.errors import UsageError
from harness.core.verdict import Verdict
from harness.report import history_file, index_page, proof_age
from harness.report.history_file import HISTORY, Backing, Entry, History
from harness.report.projection import project, rows_of
from harness.report.trend import trend

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY_SECONDS = 86_400.0
SLUG = "full-platform-restore"
RENDERED_WITHIN_SECONDS = 3.0


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Give a reports folder with the evidence of one drill."""
    folder = tmp_path / "reports" / "run" / SLUG
    folder.mkdir(parents=True)
    evidence_file.save(evidence_samples.clean(), folder / "evidence.json")
    return tmp_path / "reports"


def an_entry(reports: Path, at: datetime = NOW, **changes: object) -> Entry:
    """Return the drill's line, of a run that ended at a moment."""
    entry = history_file.entry_of(briefly("clean", SLUG), reports / "run" / SLUG)
    run_id = f"run-{at:%Y%m%dT%H%M%S}"
    times = {"started_utc": (at - timedelta(seconds=9)).isoformat(), "ended_utc": at.isoformat()}
    told = {"run_id": run_id, "drill_id": f"{run_id}-clean", **times, **changes}
    return replace(entry, **told)  # type: ignore[arg-type] # as given


def gone(reports: Path, at: datetime = NOW, **changes: object) -> Entry:
    """Return a line whose evidence is not there any more."""
    return an_entry(reports, at, **{"evidence": "old/drill/evidence.json", **changes})


def _append_many(path: Path, entry: Entry, name: str) -> None:
    for number in range(25):
        history_file.append(path, [replace(entry, drill_id=f"{name}-{number}")])


def test_lines_of_many_processes_are_whole_and_none_is_lost(reports: Path) -> None:
    """Drills that end at once each get their line."""
    path, entry = reports / HISTORY, an_entry(reports)
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_append_many, [path] * 4, [entry] * 4, "abcd"))
    found = history_file.read(path)
    assert (100, ()) == (len(found.entries), found.problems)


def test_a_drill_is_told_once(reports: Path) -> None:
    """Appending again, or one file after another, makes no second drill of one."""
    path, entry = reports / HISTORY, an_entry(reports)
    assert 1 == history_file.append(path, [entry, entry])
    assert 0 == history_file.append(path, [entry])
    path.write_bytes(path.read_bytes() * 3)
    assert History((entry,)) == history_file.read(path)


def test_a_line_that_was_cut_short_harms_no_other(reports: Path) -> None:
    """Half a line is told with its number; what is appended after it stands by itself."""
    path, first, second = reports / HISTORY, an_entry(reports), gone(reports, run_id="other")
    history_file.append(path, [first])
    with path.open("a") as file:
        file.write('{"version": 1, "run_')
    assert 1 == history_file.append(path, [second])
    found = history_file.read(path)
    assert {first.key, second.key} == {entry.key for entry in found.entries}
    assert [f"{path}:2: no line of this history's"] == list(found.problems)


@pytest.mark.parametrize(
    "line", ["null", "[]", "{}", '"x"', "\x00", '{"version": 1}', "[" * 9_000], ids=repr
)
def test_any_line_is_read_or_told(tmp_path: Path, line: str) -> None:
    """What is no line of a history is a problem, never a traceback and never a drill."""
    path = tmp_path / HISTORY
    path.write_text(f"{line}\n")
    found = history_file.read(path)
    assert ((), 1) == (found.entries, len(found.problems))


@pytest.mark.parametrize("ended", ["yesterday", "2026-11-24T12:00:00", ""])
def test_a_time_that_is_none_is_told(reports: Path, ended: str) -> None:
    """A line without a moment, or without its zone, proves nothing."""
    path = reports / HISTORY
    history_file.append(path, [an_entry(reports)])
    path.write_text(re.sub('"ended_utc":"[^"]*"', f'"ended_utc":"{ended}"', path.read_text()))
    found = history_file.read(path)
    assert ((), 1) == (found.entries, len(found.problems))


def test_two_tales_of_one_drill_are_told(reports: Path) -> None:
    """A drill that two lines tell differently is a problem."""
    path, entry = reports / HISTORY, an_entry(reports)
    history_file.append(path, [entry])
    other = path.read_text().replace('"verdict":"PASS"', '"verdict":"FAIL"')
    with path.open("a") as file:
        file.write(other)
    found = history_file.read(path)
    assert (entry,) == found.entries
    assert "tell drill" in found.problems[0]


def test_a_line_is_tied_to_its_evidence(reports: Path) -> None:
    """Evidence is kept, gone, or another than was recorded, by any byte; none is looked for
    elsewhere.
    """
    kept = an_entry(reports)
    elsewhere = replace(kept, evidence="../reports/../../etc/passwd")
    assert Backing.KEPT is history_file.backing(kept, reports)
    assert Backing.GONE is history_file.backing(gone(reports), reports)
    assert Backing.GONE is history_file.backing(elsewhere, reports)
    path = reports / kept.evidence
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    assert Backing.DIFFERS is history_file.backing(kept, reports)


def ages(reports: Path, *entries: Entry, days: float = 7) -> tuple[list[proof_age.Age], list[str]]:
    """Return the age of the drill's proof by these lines."""
    demand = proof_age.Demand(SLUG, "title", days * DAY_SECONDS)
    ordered = tuple(sorted(entries, key=lambda entry: entry.ended))
    return proof_age.verified_ages(History(ordered), {SLUG: demand}, reports, NOW)


@pytest.mark.parametrize(
    ("days_ago", "verdict", "valid"),
    [
        (1, Verdict.PASS, True),
        (7, Verdict.PASS, True),
        (7.001, Verdict.PASS, False),
        (1, Verdict.FAIL, False),
        (1, Verdict.UNVERIFIED, False),
        (-1, Verdict.PASS, False),
    ],
)
def test_a_proof_stands_as_long_as_it_says(
    reports: Path, days_ago: float, verdict: Verdict, valid: bool
) -> None:
    """Only a PASS proves, from its end on and no longer; one of the future proves nothing."""
    entry = gone(reports, NOW - timedelta(days=days_ago), verdict=verdict)
    [age], _ = ages(reports, entry)
    assert valid is age.is_valid(NOW)


def test_what_was_never_played_is_not_proven(reports: Path) -> None:
    """A silent stop is no health."""
    [age], _ = ages(reports)
    assert not age.is_valid(NOW)
    assert f"{SLUG}: never proven (proof: 7d)" == age.said(NOW)


def test_a_pass_whose_evidence_says_otherwise_proves_nothing(reports: Path) -> None:
    """Evidence that was changed, or is no PASS when it is judged again, is told, and an earlier
    PASS has to do.
    """
    earlier = gone(reports, NOW - timedelta(days=3))
    [age], doubts = ages(reports, earlier, an_entry(reports))
    assert earlier == age.last
    assert f"the history says {SLUG} PASS, it is " in doubts[0]
    changed = an_entry(reports, evidence_sha256="0" * 64)
    [age], doubts = ages(reports, earlier, changed)
    assert earlier == age.last
    assert "not the evidence that the history has the digest of" in doubts[0]


def test_drift_is_against_the_usual() -> None:
    """The last value is compared with the median of the earlier ones, once there are enough."""
    assert "+100 %" == trend([1.0, 2.0, 3.0, 4.0], [True] * 4).drift_said
    assert "" == trend([1.0, 2.0, 3.0], [True] * 3).drift_said
    assert "" == trend([0.0] * 9, [True] * 9).drift_said
    assert (None, 0) == (trend([None], [True]).last, trend([None], [True]).count)


def test_the_page_over_all_runs_is_sound_and_tells_the_facts(reports: Path) -> None:
    """Runs, figures with their drift, what is verified and until when, and what no evidence
    vouches for any more.
    """
    history = History(
        (
            *(gone(reports, NOW - timedelta(days=n), rta_seconds=2.0) for n in range(5, 0, -1)),
            an_entry(reports, rta_seconds=3.0, proof_seconds=7 * DAY_SECONDS),
        ),
        ("history.jsonl:9: no line of this history's",),
    )
    outline = require_sound(index_page.render(history, reports, NOW))
    for said in (
        "The last run began 2026-11-24 11:59 UTC: 1 drill, 1 PASS.",
        "history.jsonl:9: no line of this history's.",
        "1 evidence kept",
        "1 as recorded",
        "3.0 s, +50 %",
        "Proof valid until 2026-12-01 12:00 UTC",
        "postgres: pg_dump (format plain) 2026-11-24 12:00 UTC",
        "hub 2026-11-24 12:00 UTC",
    ):
        assert said in outline.words
    assert [] == [way for way in outline.links if way.startswith("old/")]


def test_a_proof_that_ran_out_leads_the_page(reports: Path) -> None:
    """However well the last run went, what is not proven any more comes first."""
    old = gone(reports, NOW - timedelta(days=8), proof_seconds=7 * DAY_SECONDS)
    page = index_page.render(History((old,)), reports, NOW)
    assert '<section class="verdict fail"' in page
    words = require_sound(page).words
    assert "✗ FAIL 1 proof is missing or too old" in words


def test_an_empty_history_has_a_page(reports: Path) -> None:
    """Before the first run there is nothing to tell, and that is told."""
    assert (
        "No run is recorded yet." in require_sound(index_page.render(History(), reports, NOW)).words
    )


def test_thirty_runs_of_seventy_two_drills_are_rendered_at_once(reports: Path) -> None:
    """The page over all runs takes seconds and stays below a megabyte."""
    entries = tuple(
        gone(
            reports,
            NOW - timedelta(days=run),
            slug=f"drill-{drill}",
            drill_id=f"{run}-{drill}",
            rta_seconds=1.0 + (run * 7 + drill) % 5,
        )
        for run in range(30, 0, -1)
        for drill in range(72)
    )
    began = time.process_time()
    page = index_page.render(History(entries), reports, NOW)
    assert RENDERED_WITHIN_SECONDS > time.process_time() - began
    assert 1_000_000 > len(page.encode())
    assert 72 * 4 == page.count("<polyline")


@pytest.mark.parametrize(
    ("sizes", "seconds", "said"),
    [
        (
            [1000, 2000, 3000, 4000],
            [3.0, 5.0, 7.0, 9.0],
            "1,000,000 rows back in 33 m 21 s ± 0.000 s (from 4 runs of up to 4,000 rows, 250",
        ),
        ([1000] * 9, [3.0] * 9, "no projection: the runs are of one size; play it with other"),
        ([1000, 9000], [1.0, 2.0], "no projection: 2 runs with a recovery time; it takes 4"),
        ([1000, 2000, 3000, 4000], [4.0, 3.0, 2.0, 1.0], "no projection: recovery did not take"),
    ],
)
def test_recovery_at_another_size_is_told_with_what_it_rests_on(
    reports: Path, sizes: list[int], seconds: list[float], said: str
) -> None:
    """A line through the runs is followed to a size; where there is no line, that is told."""
    entries = [
        gone(reports, owed_rows=size, rta_seconds=took)
        for size, took in zip(sizes, seconds, strict=True)
    ]
    assert f"{SLUG}: {said}" in project(SLUG, entries, rows_of("1M")).said


def test_the_error_of_a_projection_covers_what_is_true(reports: Path) -> None:
    """Of lines with known noise, nearly all lie within the error that is told."""
    noise = random.Random(7)  # noqa: S311 - nothing is secret here
    within = 0
    for _ in range(200):
        entries = [
            gone(reports, owed_rows=size, rta_seconds=2.0 + size / 1000 + noise.gauss(0, 0.5))
            for size in range(10_000, 130_000, 10_000)
        ]
        told = project(SLUG, entries, 200_000)
        within += abs(told.seconds - 202.0) <= told.error_seconds
    assert within >= 180


@pytest.mark.parametrize("text", ["", "0", "-5", "many", "5T", "0.0001", "1e9", "k"])
def test_what_is_no_number_of_rows_is_refused(text: str) -> None:
    """A size that cannot be read is one clear message."""
    with pytest.raises(UsageError, match="is no number of rows"):
        rows_of(text)


def run_history(*arguments: str) -> tuple[int, str]:
    """Run `drill history` here and return its exit code and output."""
    ended = CliRunner().invoke(history_command.app, arguments)
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended.exit_code, ended.output


def test_check_exits_3_where_a_proof_ran_out(
    reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proof that stands is exit 0; one that ran out, or none where one is due, is exit 3, even
    if nothing ran since.
    """
    monkeypatch.chdir(reports.parent)
    assert 3 == run_history("--check")[0]
    now, week = datetime.now(UTC), 7 * DAY_SECONDS
    old = gone(reports, now - timedelta(days=8), proof_seconds=week)
    history_file.append(reports / HISTORY, [old])
    status, said = run_history("--check")
    assert (3, True) == (status, said.startswith(f"✗ {SLUG}: proof expired on "))
    history_file.append(reports / HISTORY, [gone(reports, now, proof_seconds=week)])
    status, said = run_history("--check")
    assert (0, True) == (status, said.startswith(f"✓ {SLUG}: proof valid until "))


def test_check_misses_a_scenario_that_was_never_played(
    reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scenario files say what is demanded, whatever was played."""
    scenarios = reports.parent / "scenarios"
    scenarios.mkdir()
    text = Path("scenarios/full-platform-restore.yaml").read_text()
    (scenarios / "new.yaml").write_text(text)
    monkeypatch.chdir(reports.parent)
    assert (3, "✗ new: never proven (proof: 7d)\n") == run_history("--check")


def test_merge_adds_what_other_machines_and_folders_tell(
    reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history of a cache, and a run's folder, are added once; the page over all runs follows."""
    monkeypatch.chdir(reports.parent)
    history_file.append(Path("other.jsonl"), [gone(reports, NOW - timedelta(days=1))])
    for added in (1, 0):
        status, said = run_history("merge", "other.jsonl", "reports/run")
        expected = [f"{source}: {added} drill" for source in ("other.jsonl", "reports/run")]
        assert 0 == status
        assert [True, True] == [
            line.startswith(start) for line, start in zip(said.splitlines(), expected, strict=True)
        ]
    assert 2 == len(history_file.read(reports / HISTORY).entries)
    assert (reports / "index.html").is_file()
