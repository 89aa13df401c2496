"""What a procedure does is kept as commands: as they were run, or what does the same in a shell.

What is the drill's own in them, its folders, addresses and secrets, is kept as the name of a place.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.core.addresses import told
from harness.core.clock import Clock
from harness.core.errors import CommandFailed, DrillError
from harness.core.history import Command, History
from harness.core.paths import from_here
from harness.core.patience import Work
from harness.core.ports import Census, Completed, Endpoint, ServerIdentity, Service, Volume

_COMPOSE = ("docker", "compose")
_IN_ITS_PLACE = "{{{store}.volume}}"
_PLACES_OF_ADDRESSES = ("url", "password", "token", "key", "port")
"""Parts of an address that are the drill's alone, those first that hold others."""


@dataclass(slots=True)
class Recorder:
    """Keeps commands in the history while it `is_on`: seeding and looking are no procedure."""

    clock: Clock
    history: History
    services: Mapping[str, Service]
    places: dict[str, str] = field(default_factory=dict)
    is_on: bool = False

    @contextmanager
    def on(self) -> Iterator[None]:
        """Keep what is done meanwhile."""
        before, self.is_on = self.is_on, True
        try:
            yield
        finally:
            self.is_on = before

    @contextmanager
    def command(
        self,
        store: str,
        argv: Sequence[str | Path],
        *,
        stdin: Path | None = None,
        stdout: Path | None = None,
        text: str = "",
        was_run: bool = False,
    ) -> Iterator["Status"]:
        """Keep one command and how it ended; `text` is what a shell reads in its place."""
        status = Status()
        if not self.is_on:
            yield status
            return
        # By now: a server that is stopped has no address any more.
        shown = self._shown()
        begun_seconds = self.clock.now_seconds()
        try:
            yield status
        except BaseException as error:
            status.ended = error.status if isinstance(error, CommandFailed) else None
            raise
        finally:
            self.history.commands.append(
                Command(
                    store=store,
                    argv=tuple(_named(str(part), shown) for part in argv),
                    stdin=_file(stdin, shown),
                    stdout=_file(stdout, shown),
                    text=_named(text, shown),
                    was_run=was_run,
                    status=status.ended,
                    begun_seconds=begun_seconds,
                    ended_seconds=self.clock.now_seconds(),
                )
            )

    def _shown(self) -> list[tuple[re.Pattern[str], str]]:
        """Return what gives way to which place, the longest first."""
        texts = dict(self.places)
        for store, service in self.services.items():
            texts[service.volume.name] = _IN_ITS_PLACE.format(store=store)
            texts[service.scratch] = "{work}"
            try:
                parts = told(store, service.endpoint)
            except DrillError:
                continue
            texts |= {
                parts[part]: f"{{{store}.{part}}}"
                for part in _PLACES_OF_ADDRESSES
                if parts.get(part)
            }
        longest_first = sorted(texts.items(), key=lambda one: len(one[0]), reverse=True)
        return [(re.compile(rf"(?<!\w){re.escape(old)}(?!\w)"), new) for old, new in longest_first]


@dataclass(slots=True)
class Status:
    """How a command ended, where it has a status of its own; None where it did not end well."""

    ended: int | None = 0


def _named(text: str, shown: Sequence[tuple[re.Pattern[str], str]]) -> str:
    for old, new in shown:
        text = new.join(old.split(text))
    return text


def _file(path: Path | None, shown: Sequence[tuple[re.Pattern[str], str]]) -> str:
    if path is None:
        return ""
    named = _named(str(path), shown)
    return named if named != str(path) else str(from_here(path))


