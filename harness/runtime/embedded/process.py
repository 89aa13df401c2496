"""One server process in a session of its own, its output appended to a log.

It is not tied to the harness by PR_SET_PDEATHSIG: that signal is sent when the *thread* that
started the process ends, and is lost when credentials change, as they do for PostgreSQL under
root. What a killed harness leaves is found by its marks at the next start (see `workdir.clean`).
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from harness.core.errors import DrillError
from harness.core.patience import Patience, Work
from harness.runtime.embedded.unprivileged import Account
from harness.runtime.programs import work_of

LOOPBACK = "127.0.0.1"

# Long enough for a server to find its port taken; shorter than the wait for its readiness, which
# is not done here.
LISTENS_WITHIN_SECONDS = 0.3
_POLL_SECONDS = 0.005
_LOOK_EVERY_SECONDS = 0.25
_TAIL_LINES = 15
_TAIL_BYTES = 16_384


class ServerProcess:
    """A server from its start to its end."""

    def __init__(
        self,
        argv: Sequence[str],
        environ: Mapping[str, str],
        directory: Path,
        log: Path,
        account: Account,
    ) -> None:
        """Start it. Raises: DrillError: the program cannot be executed."""
        user, group = account.ids or (None, None)
        self._log = log
        with log.open("ab") as output:
            self._log_offset_bytes = output.tell()
            try:
                self._popen = subprocess.Popen(
                    [*account.prefix, *argv],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=directory,
                    env=dict(environ),
                    start_new_session=True,
                    user=user,
                    group=group,
                    extra_groups=None if group is None else [],
                )
            except OSError as error:
                raise DrillError(
                    f"cannot execute {argv[0]}: {error.strerror}",
                    "The program, and every directory above it, must be readable to the user that"
                    " runs it.",
                ) from None

    @property
    def status(self) -> int | None:
        """Its exit status (negative: the signal that ended it), or None while it runs."""
        return self._popen.poll()

    @property
    def said(self) -> str:
        """The last lines it printed; nothing where its log is gone."""
        try:
            with self._log.open("rb") as log:
                end = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_offset_bytes, end - _TAIL_BYTES))
                lines = log.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-_TAIL_LINES:])

    def tells(self, words: str) -> bool:
        """Whether it has printed this since it was started, as far as its log is there."""
        try:
            with self._log.open("rb") as log:
                log.seek(self._log_offset_bytes)
                return any(words.encode() in line for line in log)
        except OSError:
            return False

    @property
    def found_port_taken(self) -> bool:
        """Whether it ended because another program listens on its port."""
        return self.status is not None and "address already in use" in self.said.lower()

    def work(self) -> Work:
        """Return what it and its descendants have consumed so far."""
        return work_of(self._popen.pid)

    def watch(self, port: int) -> None:
        """Wait until it listens or has ended, but not longer than it takes to find a port taken."""
        deadline_seconds = time.monotonic() + LISTENS_WITHIN_SECONDS
        while self.status is None and time.monotonic() < deadline_seconds:
            if self._listens(port):
                return
            time.sleep(_POLL_SECONDS)

    def _listens(self, port: int) -> bool:
        # Not by connecting: whoever took the port would answer.
        try:
            sockets = psutil.Process(self._popen.pid).net_connections("tcp4")
        except psutil.Error:
            return False
        return any(s.status == psutil.CONN_LISTEN and s.laddr.port == port for s in sockets)

    def end(self, by: signal.Signals, within_seconds: float) -> bool:
        """Signal its process group and wait; tell whether it ended in time."""
        if self.status is None:
            os.killpg(self._popen.pid, by)
        return self.wait(within_seconds)

    def finish(self, who: str) -> int:
        """Wait for its end as long as it works, and return its status. Raises: Unresponsive."""
        patience = Patience(who, self.work)
        while not self.wait(_LOOK_EVERY_SECONDS):
            patience.check()
        return self._popen.returncode

    def wait(self, within_seconds: float) -> bool:
        """Wait for its end; tell whether it came in time."""
        try:
            self._popen.wait(within_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def free_port(preferred: int | None = None) -> int:
    """Return a free port on loopback: the preferred one if it is still free."""
    if preferred is not None:
        with socket.socket() as probe:
            # Connections of the server's last run may linger; they do not keep the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, preferred))
            except OSError:
                pass
            else:
                return preferred
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
