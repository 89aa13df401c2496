"""Account for every row by name: the ledger on one side, what a store holds on the other."""

from collections import Counter
from dataclasses import dataclass, field

from harness.core.history import History
from harness.core.ledger import GROUP_BITS, Attempt, Ledger, Outcome, Vector, total
from harness.platform.rows import SOURCES, digests

DETAILED_GROUPS_AT_MOST = 64
"""Differing groups that a probe reads row by row; the others are counted only."""

_SWAPS_SOUGHT_AT_MOST = 64
TAB = "\t"


@dataclass(frozen=True, slots=True)
class Scan:
    """What a store holds of one ledger table.

    `groups` maps number >> GROUP_BITS to its vector. `details` holds (number, digest) of every
    row of the groups that differ from the ledger, at most DETAILED_GROUPS_AT_MOST of them, in the
    order the store returned them.
    """

    table: str
    groups: dict[int, Vector]
    details: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """Every row of one table, accounted for.

    The lists hold row numbers in ascending order. `lost`: owed and absent. `gone`: at risk and
    absent, which a restore excuses and the RPO measures. `survived`: at risk and present.
    `altered`: present with other contents. `reordered`: present under another row's number.
    `unexpected`: never tried, or refused. `recovered`: indeterminate and present, which is legal.
    """

    table: str
    owed: int = 0
    at_risk: int = 0
    lost: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    survived: list[int] = field(default_factory=list)
    altered: list[int] = field(default_factory=list)
    reordered: list[int] = field(default_factory=list)
    duplicated: list[int] = field(default_factory=list)
    unexpected: list[int] = field(default_factory=list)
    recovered: list[int] = field(default_factory=list)
    undetailed_groups: int = 0
    undetailed_missing: int = 0


def differing(groups: dict[int, Vector], ledger: Ledger, history: History, table: str) -> list[int]:
    """Return the groups that hold anything but exactly the owed rows, the most telling first.

    A group of at-risk rows only that is wholly absent, as a restore leaves it, does not differ.
    """
    owed = total(history.owed(ledger, table))
    found = [g for g in sorted(owed | groups) if groups.get(g, Vector()) != owed.get(g, Vector())]
    return [g for g in found if groups.get(g, Vector()) != Vector()]


def account(scan: Scan, ledger: Ledger, history: History) -> Account:
    """Compare a scan with the ledger; rows of differing groups are named one by one."""
    owed = history.owed(ledger, scan.table)
    at_risk = history.at_risk(ledger, scan.table)
    result = Account(scan.table, owed=_rows(owed), at_risk=_rows(at_risk))
    owed_total = total(owed)
    ranges = _ranges_by_group(list(ledger.of(scan.table)), history)
    for group in sorted(set(ranges) | set(scan.groups)):
        held = scan.groups.get(group, Vector())
        if held == owed_total.get(group, Vector()):
            # Exactly the owed rows: whatever else was tried in this group is absent.
            result.gone += _numbers(ranges.get(group, []), "at_risk")
        elif held == Vector():
            result.lost += _numbers(ranges.get(group, []), "owed")
            result.gone += _numbers(ranges.get(group, []), "at_risk")
        elif group in scan.details:
            _account_group(result, ledger.random, ranges.get(group, []), scan.details[group])
        else:
            result.undetailed_groups += 1
            short = owed_total.get(group, Vector()).rows - held.rows
            result.undetailed_missing += max(0, short)
    return result


@dataclass(frozen=True, slots=True)
class _Range:
    first: int
    last: int
    standing: str


def _rows(attempts: list[Attempt]) -> int:
    return sum(attempt.rows for attempt in attempts)


def _ranges_by_group(attempts: list[Attempt], history: History) -> dict[int, list[_Range]]:
    ranges: dict[int, list[_Range]] = {}
    for attempt in attempts:
        if attempt.outcome is Outcome.ACKNOWLEDGED:
            standing = "owed" if history.is_owed(attempt) else "at_risk"
        else:
            standing = attempt.outcome.value
        for group in range(attempt.first >> GROUP_BITS, (attempt.last >> GROUP_BITS) + 1):
            low = max(attempt.first, group << GROUP_BITS)
            high = min(attempt.last, ((group + 1) << GROUP_BITS) - 1)
            ranges.setdefault(group, []).append(_Range(low, high, standing))
    return ranges


def _numbers(ranges: list[_Range], standing: str) -> list[int]:
    return [n for r in ranges if r.standing == standing for n in range(r.first, r.last + 1)]


def _account_group(
    result: Account, random: int, ranges: list[_Range], rows: list[tuple[int, int]]
) -> None:
    make = SOURCES[result.table].lines
    lines: dict[int, str] = {}
    standing: dict[int, str] = {}
    for r in ranges:
        numbers = range(r.first, r.last + 1)
        lines.update(zip(numbers, make(random, r.first, r.last), strict=True))
        standing.update(dict.fromkeys(numbers, r.standing))
    held = Counter(number for number, _ in rows)
    present = dict(rows)
    result.duplicated += sorted(number for number, times in held.items() if times > 1)
    result.unexpected += sorted(number for number in held if number not in standing)
    absent = {"owed": result.lost, "at_risk": result.gone}
    found = {
        "at_risk": result.survived,
        Outcome.INDETERMINATE.value: result.recovered,
        Outcome.REFUSED.value: result.unexpected,
    }
    for number in sorted(standing):
        account_of = (found if number in held else absent).get(standing[number])
        if account_of is not None:
            account_of.append(number)
    expected = dict(zip(lines, digests(list(lines.values())), strict=True))
    changed = sorted(n for n in present if n in expected and present[n] != expected[n])
    for number in changed:
        swapped = len(changed) <= _SWAPS_SOUGHT_AT_MOST and any(
            digests([_under(number, lines[other])])[0] == present[number]
            for other in changed
            if other != number
        )
        (result.reordered if swapped else result.altered).append(number)


def _under(number: int, line: str) -> str:
    """Return a row's text as it would be under another row's number."""
    return f"{number}\t{line.partition(TAB)[2]}"
