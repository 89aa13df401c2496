"""An engine that stops answering ends a drill, and is named; it is no fault of the procedure."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from docker_engine import require_docker
from ours import our_runtime, our_site

from harness.core import patience
from harness.core.clock import Clock
from harness.core.ledger import Ledger
from harness.core.patience import Unresponsive
from harness.core.ports import STORES
from harness.runtime.docker import engine as engines
from harness.runtime.docker import reaper
from harness.site import Site

SECRETS = {store: secrets.token_urlsafe(18) for store in STORES}
ANSWERS_WITHIN_SECONDS = 2
ENDS_WITHIN_SECONDS = 45

pytestmark = pytest.mark.timeout(180)


class Way:
    """A way to the engine of this machine that passes nothing on while it is `closed`."""

    def __init__(self, to: str) -> None:
        self._to = to
        self.closed = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def end(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._connect, args=[near], daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        with near, socket.socket(socket.AF_UNIX) as far:
            far.connect(self._to)
            forth = threading.Thread(target=self._pass_on, args=(near, far), daemon=True)
            forth.start()
            self._pass_on(far, near)
            forth.join()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(1 << 16):
                while self.closed.is_set():
                    time.sleep(0.05)
                target.sendall(chunk)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    """Give a way to the engine, on which this process is impatient."""
    require_docker()
    scheme, _, path = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").partition("://")
    if scheme != "unix":
        pytest.skip("the engine has no socket on this machine")
    made = Way(path)
    monkeypatch.setenv("DOCKER_HOST", made.url)
    impatient: Mapping[str, object] = {"timeout": ANSWERS_WITHIN_SECONDS}
    monkeypatch.setattr(engines, "CLIENT_SETTINGS", impatient)
    monkeypatch.setattr("harness.runtime.docker.starting.CLIENT_SETTINGS", impatient)
    monkeypatch.setattr("harness.runtime.docker.runtime.CLIENT_SETTINGS", impatient)
    patience.agree(2)
    yield made
    patience.agree(patience.STALLED_AFTER_SECONDS)
    made.closed.clear()
    made.end()


def _run_a_program(site: Site) -> None:
    site.service("redis").run(["sleep", "600"])


def _start(site: Site) -> None:
    site.start("nats")


def _archive(site: Site) -> None:
    site.service("redis").volume.archive(site.directory / "data.tar.gz")


@pytest.mark.parametrize("ask", [_start, _run_a_program, _archive])
def test_an_engine_that_stops_answering_is_named(
    way: Way, tmp_path: Path, ask: Callable[[Site], None]
) -> None:
    """Whatever waits for it; all is removed once it answers again."""
    drill_id = f"silent-{secrets.token_hex(4)}"
    stack = our_runtime("docker", pull="never").open(drill_id, SECRETS, tmp_path / "logs")
    try:
        site = our_site(stack, Clock(), Ledger(random=7), stack.directory)
        site.start("redis")
        site.service("redis").volume.census()
        threading.Timer(0.0 if ask is not _run_a_program else 1.0, way.closed.set).start()
        time.sleep(0.1)
        begun_seconds = time.monotonic()
        with pytest.raises(Unresponsive, match=r"^the Docker engine stopped answering: "):
            ask(site)
        assert time.monotonic() - begun_seconds < ENDS_WITHIN_SECONDS
    finally:
        way.closed.clear()
        assert () == stack.close().left


def test_a_stack_on_an_engine_that_is_gone_closes(way: Way, tmp_path: Path) -> None:
    """What could not be removed is named, in a time that does not grow with it."""
    drill_id = f"silent-{secrets.token_hex(4)}"
    stack = our_runtime("docker", pull="never").open(drill_id, SECRETS, tmp_path / "logs")
    site = our_site(stack, Clock(), Ledger(random=7), stack.directory)
    site.start("redis")
    way.closed.set()
    begun_seconds = time.monotonic()
    left = stack.close().left
    assert time.monotonic() - begun_seconds < ENDS_WITHIN_SECONDS
    assert left
    assert not any("HINT" in line for line in left)
    way.closed.clear()
    with engines.Engine() as engine:
        assert () == reaper.remove_drill(engine, drill_id).left
