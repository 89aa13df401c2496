"""The drill's one clock: seconds since the drill began, never going back."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Counts seconds from the moment it is made; wall time is derived, so the two always agree."""

    def __init__(self) -> None:
        self.started_utc = datetime.now(UTC)
        self._origin_seconds = time.monotonic()

    def now_seconds(self) -> float:
        """Return the seconds since the drill began."""
        return time.monotonic() - self._origin_seconds

    def utc(self, at_seconds: float) -> datetime:
        """Return the wall time of a moment of the drill."""
        return self.started_utc + timedelta(seconds=at_seconds)
