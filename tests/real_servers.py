"""What the tests need of a real server: to start it, to stop it, and to stand a site on it."""

import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from ours import our_site

from harness.core.clock import Clock
from harness.core.ledger import Ledger
from harness.core.patience import Work
from harness.core.ports import Endpoint, Stack
from harness.site import Site
from harness.stores.postgres import PostgresStore

NewDatabase = Callable[..., PostgresStore]
"""Makes a fresh database, a copy of `template` where one is named."""


def free_port() -> int:
    """Return a port of loopback that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """One server of a test, which may stop and start it; what it says goes to a log."""

    def __init__(self, at: Endpoint, argv: Sequence[str | Path], log: Path) -> None:
        self.at = at
        self._argv = argv
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, ready: Callable[[], str | None]) -> None:
        """Start it and wait until it is ready."""
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(self._argv, stdout=said, stderr=said)
        deadline_seconds = time.monotonic() + 30
        while (reason := ready()) is not None:
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline_seconds, reason
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None


def site_of(directory: Path, **endpoints: Endpoint) -> Site:
    """Return a site whose stores answer at these endpoints; it starts and stops nothing."""
    services = {
        store: SimpleNamespace(endpoint=at, is_running=True, work=Work)
        for store, at in endpoints.items()
    }
    stack = cast(Stack, SimpleNamespace(services=services, missing={}, halted=list))
    return our_site(stack, Clock(), Ledger(random=7), directory)
