"""What a person sees while checks are proven: how far it has come, and each thing that is wrong."""

import secrets
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from harness.core.proof import GOOD, Outcome, Planted

_PLAIN_LINE_EVERY_SECONDS = 10.0


def new_run_id() -> str:
    """Return a name for a run's folder that sorts by its beginning."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


class Watching:
    """A spinner on a terminal, and a line from time to time elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._begun_seconds = time.monotonic()
        self._said_seconds = -_PLAIN_LINE_EVERY_SECONDS

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._console.status("prepare")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def phase(self, title: str) -> None:
        """Show what is being done."""
        self._say(title)

    def planted(self, done: int, total: int, last: Planted) -> None:
        """Show how far it has come; print at once what is not as it should be."""
        if last.outcome not in (*GOOD, Outcome.NOT_HERE):
            self._console.print(f"✗ {last.outcome.value}: {last.name}")
        self._say(f"{done} of {total} planted")

    def _say(self, text: str) -> None:
        now_seconds = time.monotonic()
        line = f"{text}, {now_seconds - self._begun_seconds:.0f} s"
        if self._status is not None:
            self._status.update(Text(line))
        elif now_seconds - self._said_seconds >= _PLAIN_LINE_EVERY_SECONDS:
            self._said_seconds = now_seconds
            self._console.print(f"  {line}")
