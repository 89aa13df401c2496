"""How a drill tells whoever is watching what it does now."""

from typing import Protocol


class Watcher(Protocol):
    """Watches a drill; called from the thread that plays it."""

    def phase(self, title: str) -> None:
        """Learn that the drill now does what the title says."""

    def advance(self, done: int, total: int) -> None:
        """Learn how far the present phase has come, in rows."""


class Unwatched:
    """Nobody is watching."""

    def phase(self, title: str) -> None:
        """Ignore it."""

    def advance(self, done: int, total: int) -> None:
        """Ignore it."""
