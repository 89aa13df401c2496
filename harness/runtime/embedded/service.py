"""The life of one server of a drill: started, stopped, killed, and its clients run beside it."""

import os
import shutil
import signal
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core import environment
from harness.core.errors import DrillError
from harness.core.last_words import cause
from harness.core.patience import (
    KILLED_WITHIN_SECONDS,
    STOPPED_WITHIN_SECONDS,
    Unresponsive,
    Work,
)
from harness.core.ports import Completed, Endpoint, ServerIdentity
from harness.core.redact import Redactor
from harness.runtime import processes
from harness.runtime.drill_stack import KILLED_BELOW, DrillServer
from harness.runtime.embedded.binaries import Server
from harness.runtime.embedded.client import run_client
from harness.runtime.embedded.isolation import Isolation
from harness.runtime.embedded.process import LOOPBACK, ServerProcess, free_port
from harness.runtime.embedded.unprivileged import Account
from harness.runtime.embedded.volume import DirectoryVolume

PORTS_TRIED = 5


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the services of one drill share."""

    drill_id: str
    directory: Path
    logs: Path
    secrets: Mapping[str, str]
    are_isolated: bool = False


class EmbeddedService(DrillServer):
    """A server as a child process. A kind of server says how to run it."""

    store: str
    user = ""
    database = ""
    stop_signal = signal.SIGTERM
    runs_code_of_its_data = False
    stops_within_seconds = STOPPED_WITHIN_SECONDS

    def __init__(self, surroundings: Surroundings, server: Server) -> None:
        self._surroundings = surroundings
        self._server = server
        self._secret = surroundings.secrets.get(self.store, "")
        self._redactor = Redactor(surroundings.secrets.values())
        self._process: ServerProcess | None = None
        self._is_ending = False
        self._port: int | None = None
        self._volume = DirectoryVolume(
            surroundings.directory / "volumes" / self.store,
            drill_id=surroundings.drill_id,
            store=self.store,
            note=self._note,
            marks=self._marks(),
        )
        self._private = surroundings.directory / "private" / self.store
        self._scratch = surroundings.directory / "scratch" / self.store
        for directory in (self._private, self._scratch):
            directory.mkdir(mode=0o700, parents=True)
        self._isolation: Isolation | None = None
        if surroundings.are_isolated and self.runs_code_of_its_data:
            root = surroundings.directory / "nothing" / self.store
            root.mkdir(mode=0o700, parents=True)
            own = (self._volume.root, self._private, self._scratch)
            self._isolation = Isolation(root, own, self._private)
        self.log.touch()

    @abstractmethod
    def argv(self) -> Sequence[str]:
        """Return the command that serves `address`; writes the configuration it names."""

    def environ(self) -> Mapping[str, str]:
        """Return what the server's environment holds beside the common variables."""
        return {}

    def client_environ(self) -> Mapping[str, str]:
        """Return what addresses this server's client programs."""
        return {}

    def prepare(self) -> None:
        """Make the volume ready for a start, as the server's image does."""

    def works_in(self) -> Path:
        """Return the server's working directory."""
        return self._private

    def reached(self, path: Path) -> str:
        """Return a path from where the server works: its configuration need not be able to say
        what may stand above a drill.
        """
        return os.path.relpath(path, self.works_in())

    def account(self) -> Account:
        """Return how the server must be run."""
        return Account()

    @property
    def volume(self) -> DirectoryVolume:
        """Its durable data."""
        return self._volume

    @property
    def programs(self) -> Path:
        """The directory of the server's programs."""
        return self._server.program.parent

    @property
    def identity(self) -> ServerIdentity:
        """Which program it is."""
        return self._server.identity

    @property
    def log(self) -> Path:
        """What it printed, over all of its starts."""
        return self._surroundings.logs / f"{self.store}.log"

    @property
    def said(self) -> str:
        """The last lines that it printed since it was started."""
        process = self._process
        return self._redactor.text(process.said) if process is not None else ""

    @property
    def scratch(self) -> str:
        """The private directory of its client programs, seen from its volume."""
        return os.path.relpath(self._scratch, self.volume.root)

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""
        process = self._process
        return process is not None and process.status is None

    @property
    def is_wanted(self) -> bool:
        """Whether the drill has started it and not begun to end it."""
        return self._process is not None and not self._is_ending

    @property
    def address(self) -> Endpoint:
        """Where it answers, or will answer once it is started."""
        if self._port is None:
            self._port = free_port()
        return Endpoint(LOOPBACK, self._port, self.user, self._secret, self.database)

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it, on its former port if that is still free.

        Raises: DrillError: it cannot be started, or died at once.
        """
        if self.is_running:
            return
        self.kill()  # A server that crashed may have left some of its processes.
        self.prepare()
        self._is_ending = False
        for _ in range(PORTS_TRIED):
            self._port = free_port(self._port)
            self._process = self._spawn(self.argv(), {**self.environ(), **(environment or {})})
            self._watch(self._process, self._port)
            if not self._process.found_port_taken:
                break
            self._port = None
        if self._process is not None and self._process.status is not None:
            raise self._died(self._process.status)

    def stop(self) -> None:
        """Stop it in order; one that does not obey in time is killed.

        Raises: Unresponsive: somebody had halted it, so that it could not obey; it is killed.
        """
        if self._process is None:
            return
        halted = self.work().halted or self.killed()
        self._is_ending = True
        if not halted and not self._process.end(self.stop_signal, self.stops_within_seconds):
            self._note(f"did not stop within {self.stops_within_seconds:.0f} s and was killed")
        self.kill()
        if halted:
            raise Unresponsive(f"{self.store} could not be stopped in order: {halted} does nothing")

    def kill(self) -> None:
        """Kill all of its processes. Raises: DrillError: some could not be killed."""
        if self._process is None:
            return
        self._is_ending = True
        _, left = processes.kill_all(
            processes.of_service(self._surroundings.drill_id, self.store, self._volume.root)
        )
        if not self.reap() or left:
            raise DrillError(f"{self.store}: could not be killed: {', '.join(left)}")

    def reap(self) -> bool:
        """Kill its first process if it still lives; tell whether it is gone."""
        if self._process is None:
            return True
        gone = self._process.end(signal.SIGKILL, KILLED_WITHIN_SECONDS)
        if gone:
            self._process = None
        return gone

    def work(self) -> Work:
        """Return what its processes have consumed so far."""
        process = self._process
        return process.work() if process is not None else Work()

    def killed(self) -> str:
        """Name what somebody else than the drill has killed of it, or nothing."""
        process = self._process
        if process is None or self._is_ending:
            return ""
        if process.status == -signal.SIGKILL:
            return f"{self.store} (killed)"
        return f"a process of {self.store} (killed)" if process.tells(KILLED_BELOW) else ""

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: Path | None = None,
        stdout: Path | None = None,
        check: bool = True,
        is_endless: bool = False,
    ) -> Completed:
        """Run a client program of this server. Raises: CommandFailed, DrillError: none such."""
        environ = {**self._common_environ(), **self.client_environ()}
        # A script finds the same programs that are run by name here.
        environ["PATH"] = f"{self._server.program.parent}{os.pathsep}{environ['PATH']}"
        program = self._client(argv[0])
        completed = run_client(
            program,
            argv,
            behind=self._behind(program),
            environ=environ,
            directory=self._scratch,
            stdin=stdin,
            stdout=stdout,
            server=self.work,
            is_endless=is_endless,
        )
        return self._masked(completed, check=check)

    def fetch(self, name: str, target: Path) -> None:
        """Move `name` out of the scratch directory."""
        shutil.move(self._scratch / name, target)

    def send(self, source: Path, name: str) -> None:
        """Copy a file or directory into the scratch directory."""
        if source.is_dir():
            shutil.copytree(source, self._scratch / name, symlinks=True)
        else:
            shutil.copy2(source, self._scratch / name)

    def _watch(self, process: ServerProcess, port: int) -> None:
        process.watch(port)

    def _spawn(self, argv: Sequence[str], environ: Mapping[str, str]) -> ServerProcess:
        marked = {**environ, **self._marks(), processes.SERVICE_MARK: self.store}
        served = {**self._common_environ(), **marked}
        argv = [*self._behind(Path(argv[0])), *argv]
        return ServerProcess(argv, served, self.works_in(), self.log, self.account())

    def _behind(self, program: Path) -> tuple[str, ...]:
        """Return what a program's command is put behind, so that it is cut off if it has to be."""
        return self._isolation.prefix(program) if self._isolation else ()

    def _common_environ(self) -> dict[str, str]:
        # Nothing that a person keeps in the home directory may change what a command does.
        return environment.plain(HOME=str(self._private), **self._marks())

    def _marks(self) -> dict[str, str]:
        return processes.marks(self._surroundings.drill_id, self._surroundings.directory)

    def _client(self, name: str) -> Path:
        beside = self._server.program.with_name(name)
        found = beside if beside.is_file() else shutil.which(name)
        if found is None:
            raise DrillError(
                f"{self.store}: no program {name} beside {self._server.program} or on PATH",
                f"Install the client programs of {self.identity.product}.",
            )
        return Path(found)

    def _died(self, status: int) -> DrillError:
        said = self.said
        return DrillError(
            f"{self.store} ended with status {status} when it was started: {cause(said)}\n{said}",
            f"Its log: {self.log}",
        )

    def _note(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"drill: {text.strip()}\n")
