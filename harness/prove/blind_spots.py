"""Planted failures that no check sees, and near misses that one rings for, each with its reason.

All others must be caught, or let pass; one of these that is seen now is told by the proof.
"""

BLIND_SPOTS: dict[str, str] = {}
