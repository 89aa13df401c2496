"""Prove the checks: plant failures in clones of a restored platform, and see which are caught."""

from harness.prove.choosing import choose_plants
from harness.prove.proving import Progress, Wanted, prove

__all__ = ["Progress", "Wanted", "choose_plants", "prove"]
