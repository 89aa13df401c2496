"""The page over all runs: how the last ones went, what each scenario's figures do, what is proven.

It tells what the history has recorded; how much of the evidence behind it is still there, and the
same, was found out when the page was made.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness import __version__
from harness.core import writing
from harness.core.verdict import Verdict, worst
from harness.report import history_file, proof_age, wording
from harness.report.brief import AREAS
from harness.report.filling import TEMPLATES
from harness.report.history_file import HISTORY, Backing, Entry, History
from harness.report.proof_age import Age
from harness.report.run_page import DRILL_PAGE, PAGE
from harness.report.trend import HEIGHT, RUNS_AT_MOST, WIDTH, Trend, trend
from harness.report.wording import ACCEPTED, count, day, duration

Figure = tuple[str, Callable[[Entry], float | None], Callable[[float], str]]

FIGURES: tuple[Figure, ...] = (
    ("Recovery time", lambda e: e.rta_seconds, duration),
    (
        "Data loss",
        lambda e: max(e.rpa_seconds.values(), default=None),
        lambda seconds: duration(seconds) if seconds else "0 s",
    ),
    ("Backup size", lambda e: float(e.size_bytes), lambda value: wording.size(round(value))),
    ("Took", lambda e: e.took_seconds, duration),
)
"""What is followed from run to run: its name, where it stands in a line, how it is said."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the table of runs."""

    run_id: str
    entries: tuple[Entry, ...]
    backings: Mapping[Backing, int]
    has_page: bool

    @property
    def verdict(self) -> Verdict:
        """The worst of its drills."""
        return worst(entry.verdict for entry in self.entries)

    @property
    def word(self) -> str:
        """The verdict, and how many drills leave something open."""
        provisos = sum(entry.word != entry.verdict.value for entry in self.entries)
        if self.verdict is Verdict.PASS and provisos:
            return f"{self.verdict.value}, {count(provisos, 'drill')} with a proviso"
        return self.verdict.value

    @property
    def tone(self) -> str:
        """The colour of its verdict."""
        return (ACCEPTED if self.word != self.verdict.value else self.verdict.value).lower()

    @property
    def began_utc(self) -> str:
        """When its first drill began."""
        return min(entry.started_utc for entry in self.entries)

    @property
    def counts(self) -> str:
        """`70 PASS, 2 FAIL`."""
        verdicts = [entry.verdict for entry in self.entries]
        return ", ".join(f"{verdicts.count(v)} {v.value}" for v in Verdict if v in verdicts)

    @property
    def backed(self) -> str:
        """How much of its evidence is still there, and the same."""
        return ", ".join(f"{number} {what.value}" for what, number in self.backings.items())


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """A scenario in the table of scenarios: its last drill, its last PASS, its figures."""

    last: Entry
    verified: Entry | None
    age: Age | None
    backing: Backing
    trends: tuple[tuple[str, Trend, Callable[[float], str]], ...]

    @property
    def tone(self) -> str:
        """The colour of its last verdict."""
        plain = self.last.verdict.value
        return (ACCEPTED if self.last.word != plain else plain).lower()


@dataclass(frozen=True, slots=True)
class Verified:
    """When a store, or a procedure of it, was last seen to hold."""

    what: str
    entry: Entry | None


def write(reports: Path, now: datetime) -> Path:
    """Write the page over all runs. Raises: OSError, UsageError: the history cannot be read."""
    target = reports / PAGE
    writing.whole(target, render(history_file.read(reports / HISTORY), reports, now))
    return target


