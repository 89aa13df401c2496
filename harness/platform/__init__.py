"""The Made Open platform as data: its rows, keys and messages, all of them pure functions."""

from pathlib import Path

DECLARED = Path(__file__).parent / "made_open"
"""What the platform declares: its SQL, its streams and its index."""
