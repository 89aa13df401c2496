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


class Remembering:
    """Passes on what it learns, and knows the `title` of the present phase."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self.title = ""

    def phase(self, title: str) -> None:
        """Remember it and pass it on."""
        self.title = title
        self._watcher.phase(title)

    def advance(self, done: int, total: int) -> None:
        """Pass it on."""
        self._watcher.advance(done, total)