def render(history: History, reports: Path, now: datetime) -> str:
    """Return the page as HTML: no script, nothing loaded from elsewhere."""
    shown = last_runs(history.entries)
    backed = history_file.backings([e for run in shown for e in run], reports)
    runs = [_run_row(run, backed, reports) for run in shown]
    scenarios = _scenarios(history, [e for run in shown for e in run], backed, now)
    ages = [row.age for row in scenarios if row.age is not None]
    return TEMPLATES.get_template("index.html").render(
        runs=list(reversed(runs)),
        runs_at_most=RUNS_AT_MOST,
        scenarios=scenarios,
        expired=[age for age in ages if not age.is_valid(now)],
        now=now,
        stores=_by_store(history, now),
        procedures=_by_procedure(history, now),
        problems=[
            *history.problems,
            *(
                f"{entry.evidence}: not the evidence that the history has the digest of"
                for run in shown
                for entry in run
                if backed[entry.key] is Backing.DIFFERS
            ),
        ],
        run_page=PAGE,
        drill_page=DRILL_PAGE,
        folder_of=lambda entry: entry.evidence.rpartition("/")[0],
        has_page=lambda entry: _has_page(entry, reports),
        backing=Backing,
        width=WIDTH,
        height=HEIGHT,
        day=day,
        version=__version__,
    )


def last_runs(entries: Sequence[Entry]) -> list[tuple[Entry, ...]]:
    """Return the last runs, the oldest of them first, each with its drills."""
    runs: dict[str, list[Entry]] = {}
    for entry in entries:
        runs.setdefault(entry.run_id, []).append(entry)
    ordered = sorted(runs.values(), key=lambda run: min(entry.started_utc for entry in run))
    return [tuple(run) for run in ordered[-RUNS_AT_MOST:]]


def _run_row(
    run: tuple[Entry, ...], backed: Mapping[tuple[str, str], Backing], reports: Path
) -> RunRow:
    found = [backed[entry.key] for entry in run]
    counted = {what: found.count(what) for what in Backing if what in found}
    page = reports / run[0].evidence.partition("/")[0] / PAGE
    return RunRow(run[0].run_id, run, counted, page.is_file())


def _scenarios(
    history: History,
    shown: Sequence[Entry],
    backed: Mapping[tuple[str, str], Backing],
    now: datetime,
) -> list[ScenarioRow]:
    rows = []
    demands = proof_age.demands_of(history)
    by_slug: dict[str, list[Entry]] = {}
    for entry in shown:
        by_slug.setdefault(entry.slug, []).append(entry)
    for slug, entries in by_slug.items():
        last = entries[-1]
        passed = proof_age.passes(history, slug, now)
        # Figures of another runtime are those of another machine.
        alike = [entry for entry in entries if entry.runtime == last.runtime]
        good = [entry.verdict is Verdict.PASS for entry in alike]
        trends = tuple(
            (name, trend([value(entry) for entry in alike], good), said)
            for name, value, said in FIGURES
        )
        rows.append(
            ScenarioRow(
                last,
                passed[0] if passed else None,
                proof_age.age(demands[slug], passed) if slug in demands else None,
                backed[last.key],
                trends,
            )
        )
    # What needs a reader comes first.
    return sorted(
        rows,
        key=lambda row: (
            row.last.verdict is not Verdict.FAIL,
            row.last.verdict is Verdict.PASS,
            row.age is None or row.age.is_valid(now),
            row.last.slug,
        ),
    )


def _by_store(history: History, now: datetime) -> list[Verified]:
    entries = _of_the_past(history, now)
    return [
        Verified(store, next((e for e in entries if _holds(e, store)), None)) for store in AREAS
    ]


def _by_procedure(history: History, now: datetime) -> list[Verified]:
    entries = _of_the_past(history, now)
    known = {
        (store, procedure) for entry in entries for store, procedure in entry.procedures.items()
    }
    return [
        Verified(
            f"{store}: {procedure}",
            next(
                (e for e in entries if e.procedures.get(store) == procedure and _holds(e, store)),
                None,
            ),
        )
        for store, procedure in sorted(known)
    ]


def _of_the_past(history: History, now: datetime) -> list[Entry]:
    return [entry for entry in reversed(history.entries) if entry.ended <= now]


def _holds(entry: Entry, store: str) -> bool:
    """Tell whether a drill passed in which every check of a store was made and holds."""
    return entry.verdict is Verdict.PASS and entry.stores.get(store) == Verdict.PASS.value


def _has_page(entry: Entry, reports: Path) -> bool:
    return (reports / entry.evidence).with_name(DRILL_PAGE).is_file()