@dataclass(frozen=True, slots=True)
class RecordedVolume:
    """A volume that keeps what is done to all of it."""

    own: Volume
    store: str
    recorder: Recorder

    @property
    def name(self) -> str:
        """A name for people."""
        return self.own.name

    def archive(self, target: Path) -> None:
        """Archive it."""
        argv: Sequence[str | Path] = ["tar", "czf", target, "-C", self._place, "."]
        with self.recorder.command(self.store, argv):
            self.own.archive(target)

    def extract(self, source: Path) -> None:
        """Unpack an archive into it."""
        with self.recorder.command(self.store, ["tar", "xzf", source, "-C", self._place]):
            self.own.extract(source)

    def wipe(self) -> None:
        """Remove everything in it."""
        with self.recorder.command(self.store, ["find", self._place, "-mindepth", "1", "-delete"]):
            self.own.wipe()

    def census(self) -> Census:
        """Count what it holds."""
        return self.own.census()

    def read(self, path: str) -> bytes:
        """Return the content of a small file."""
        return self.own.read(path)

    def write(self, path: str, content: bytes) -> None:
        """Create or replace a small file."""
        self.own.write(path, content)

    def files(self) -> Mapping[str, int]:
        """Return the size of every file."""
        return self.own.files()

    def digests(self) -> Mapping[str, str]:
        """Return the SHA-256 of every file."""
        return self.own.digests()

    def patch(self, path: str, offset: int, content: bytes) -> None:
        """Overwrite a part of a file."""
        self.own.patch(path, offset, content)

    def cut(self, path: str, size_bytes: int) -> None:
        """End a file early."""
        self.own.cut(path, size_bytes)

    def remove(self, path: str) -> None:
        """Remove one file."""
        self.own.remove(path)

    def scramble(self) -> None:
        """Overwrite every file."""
        self.own.scramble()

    @property
    def _place(self) -> str:
        return _IN_ITS_PLACE.format(store=self.store)


@dataclass(frozen=True, slots=True)
class RecordedService:
    """A service that keeps its starts and stops, and what is run beside it."""

    own: Service
    store: str
    recorder: Recorder

    @property
    def volume(self) -> Volume:
        """Its durable data."""
        return RecordedVolume(self.own.volume, self.store, self.recorder)

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers."""
        return self.own.endpoint

    @property
    def identity(self) -> ServerIdentity:
        """Which program it is."""
        return self.own.identity

    @property
    def is_running(self) -> bool:
        """Whether it is alive."""
        return self.own.is_running

    @property
    def is_wanted(self) -> bool:
        """Whether the drill has started it and not begun to end it."""
        return self.own.is_wanted

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.own.log

    @property
    def said(self) -> str:
        """The last lines that it printed."""
        return self.own.said

    @property
    def scratch(self) -> str:
        """Where its programs work, as it sees it."""
        return self.own.scratch

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it."""
        if self.own.is_running:
            return
        argv = [*_COMPOSE, "up", "-d", self.store]
        if environment:
            given = [part for item in environment.items() for part in ("-e", "=".join(item))]
            argv = [*_COMPOSE, "run", "-d", "--service-ports", *given, self.store]
        with self.recorder.command(self.store, argv):
            self.own.start(environment)

    def stop(self) -> None:
        """Stop it."""
        if not self.own.is_running:
            self.own.stop()
            return
        with self.recorder.command(self.store, [*_COMPOSE, "stop", self.store]):
            self.own.stop()

    def kill(self) -> None:
        """Kill it: no procedure does."""
        self.own.kill()

    def work(self) -> Work:
        """Return what it has consumed so far."""
        return self.own.work()

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: Path | None = None,
        stdout: Path | None = None,
        check: bool = True,
        is_endless: bool = False,
    ) -> Completed:
        """Run a client program beside it; one without an end is kept when it begins."""
        if is_endless:
            in_background = f"{shlex.join(argv)} &"
            with self.recorder.command(self.store, argv, text=in_background, was_run=True):
                pass
            return self.own.run(argv, stdin=stdin, stdout=stdout, check=check, is_endless=True)
        kept = self.recorder.command(self.store, argv, stdin=stdin, stdout=stdout, was_run=True)
        with kept as status:
            ended = self.own.run(argv, stdin=stdin, stdout=stdout, check=check)
            status.ended = ended.status
        return ended

    def fetch(self, name: str, target: Path) -> None:
        """Move something out of where its programs work."""
        with self.recorder.command(self.store, ["mv", name, target]):
            self.own.fetch(name, target)

    def send(self, source: Path, name: str) -> None:
        """Copy something to where its programs work."""
        with self.recorder.command(self.store, ["cp", "-r", source, name]):
            self.own.send(source, name)
