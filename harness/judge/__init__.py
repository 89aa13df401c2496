"""Judge a case: every check that applies, then one verdict. Pure: no store, no clock."""

from harness.judge.finding import find
from harness.judge.judging import judge

__all__ = ["find", "judge"]
