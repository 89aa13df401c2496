"""Planted failures that no check sees, each with its reason. All others must be caught."""

BLIND_SPOTS: dict[str, str] = {}
