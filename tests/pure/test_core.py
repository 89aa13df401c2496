"""The words that every room shares: registry, clock, secrets, errors, history, ledger."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from ledger_samples import RESTORED, attempt, ledger

import harness
from harness.core.clock import Clock
from harness.core.errors import CommandFailed, DrillError, in_words
from harness.core.history import DELETED, DisasterProof, Emptied, History
from harness.core.judgement import Expectation
from harness.core.observation import Observations
from harness.core.redact import Redactor
from harness.core.registry import Registry

STRUCK = DisasterProof("lose_volume", "postgres", 9, 900, 0, 0, False, 20.0, 21.0)


@dataclass(frozen=True)
class Kind:
    """A kind by name only."""

    id: str


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a package of two kinds, with a module of their own."""
    for name in ("first.py", "second.py", "_shared.py"):
        (tmp_path / name).touch()
    return tmp_path


def registry(folder: Path, modules: tuple[str, ...], *kinds: str) -> Registry[Kind]:
    """Return the registry of a folder."""
    listed = [ModuleType(f"harness.kinds.{name}") for name in modules]
    return Registry("kinds", [str(folder)], listed, [Kind(kind) for kind in kinds])


def test_a_registry_lists_kinds_in_their_order(folder: Path) -> None:
    """What the kinds share is no kind, and need not be listed."""
    kinds = registry(folder, ("first", "second"), "b", "a", "c")
    assert (["b", "a", "c"], 3, Kind("a")) == (list(kinds), len(kinds), kinds["a"])


def test_a_kind_that_is_not_listed_or_listed_twice_is_refused(folder: Path) -> None:
    """Either would be found out much later, by whoever looks for it."""
    with pytest.raises(ValueError, match=r"^kinds: not in the list: second$"):
        registry(folder, ("first",), "a")
    with pytest.raises(ValueError, match=r"^kinds: two kinds are named 'a'$"):
        registry(folder, ("first", "second"), "a", "b", "a")


def test_a_clock_counts_from_the_moment_it_is_made() -> None:
    """Wall time is its start and the seconds since."""
    clock = Clock()
    assert UTC is clock.started_utc.tzinfo
    first = clock.now_seconds()
    time.sleep(0.001)
    assert 0 <= first < clock.now_seconds() < 60
    assert clock.started_utc + timedelta(seconds=90) == clock.utc(90.0)


def test_a_secret_that_holds_another_is_masked_whole(tmp_path: Path) -> None:
    """What is left of the longer one would tell of it; no secret at all masks nothing."""
    redactor = Redactor(["key", "a-key-of-all", ""])
    assert "the *** and the ***." == redactor.text("the a-key-of-all and the key.")
    log = tmp_path / "log"
    log.write_text("one a-key-of-all\ntwo\n")
    redactor.file(log)
    assert "one ***\ntwo\n" == log.read_text()
    assert [log] == list(tmp_path.iterdir())


def test_an_error_is_followed_by_its_hint() -> None:
    """Where there is one."""
    assert "it broke" == str(DrillError("it broke"))
    assert "it broke\nHINT: Try again." == str(DrillError("it broke", "Try again."))


def test_an_expectation_is_said_as_it_is_written() -> None:
    """Each check with the sizes that were stated, a size by its bounds where these differ."""
    assert "pass" == str(Expectation())
    sizes = {"rows": {"lost": (5, 5), "gone": (1, 50)}}
    assert "rows (lost 5, gone 1..50), rto" == str(Expectation(("rows", "rto"), sizes))


def test_a_command_that_failed_tells_what_it_printed() -> None:
    """Both streams, and no blank line for one that was silent."""
    told = "postgres: psql -c x ended with status 1"
    assert f"{told}\nout\nerr" == str(
        CommandFailed(["psql", "-c", "x"], 1, "postgres", "out", "err")
    )
    assert f"{told}\nerr" == str(CommandFailed(["psql", "-c", "x"], 1, "postgres", " \n", "err\n"))
    assert told == str(CommandFailed(["psql", "-c", "x"], 1, "postgres", "", ""))


@pytest.mark.parametrize(
    ("ended_seconds", "is_owed"),
    [(10.0, True), (10.001, False), (30.0, False), (30.001, True)],
)
def test_a_restore_excuses_what_came_after_its_cut_and_before_it(
    ended_seconds: float, *, is_owed: bool
) -> None:
    """What was acknowledged at the cut is promised; what came after the restore is not in it."""
    one = attempt("audit_log", 1, 1, ended_seconds=ended_seconds)
    assert is_owed is History(restorations=[RESTORED]).is_owed(one)
    assert History(restorations=[replace(RESTORED, store="nats")]).is_owed(one)


def test_each_store_has_its_own_last_disaster() -> None:
    """A later one of another store says nothing of it."""
    second = replace(STRUCK, begun_seconds=50.0, ended_seconds=51.0)
    other = replace(second, store="nats", ended_seconds=52.0)
    deleted = Emptied("postgres", DELETED, 9, 60.0)
    history = History(disasters=[STRUCK, second, other], emptied=[deleted])
    assert (second, None) == (history.struck("postgres"), history.struck("redis"))
    assert [21.0, 51.0, 52.0, 60.0] == [s.ended_seconds for s in history.strikes()]
    last = history.last_strike("postgres")
    assert last is not None
    assert (60.0, 60.0) == (last.begun_seconds, last.ended_seconds)
    assert history.last_strike("redis") is None


def test_no_number_is_tried_twice() -> None:
    """Numbers begin at 1, table by table, whichever attempt ended last."""
    tried = ledger(attempt("contacts", 11, 20), attempt("contacts", 1, 10), attempt("events", 1, 5))
    assert [21, 6, 1] == [tried.next_number(t) for t in ("contacts", "events", "audit_log")]
    assert ["contacts", "events"] == tried.tables()
    tried.record(attempt("audit_log", 1, 3))
    assert 4 == tried.next_number("audit_log")


def test_an_observation_that_was_not_made_is_none_or_its_reason() -> None:
    """The last word counts, whether it was seen or not."""
    seen = Observations()
    assert seen.get(Kind) is None
    seen.put_unread(Kind, "it timed out")
    seen.put(Kind("a"))
    assert ([], Kind("a")) == (list(seen.unread()), seen[Kind])
    seen.put_unread(Kind, "it timed out")
    assert ([(Kind, "it timed out")], []) == (list(seen.unread()), list(seen.seen()))
    other = Observations()
    other.put(Kind("b"))
    other.update(seen)
    assert ([(Kind, "it timed out")], []) == (list(other.unread()), list(other.seen()))


NAMES_CLASSES = {"core/errors.py", "platform/own_code.py"}
"""Where an exception's class is put into words, and where a user's own Python is told of."""


def test_no_message_names_an_exception_s_class() -> None:
    """People read what happened, not which class of ours or of Python's it was."""
    package = Path(harness.__file__).parent
    naming = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "type(error).__name__" in path.read_text(encoding="utf-8")
    }
    assert naming == NAMES_CLASSES
    assert in_words(KeyError("a")) == "key error: 'a'"
    assert in_words(OSError()) == "os error"
    assert in_words(DrillError("it ended", "Its log.")) == "it ended"
