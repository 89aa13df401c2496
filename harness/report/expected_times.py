"""How long drills are going to take, by how long they took before."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from statistics import median

from harness.core.errors import DrillError
from harness.report import history_file
from harness.report.history_file import HISTORY
from harness.report.wording import duration

_LATEST = 5


def of_history(reports: Path, runtime: str) -> dict[str, float]:
    """Return the seconds that each scenario takes on a runtime: the median of its latest drills."""
    took: dict[str, list[float]] = {}
    with suppress(DrillError):
        for entry in history_file.read(reports / HISTORY).entries:
            if entry.runtime == runtime:
                took.setdefault(entry.slug, []).append(entry.took_seconds)
    return {slug: median(seconds[-_LATEST:]) for slug, seconds in took.items()}


def left(slugs: Iterable[str], expected: Mapping[str, float], at_once: int) -> str:
    """Return how long drills that have not ended yet take, `about 11 m 05 s left`: more than that
    where one was never played; nothing where none ever was.
    """
    waiting = list(slugs)
    known = [expected[slug] for slug in waiting if slug in expected]
    if not known:
        return ""
    bound = "about" if len(known) == len(waiting) else "more than"
    return f"{bound} {duration(max(sum(known) / at_once, *known))} left"
