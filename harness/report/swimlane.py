"""The drill's timeline as lanes on one axis, in percentages of its length."""

from dataclasses import dataclass
from math import ceil, log10

from harness.core.evidence import Evidence
from harness.core.history import store_of
from harness.core.ports import STORES
from harness.report.wording import duration, moment

KINDS = {
    "write": "Write (seeding too)",
    "backup": "Backup",
    "disaster": "Disaster",
    "restore": "Restore",
    "start": "Start",
}
"""What a lane shows, with its words; each is drawn with its first letter beside its colour."""

LANE_HEIGHT = 46
_LETTER_FROM_PERCENT = 4.0
_TICKS_AT_MOST = 6
_ONE_SPAN_WITHIN = 0.01
_NICE = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a lane: where it begins and how wide it is, in percent; `said` describes it."""

    kind: str
    left: float
    width: float
    said: str

    @property
    def letter(self) -> str:
        """Its letter, when there is room for one."""
        return self.kind[0].upper() if self.width >= _LETTER_FROM_PERCENT else ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One store's row, `top` units from the drawing's top; `ready` is when it last answered."""

    store: str
    top: int
    note: str
    spans: tuple[Span, ...]
    ready: float | None
    ready_said: str = ""


@dataclass(frozen=True, slots=True)
class Swimlane:
    """The whole drawing; `ticks` are (percent, label) pairs of the time axis."""

    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    total_seconds: float

    @property
    def height(self) -> int:
        """The height of the lanes together."""
        return LANE_HEIGHT * len(self.lanes)


def swimlane(evidence: Evidence) -> Swimlane:
    """Draw what happened to each store."""
    found = _spans(evidence)
    ready = evidence.history.ready_seconds
    ends = [end for spans in found.values() for _, _, end in spans]
    ends += [step.ended_seconds for step in evidence.history.steps]
    total_seconds = max([*ends, *ready.values(), 0.001])
    lanes: list[Lane] = []
    for store in STORES:
        reason = evidence.runtime.missing.get(store, "")
        if store not in found and store not in ready and not reason:
            continue
        lanes.append(
            Lane(
                store,
                LANE_HEIGHT * len(lanes),
                f"did not run: {reason}" if reason else "",
                tuple(_span(*span, total_seconds) for span in found.get(store, [])),
                100 * ready[store] / total_seconds if store in ready else None,
                f"{store} ready at {moment(ready[store])}" if store in ready else "",
            )
        )
    return Swimlane(tuple(lanes), _ticks(total_seconds), total_seconds)


def _span(kind: str, begun_seconds: float, ended_seconds: float, total_seconds: float) -> Span:
    took = duration(ended_seconds - begun_seconds)
    return Span(
        kind,
        100 * begun_seconds / total_seconds,
        100 * (ended_seconds - begun_seconds) / total_seconds,
        f"{kind} from {moment(begun_seconds)}, took {took}",
    )


def _spans(evidence: Evidence) -> dict[str, list[tuple[str, float, float]]]:
    history = evidence.history
    spans: dict[str, list[tuple[str, float, float]]] = {}
    for store, begun_seconds, ended_seconds in _writes(evidence):
        spans.setdefault(store, []).append(("write", begun_seconds, ended_seconds))
    for kind, done in (
        ("backup", history.artefacts),
        ("restore", history.restorations),
        ("disaster", history.disasters),
    ):
        for one in done:
            spans.setdefault(one.store, []).append((kind, one.begun_seconds, one.ended_seconds))
    for step in history.steps:
        if step.verb == "start":
            for store in step.stores:
                spans.setdefault(store, []).append(
                    ("start", step.begun_seconds, step.ended_seconds)
                )
    return spans


def _writes(evidence: Evidence) -> list[tuple[str, float, float]]:
    """Return each store's writes, those that follow each other closely drawn as one."""
    attempts = evidence.ledger.attempts
    gap_seconds = _ONE_SPAN_WITHIN * max((a.ended_seconds for a in attempts), default=0)
    merged: list[tuple[str, float, float]] = []
    for store in dict.fromkeys(store_of(table) for table in evidence.ledger.tables()):
        own = [a for a in attempts if store_of(a.table) == store]
        for attempt in sorted(own, key=lambda attempt: attempt.begun_seconds):
            last = merged[-1] if merged else None
            if last and last[0] == store and attempt.begun_seconds <= last[2] + gap_seconds:
                merged[-1] = (store, last[1], max(last[2], attempt.ended_seconds))
            else:
                merged.append((store, attempt.begun_seconds, attempt.ended_seconds))
    return merged


def _ticks(total_seconds: float) -> tuple[tuple[float, str], ...]:
    rough = total_seconds / _TICKS_AT_MOST
    scale = 10.0 ** ceil(log10(rough) - 1)
    step = next(scale * nice for nice in _NICE if scale * nice >= rough)
    return tuple(
        (100 * number * step / total_seconds, f"{number * step:g} s")
        for number in range(int(total_seconds / step) + 1)
    )
