"""A figure over the last runs: a line to look at, and how far the last one is from the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RUNS_AT_MOST = 30
EARLIER_AT_LEAST = 3
WIDTH, HEIGHT = 120, 24
_EDGE = 3.0


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure of a scenario. `points` are those of the line, `bad` those of drills that did not
    pass among them; `drift` is the last value against the median of the earlier ones.
    """

    last: float | None
    least: float
    greatest: float
    count: int
    points: tuple[tuple[float, float], ...]
    bad: tuple[tuple[float, float], ...]
    drift: float | None

    @property
    def line(self) -> str:
        """The points as an SVG polyline takes them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)

    @property
    def drift_said(self) -> str:
        """`+12 %`; nothing while there are too few runs to compare with."""
        return "" if self.drift is None else f"{round(100 * self.drift):+d} %"


def trend(values: Sequence[float | None], passed: Sequence[bool]) -> Trend:
    """Return the trend of a figure, the oldest value first; None is a run without one."""
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    numbers = [value for _, value in known]
    least, greatest = min(numbers, default=0.0), max(numbers, default=0.0)
    reach, steps = greatest - least, max(len(values) - 1, 1)

    def point(at: int, value: float) -> tuple[float, float]:
        up = (value - least) / reach if reach else 0.5
        x = _EDGE + (WIDTH - 2 * _EDGE) * (at / steps if len(values) > 1 else 0.5)
        return x, _EDGE + (HEIGHT - 2 * _EDGE) * (1 - up)

    earlier = numbers[:-1]
    usual = median(earlier) if len(earlier) >= EARLIER_AT_LEAST else 0.0
    return Trend(
        last=numbers[-1] if numbers else None,
        least=least,
        greatest=greatest,
        count=len(numbers),
        points=tuple(point(at, value) for at, value in known),
        bad=tuple(point(at, value) for at, value in known if not passed[at]),
        drift=(numbers[-1] - usual) / usual if usual else None,
    )
