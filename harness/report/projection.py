"""Recovery time at a size that no drill has: a line through recorded runs, with its error."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from harness.core.errors import UsageError
from harness.core.verdict import Verdict
from harness.report.history_file import Entry
from harness.report.wording import count, duration

RUNS_AT_LEAST = 4
SPREAD_AT_LEAST = 2.0
ERRORS_SHOWN = 2.0

_ROWS = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?)([kMG]?)")
_TIMES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


@dataclass(frozen=True, slots=True)
class Projection:
    """A scenario's recovery time at `rows`, give or take; `why_not` where it cannot be told."""

    slug: str
    rows: int
    seconds: float = 0.0
    error_seconds: float = 0.0
    runs: int = 0
    largest: int = 0
    why_not: str = ""

    @property
    def said(self) -> str:
        """Return it in one line, with what it rests on."""
        if self.why_not:
            return f"{self.slug}: no projection: {self.why_not}"
        within = f"{duration(self.seconds)} ± {duration(self.error_seconds)}"
        basis = f"from {count(self.runs, 'run')} of up to {count(self.largest, 'row')}"
        beyond = self.rows / self.largest
        far = f", {beyond:,.0f} times the largest: a guess" if beyond > SPREAD_AT_LEAST else ""
        return f"{self.slug}: {count(self.rows, 'row')} back in {within} ({basis}{far})"


def rows_of(text: str) -> int:
    """Return a number of rows: `250_000`, `500k`, `1.5M`, `2G`. Raises: UsageError: it is none."""
    found = _ROWS.fullmatch(text)
    rows = round(float(found[1].replace("_", "")) * _TIMES[found[2]]) if found else 0
    if rows < 1:
        raise UsageError(
            f"--rows: {text!r} is no number of rows", "Write 250_000, 500k, 1.5M or 2G."
        )
    return rows


def project(slug: str, entries: Iterable[Entry], rows: int) -> Projection:
    """Return a scenario's recovery time at a size, from its recorded runs that passed.

    The error is two standard errors of a prediction; it knows nothing of what changes with size.
    """
    points = [
        (entry.owed_rows, entry.rta_seconds)
        for entry in entries
        if entry.verdict is Verdict.PASS and entry.rta_seconds is not None and entry.owed_rows
    ]
    if len(points) < RUNS_AT_LEAST:
        why = f"{count(len(points), 'run')} with a recovery time; it takes {RUNS_AT_LEAST}"
        return Projection(slug, rows, why_not=why)
    sizes = [size for size, _ in points]
    if max(sizes) < SPREAD_AT_LEAST * min(sizes):
        why = "the runs are of one size; play it with other numbers of seeded rows"
        return Projection(slug, rows, why_not=why)
    size_mean = sum(sizes) / len(points)
    time_mean = sum(seconds for _, seconds in points) / len(points)
    spread = sum((size - size_mean) ** 2 for size in sizes)
    slope = sum((x - size_mean) * (y - time_mean) for x, y in points) / spread
    if slope <= 0:
        why = "recovery did not take longer with more rows; these runs are too small to tell"
        return Projection(slug, rows, why_not=why)

    def at(size: float) -> float:
        return time_mean + slope * (size - size_mean)

    residual = sqrt(sum((y - at(x)) ** 2 for x, y in points) / (len(points) - 2))
    error = residual * sqrt(1 + 1 / len(points) + (rows - size_mean) ** 2 / spread)
    return Projection(slug, rows, at(rows), ERRORS_SHOWN * error, len(points), max(sizes))
