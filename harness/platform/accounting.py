"""Account for every row by name: the ledger on one side, what a store holds on the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from types import MappingProxyType
from typing import Generic, NamedTuple, Protocol, TypeVar

from harness.core.errors import Unread
from harness.core.history import History
from harness.core.ledger import GROUP_BITS, Attempt, Ledger, Vector
from harness.platform.numbers import Numbers
from harness.platform.rows import RowSource
from harness.platform.scan import Deviation, Part, Scan, digests
from harness.platform.tried import Group, Span, Standing, tried

_NONE: Mapping[str, RowSource] = MappingProxyType({})


@dataclass(slots=True)
class Account:
    """Every row of one table, accounted for.

    `lost`: owed and absent. `gone`: at risk and absent, which a restore excuses and the RPO
    measures. `survived`: at risk and present. `altered`: present with other contents.
    `reordered`: present with the contents of another row, which holds them no longer.
    `duplicated`: present more than once. `unexpected`: present, but never tried or refused;
    `unnumbered` counts those that have no number. `recovered`: indeterminate and present, which
    is legal.
    """

    table: str
    owed: int = 0
    at_risk: int = 0
    lost: Numbers = field(default_factory=Numbers)
    gone: Numbers = field(default_factory=Numbers)
    survived: Numbers = field(default_factory=Numbers)
    altered: Numbers = field(default_factory=Numbers)
    reordered: Numbers = field(default_factory=Numbers)
    duplicated: Numbers = field(default_factory=Numbers)
    unexpected: Numbers = field(default_factory=Numbers)
    recovered: Numbers = field(default_factory=Numbers)
    unnumbered: int = 0


def account(
    scan: Scan,
    ledger: Ledger,
    history: History,
    sources: Mapping[str, RowSource] = _NONE,
) -> Account:
    """Compare a scan with the ledger. `sources` make rows again whose digests it does not hold.

    Raises: Unread: what the scan says by number does not add up to what it says in sums, or
    nothing makes the table's rows again.
    """
    if scan.table not in sources and scan.remade is None:
        raise Unread(f"{scan.table}: nothing here makes its rows again")
    groups, differing = _differing(scan, ledger, history)
    result = Account(
        scan.table,
        owed=_rows(history.owed(ledger, scan.table)),
        at_risk=_rows(history.at_risk(ledger, scan.table)),
        unnumbered=scan.unnumbered,
    )
    _require_sums(scan, ledger.random, differing, sources)
    for index in sorted(groups.keys() | scan.groups.keys() | differing.keys()):
        if index in differing:
            for segment in _segments(*differing[index]):
                _enter(result, segment)
        else:
            group = groups.get(index, Group())
            kept = group.kept(scan.groups.get(index, Vector())) or ()
            for span in group.spans:
                _file(result, span, span.standing, present=span.standing in kept)
    return result


def remade(scan: Scan, ledger: Ledger, history: History) -> list[Part]:
    """Return the rows whose digests the account of a scan takes, where they cannot be made again
    when it is read.
    """
    return [
        part for _, _, parts in _required(_differing(scan, ledger, history)[1]) for part in parts
    ]


_Differing = dict[int, tuple[Group, list[Deviation]]]


def _differing(scan: Scan, ledger: Ledger, history: History) -> tuple[dict[int, Group], _Differing]:
    """Return what was tried by group, and of the groups that whole attempts do not explain, the
    deviations too.
    """
    groups = tried(ledger, history, scan.table)
    runs = _by_group(scan)
    differing: _Differing = {}
    for index in sorted(groups.keys() | scan.groups.keys() | runs.keys()):
        group, held = groups.get(index, Group()), scan.groups.get(index, Vector())
        if index in runs or group.kept(held) is None:
            differing[index] = group, runs.get(index, [])
    return groups, differing


class _Ranged(Protocol):
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


R = TypeVar("R", bound=_Ranged)


class _Segment(NamedTuple):
    """Numbers of one group that were tried in one span, or not at all, and deviate alike."""

    first: int
    last: int
    span: Span | None
    right: int
    wrong: int
    moved: bool


def _rows(attempts: list[Attempt]) -> int:
    return sum(attempt.rows for attempt in attempts)


def _by_group(scan: Scan) -> dict[int, list[Deviation]]:
    """Return the deviations by group, cut at its borders."""
    runs: dict[int, list[Deviation]] = {}
    above = None
    for deviation in scan.deviations:
        if (above is not None and deviation.first <= above) or deviation.last < deviation.first:
            raise Unread(f"{scan.table}: the deviating numbers are not in order")
        above = deviation.last
        indexes = range(deviation.first >> GROUP_BITS, (deviation.last >> GROUP_BITS) + 1)
        if len(indexes) > len(scan.groups):
            raise Unread(f"{scan.table}: more numbers deviate than there are groups")
        for index in indexes:
            first = max(deviation.first, index << GROUP_BITS)
            last = min(deviation.last, ((index + 1) << GROUP_BITS) - 1)
            runs.setdefault(index, []).append(deviation._replace(first=first, last=last))
    return runs


def _segments(group: Group, runs: list[Deviation]) -> Iterator[_Segment]:
    """Yield all numbers that were tried or deviate, in ascending order."""
    ranges: list[_Ranged] = [*group.spans, *runs]
    edges = sorted({edge for r in ranges for edge in (r.first, r.last + 1)})
    tried_around, deviates_around = _Around(group.spans), _Around(runs)
    for first, after in pairwise(edges):
        span, run = tried_around.find(first), deviates_around.find(first)
        if run is not None:
            yield _Segment(first, after - 1, span, run.right, run.wrong, run.moved)
        elif span is not None:
            yield _Segment(first, after - 1, span, 1, 0, moved=False)


class _Around(Generic[R]):
    """Finds the range around a number, for one number after the other in ascending order."""

    def __init__(self, ranges: Sequence[R]) -> None:
        self._ranges = ranges
        self._at = 0

    def find(self, number: int) -> R | None:
        while self._at < len(self._ranges) and self._ranges[self._at].last < number:
            self._at += 1
        found = self._ranges[self._at] if self._at < len(self._ranges) else None
        return found if found is not None and found.first <= number else None


def _require_sums(
    scan: Scan, random: int, differing: _Differing, sources: Mapping[str, RowSource]
) -> None:
    """Make sure that the rows named add up to the vectors, with nothing left over.

    Raises: Unread: they do not.
    """
    sums = {index: Vector(digest=scan.wrong_digests.get(index, 0)) for index in differing}

    def parts() -> Iterator[Part]:
        for index, known, rest in _required(differing):
            sums[index] += known
            yield from rest

    if scan.remade is not None:
        made = scan.remade
        for _ in parts():
            pass
    else:
        made = digests(sources[scan.table], random, parts())
    odd = [
        index
        for index, total in sums.items()
        if total + Vector(digest=made.get(index, 0)) != scan.groups.get(index, Vector())
    ]
    if odd:
        first, last = odd[0] << GROUP_BITS, ((odd[0] + 1) << GROUP_BITS) - 1
        raise Unread(
            f"{scan.table}: the rows named do not add up to what was counted in {len(odd)} of"
            f" {len(scan.groups)} groups (the first of them {max(1, first)} to {last})"
        )


def _required(differing: _Differing) -> Iterator[tuple[int, Vector, list[Part]]]:
    """Yield, span by span, its group, what of its sums is known, and the rows whose digests have
    to be made.
    """
    for index, (group, runs) in differing.items():
        for span, segments in groupby(_segments(group, runs), key=lambda segment: segment.span):
            rows = keys = 0
            of_span = list(segments)
            for first, last, _, right, wrong, _ in of_span:
                held = (last - first + 1) * (right + wrong)
                rows += held
                keys += (first + last) * held // 2
            times, rest = _digested(index, of_span) if span is not None else (0, [])
            known = times * span.vector.digest if span is not None else 0
            yield index, Vector(rows, keys, known), rest


def _digested(index: int, segments: list[_Segment]) -> tuple[int, list[Part]]:
    """Return how often to count a span's digest, and the parts to count more or less often.

    Of the two ways, that with fewer rows whose digests have to be made again.
    """
    ways = (
        (times, [Part(index, s.first, s.last, s.right - times) for s in segments])
        for times in (1, 0)
    )
    needed = [(times, [part for part in parts if part.weight]) for times, parts in ways]
    return min(needed, key=lambda way: sum(part.last - part.first + 1 for part in way[1]))


def _enter(result: Account, segment: _Segment) -> None:
    first, last, span, right, wrong, moved = segment
    standing = Standing.NEVER_TRIED if span is None else span.standing
    _file(result, segment, standing, present=right + wrong > 0)
    if right + wrong > 1:
        result.duplicated.add(first, last)
    if wrong and standing not in (Standing.REFUSED, Standing.NEVER_TRIED):
        (result.reordered if moved else result.altered).add(first, last)


def _file(result: Account, rows: _Ranged, standing: Standing, *, present: bool) -> None:
    """Enter rows where their standing and their presence put them; some need no mention."""
    numbers = {
        (Standing.OWED, False): result.lost,
        (Standing.AT_RISK, False): result.gone,
        (Standing.AT_RISK, True): result.survived,
        (Standing.INDETERMINATE, True): result.recovered,
        (Standing.REFUSED, True): result.unexpected,
        (Standing.NEVER_TRIED, True): result.unexpected,
    }.get((standing, present))
    if numbers is not None:
        numbers.add(rows.first, rows.last)
