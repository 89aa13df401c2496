"""A verdict is one of three words, and the worst one wins."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What a check, a drill or a suite concludes."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    UNVERIFIED = "UNVERIFIED"
    FAIL = "FAIL"


_SEVERITY = {Verdict.PASS: 0, Verdict.UNVERIFIED: 1, Verdict.FAIL: 2}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; of nothing at all, UNVERIFIED: an empty set proves nothing."""
    return max(verdicts, key=_SEVERITY.__getitem__, default=Verdict.UNVERIFIED)
