"""What stood still for a while during a drill, for somebody outside had stopped it.

Whoever looks only when something has failed comes too late for what has gone on meanwhile: a hub
has blamed a store for it by then, and the clock of a recovery has run on.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from harness.drill.looking import looking

# Nothing is blamed for not answering before READY_ANSWER_WITHIN_SECONDS.
_LOOKS_EVERY_SECONDS = 2.0
_LATE_AFTER_SECONDS = 5.0


class Halts:
    """Remembers what it saw stopped, and the harness itself, which cannot see that it is."""

    def __init__(self) -> None:
        self._seen: list[str] = []

    @contextmanager
    def watched(self, stopped: Callable[[], Sequence[str]]) -> Iterator[None]:
        """Look at what is `stopped` again and again until the end."""
        looked_seconds = time.monotonic()

        def look() -> None:
            nonlocal looked_seconds
            late_seconds = time.monotonic() - looked_seconds - _LOOKS_EVERY_SECONDS
            itself = ["the drill itself"] if late_seconds > _LATE_AFTER_SECONDS else []
            self._seen += [who for who in (*itself, *stopped()) if who not in self._seen]
            looked_seconds = time.monotonic()

        with looking(look, _LOOKS_EVERY_SECONDS):
            yield

    def told(self) -> str:
        """Return who stood still; nothing if nobody did."""
        if not self._seen:
            return ""
        return f"{' and '.join(self._seen)} stood still for a while, stopped from outside"
