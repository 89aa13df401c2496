"""Ledgers for tests: attempts by range and outcome, with the digests of the real rows."""

import numpy as np
from ours import SOURCES

from harness.core.history import History, Restoration
from harness.core.ledger import GROUP_BITS, Attempt, Ledger, Outcome, Vector
from harness.platform.detailing import PRESENCE_BYTES, Detailing, Rows
from harness.platform.fingerprint import fingerprints, vectors
from harness.platform.numbered import NumberedRows
from harness.platform.scan import Scan

Held = list[tuple[int, str]]
"""What a store holds of a table: numbers and canonical texts, in any order."""

RANDOM = 7

RESTORED = Restoration(
    "nightly", "postgres", "pg_dump", cut_seconds=10.0, begun_seconds=30.0, ended_seconds=40.0
)
"""Excuses what ended after 10 s and before 30 s."""

BEFORE_THE_CUT, AFTER_THE_CUT = 5.0, 20.0


def attempt(
    table: str,
    first: int,
    last: int,
    outcome: Outcome = Outcome.ACKNOWLEDGED,
    ended_seconds: float = BEFORE_THE_CUT,
) -> Attempt:
    """Return an attempt for the rows `first` to `last`."""
    groups = vectors(first, SOURCES[table].lines(RANDOM, first, last))
    return Attempt(table, first, last, ended_seconds - 1, ended_seconds, outcome, groups)


def ledger(*attempts: Attempt) -> Ledger:
    """Return a ledger of these attempts."""
    return Ledger(RANDOM, list(attempts))


def restored() -> History:
    """Return a history in which PostgreSQL was restored once."""
    return History(restorations=[RESTORED])


def rows_of(table: str, first: int, last: int) -> Held:
    """Return rows as they were written."""
    return list(zip(range(first, last + 1), SOURCES[table].lines(RANDOM, first, last), strict=True))


def scan_of(table: str, held: Held, written: Ledger, history: History) -> Scan:
    """Return what a probe would see of these rows."""
    lines = [line for _, line in held]
    numbers = np.array([number for number, _ in held], np.int64)
    digests = np.array(fingerprints(lines), np.int64)
    bodies = np.array(fingerprints(SOURCES[table].bodies(lines)), np.int64)
    groups: dict[int, Vector] = {}
    for number, digest in zip(numbers.tolist(), digests.tolist(), strict=True):
        index = number >> GROUP_BITS
        groups[index] = groups.get(index, Vector()) + Vector(1, number, digest)
    detailing = Detailing(
        table, groups, written, history, NumberedRows(SOURCES[table], written.random)
    )
    detailing.explain({group: presence(numbers.tolist(), group) for group in detailing.lacking()})
    for group in detailing.unexplained():
        of_group = numbers >> GROUP_BITS == group
        detailing.compare(group, Rows(numbers[of_group], digests[of_group], bodies[of_group]))
    return detailing.scan()


def presence(numbers: list[int], group: int) -> bytes:
    """Return which numbers of a group are there, as a probe tells it."""
    bits = bytearray(PRESENCE_BYTES)
    for number in numbers:
        if number >> GROUP_BITS == group:
            at = number - (group << GROUP_BITS)
            bits[at // 8] |= 1 << at % 8
    return bytes(bits)
