"""A terminal breaks no word, a log is stamped, and both say how far a run is."""

import io
import re
from datetime import datetime
from pathlib import Path

import pytest
from drill_process import SMALL
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from harness import listing, printing
from harness.console import Ahead, ConsoleReport, ConsoleWatcher
from harness.core.verdict import Verdict
from harness.report import expected_times
from harness.report.telling import Told
from harness.scenario.load import load
from harness.scenario.model import Scenario

AGAIN = "drill run scenarios/a.yaml --random 7 --accept-unverified 'meilisearch=no binary here'"
FAILED = Told(
    "FAIL", Verdict.FAIL, ("a: it failed.", "CAUSE the dump; 1 check failed"), "p.html", (), AGAIN
)


def console(width: int, *, terminal: bool) -> tuple[Console, io.StringIO]:
    """Return a console of a width, and what it writes to."""
    out = io.StringIO()
    made = printing.console(out)
    made.width = width
    made._force_terminal = terminal
    return made, out


@given(st.text(alphabet="ab 語\n", max_size=120), st.integers(1, 60))
def test_lines_break_between_words_at_any_width(text: str, width: int) -> None:
    """Every word is whole, in its order, and no line is wider than one word makes it."""
    lines = printing.wrapped(Text(text), width).plain.split("\n")
    assert text.split() == " ".join(lines).split()
    for line in lines:
        assert cell_len(line) <= width or 1 == len(line.split()) or not line.strip()


def test_a_command_is_never_broken() -> None:
    """What is copied from a terminal has no line end that its shell would read."""
    made, out = console(30, terminal=True)
    ConsoleReport(made, Ahead([], {})).tell(FAILED)
    said = re.sub(r"\x1b\[[\d;]*m", "", out.getvalue())
    assert f"  run it again: {AGAIN}\n" in said
    assert "✗ FAIL a: it failed.\n  CAUSE the dump; 1 check\n    failed\n" in said


def test_colours_are_left_out_where_nobody_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """FAIL is red on a terminal, and as any other word under NO_COLOR."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    said = []
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.setenv(name, "1")
        made, out = console(80, terminal=True)
        ConsoleReport(made, Ahead([], {})).tell(FAILED)
        said.append(out.getvalue())
    assert said[0].startswith("\x1b[31m✗ FAIL\x1b[0m a: it failed.\n")
    assert "\x1b[31mCAUSE\x1b[0m the dump" in said[0]
    assert said[1] == re.sub(r"\x1b\[[\d;]*m", "", said[0])


def test_a_log_is_stamped_and_says_each_phase_once() -> None:
    """Where there is no terminal each phase is a line with its time, and none is said twice."""
    made, out = console(80, terminal=False)
    watcher = ConsoleWatcher(made)
    for title in ("seed", "seed", "restore nightly: postgres", "restore nightly: postgres"):
        watcher.phase(title)
    lines = out.getvalue().splitlines()
    assert ["seed", "restore nightly: postgres"] == [line[12:] for line in lines]
    for line in lines:
        assert datetime.strptime(line[2:11], "%H:%M:%SZ")  # noqa: DTZ007 - Z says it


@pytest.fixture
def scenarios(tmp_path: Path) -> list[Scenario]:
    """Give two scenarios with long names."""
    found = []
    for name in ("a-first-scenario-with-a-long-name", "b-second"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(SMALL)
        found.append(load(path))
    return found


def test_a_run_says_how_far_it_is(scenarios: list[Scenario]) -> None:
    """Which drill of how many begins, and how long the rest takes as far as the history knows."""
    first, _ = scenarios
    made, out = console(80, terminal=False)
    report = ConsoleReport(made, Ahead(scenarios, {first.slug: 60.0}))
    report.begun("scenarios/a.yaml")
    report.begun("scenarios/b.yaml")
    begun, other = out.getvalue().splitlines()
    assert re.fullmatch(r"▶ \S+Z 1 of 2: scenarios/a.yaml \(more than 1 m 00 s left\)", begun), (
        begun
    )
    assert re.fullmatch(r"▶ \S+Z 2 of 2: scenarios/b.yaml \(0\.\d+ s so far, .*\)", other), other


def test_the_time_left_is_shared_by_drills_at_once() -> None:
    """It is never less than the longest drill takes, and unknown where nothing was played."""
    expected = {"a": 100.0, "b": 20.0}
    assert "about 2 m 00 s left" == expected_times.left("ab", expected, 1)
    assert "about 1 m 40 s left" == expected_times.left("ab", expected, 4)
    assert "more than 20.0 s left" == expected_times.left("bc", expected, 1)
    assert "" == expected_times.left("c", expected, 1)


def test_scenarios_are_listed_in_full(scenarios: list[Scenario]) -> None:
    """Piped, each has a line with its id and path; on a narrow terminal no id is cut."""
    head, *rows = listing.lines(scenarios)
    assert head.split() == ["scenario", "title", "tags", "backups", "expects", "file"]
    for row, scenario in zip(rows, scenarios, strict=True):
        assert row.startswith(scenario.slug)
        assert row.endswith(f"{scenario.slug}.yaml")
        assert "postgres: pg_dump, nats: volume" in row
    narrow = list(listing.lines(scenarios, 40))
    assert scenarios[0].slug == narrow[0]
    assert "  backups: postgres: pg_dump, nats: volume" in narrow
