"""The Made Open platform as data: its rows, keys and messages, all of them pure functions."""

from pathlib import Path

DECLARED = Path(__file__).parent / "made_open"
"""What the platform declares: its SQL, its streams and its index."""

MIGRATIONS = tuple(sorted(path.stem for path in (DECLARED / "migrations").glob("*.sql")))
"""The platform's later migrations, which a scenario may apply."""
