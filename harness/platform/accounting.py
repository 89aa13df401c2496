"""Account for every row by name: the ledger on one side, what a store holds on the other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.history import History
from harness.core.ledger import GROUP_BITS, Attempt, Ledger, Outcome, Vector
from harness.platform.fingerprint import fingerprints
from harness.platform.numbers import Numbers
from harness.platform.rows import SOURCES, RowSource

DETAILED_GROUPS_AT_MOST = 16
"""Differing groups that a probe reads row by row; the others are counted only."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a store holds of one ledger table.

    `groups` maps number >> GROUP_BITS to its vector. `details` holds (number, digest of the row's
    body) of every row of the first DETAILED_GROUPS_AT_MOST groups that `differing` names.
    """

    table: str
    groups: dict[int, Vector]
    details: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """Every row of one table, accounted for.

    `lost`: owed and absent. `gone`: at risk and absent, which a restore excuses and the RPO
    measures. `survived`: at risk and present. `altered`: present with other contents.
    `reordered`: present with the contents of another row, which holds them no longer.
    `duplicated`: present more than once. `unexpected`: present, but never tried or refused.
    `recovered`: indeterminate and present, which is legal.

    Of more groups than were read row by row, `undetailed_groups` of them, nothing is named:
    `undetailed_missing` is the least number of owed rows that they lack.
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
    undetailed_groups: int = 0
    undetailed_missing: int = 0


def differing(groups: dict[int, Vector], ledger: Ledger, history: History, table: str) -> list[int]:
    """Return the groups that hold anything the ledger cannot explain by whole attempts, in order.

    Nothing at all, the owed rows alone, and the owed rows with all those at risk, all the
    indeterminate ones or both are explained.
    """
    tried = _tried(ledger, history, table)
    return [
        index
        for index, held in sorted(groups.items())
        if tried.get(index, _Group()).kept(held) is None
    ]


def account(scan: Scan, ledger: Ledger, history: History) -> Account:
    """Compare a scan with the ledger; rows of differing groups are named one by one."""
    tried = _tried(ledger, history, scan.table)
    result = Account(
        scan.table,
        owed=_rows(history.owed(ledger, scan.table)),
        at_risk=_rows(history.at_risk(ledger, scan.table)),
    )
    rows = _Rows(SOURCES[scan.table], ledger.random, scan, tried)
    for index in sorted(tried.keys() | scan.groups.keys()):
        group = tried.get(index, _Group())
        held = scan.groups.get(index, Vector())
        kept = group.kept(held)
        if kept is not None:
            for span in sorted(group.spans):
                _file(result, span.standing, span.first, span.last, present=span.standing in kept)
        elif index in scan.details:
            rows.account(index, result)
        else:
            owed = group.sum((_Standing.OWED,))
            result.undetailed_groups += 1
            result.undetailed_missing += max(0, owed.rows - held.rows)
    return result


class _Standing(StrEnum):
    OWED = "owed"
    AT_RISK = "at risk"
    INDETERMINATE = "indeterminate"
    REFUSED = "refused"
    NEVER_TRIED = "never tried"


_EXPLAINED = (
    (_Standing.OWED,),
    (_Standing.OWED, _Standing.AT_RISK),
    (_Standing.OWED, _Standing.INDETERMINATE),
    (_Standing.OWED, _Standing.AT_RISK, _Standing.INDETERMINATE),
    (),
)


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    first: int
    last: int
    standing: _Standing


@dataclass(slots=True)
class _Group:
    """What was tried of one group, by standing."""

    spans: list[_Span] = field(default_factory=list)
    vectors: dict[_Standing, Vector] = field(default_factory=dict)

    def sum(self, standings: Iterable[_Standing]) -> Vector:
        return sum((self.vectors.get(s, Vector()) for s in standings), Vector())

    def kept(self, held: Vector) -> tuple[_Standing, ...] | None:
        """Return the standings whose rows, all of them, are exactly what is held, or None."""
        return next((kept for kept in _EXPLAINED if self.sum(kept) == held), None)


def _rows(attempts: list[Attempt]) -> int:
    return sum(attempt.rows for attempt in attempts)


def _tried(ledger: Ledger, history: History, table: str) -> dict[int, _Group]:
    groups: dict[int, _Group] = {}
    for attempt in ledger.of(table):
        if attempt.outcome is not Outcome.ACKNOWLEDGED:
            standing = _Standing(attempt.outcome.value)
        else:
            standing = _Standing.OWED if history.is_owed(attempt) else _Standing.AT_RISK
        for index, vector in attempt.groups.items():
            group = groups.setdefault(index, _Group())
            first = max(attempt.first, index << GROUP_BITS)
            group.spans.append(_Span(first, first + vector.rows - 1, standing))
            group.vectors[standing] = group.vectors.get(standing, Vector()) + vector
    return groups


def _file(result: Account, standing: _Standing, first: int, last: int, *, present: bool) -> None:
    """Enter rows where their standing and their presence put them; some need no mention."""
    numbers = {
        (_Standing.OWED, False): result.lost,
        (_Standing.AT_RISK, False): result.gone,
        (_Standing.AT_RISK, True): result.survived,
        (_Standing.INDETERMINATE, True): result.recovered,
        (_Standing.REFUSED, True): result.unexpected,
        (_Standing.NEVER_TRIED, True): result.unexpected,
    }.get((standing, present))
    if numbers is not None:
        numbers.add(first, last)


class _Rows:
    """The rows that were read one by one, against what was tried under the same numbers."""

    def __init__(
        self, source: RowSource, random: int, scan: Scan, tried: dict[int, _Group]
    ) -> None:
        self._held: dict[int, dict[int, list[int]]] = {}
        self._tried: dict[int, dict[int, tuple[_Standing, int]]] = {}
        self._home: dict[int, tuple[int, int]] = {}
        for index, rows in scan.details.items():
            held = self._held[index] = {}
            for number, digest in rows:
                held.setdefault(number, []).append(digest)
            of_group = self._tried[index] = {}
            for span in tried.get(index, _Group()).spans:
                lines = source.lines(random, span.first, span.last)
                for number, digest in enumerate(fingerprints(source.bodies(lines)), span.first):
                    of_group[number] = (span.standing, digest)
                    self._home[digest] = (index, number)

    def account(self, index: int, result: Account) -> None:
        """Enter every row of one group."""
        held, tried = self._held[index], self._tried[index]
        for number in sorted(held.keys() | tried.keys()):
            found = held.get(number, [])
            standing, expected = tried.get(number, (_Standing.NEVER_TRIED, 0))
            _file(result, standing, number, number, present=bool(found))
            if len(found) > 1:
                result.duplicated.add(number, number)
            if standing in (_Standing.REFUSED, _Standing.NEVER_TRIED):
                continue
            strange = [digest for digest in found if digest != expected]
            if strange:
                moved = all(self._moved(digest) for digest in strange)
                (result.reordered if moved else result.altered).add(number, number)

    def _moved(self, digest: int) -> bool:
        """Tell whether these are the contents of a row that does not hold them itself."""
        if digest not in self._home:
            return False
        index, number = self._home[digest]
        return digest not in self._held[index].get(number, [])
