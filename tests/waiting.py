"""Wait for what a server or a process comes to by itself."""

import time
from collections.abc import Callable
from typing import Any


def wait_until(answer: Callable[[], Any], expected: object) -> None:
    """Ask until the answer is the expected one."""
    deadline_seconds = time.monotonic() + 20
    while (last := answer()) != expected:
        assert time.monotonic() < deadline_seconds, last
        time.sleep(0.02)
