"""Ledgers for tests: attempts by range and outcome, with the digests of the real rows."""

from harness.core.history import History, Restoration
from harness.core.ledger import Attempt, Ledger, Outcome
from harness.platform.fingerprint import vectors
from harness.platform.rows import SOURCES

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
