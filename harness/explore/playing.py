"""Timelines are played by processes of their own, each on its warm site, several at once."""

import multiprocessing
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from harness.core import environment, patience
from harness.core.errors import DrillError
from harness.core.interruption import settle
from harness.core.ports import STORES
from harness.core.verdict import Verdict
from harness.explore.draft import Draft
from harness.explore.played import Played, summed_up

if TYPE_CHECKING:
    from harness.explore.warm import Warm

ENDS_WITHIN_SECONDS = 120

_ACCEPTED = dict.fromkeys(STORES, "it cannot run here")
"""Of a store that a timeline does not touch; one that it does is not played."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every process needs of the project's settings."""

    binaries: Mapping[str, str]
    stalled_after_seconds: float


class Players:
    """So many processes that play what they are given, and end with this one."""

    def __init__(self, count: int, settings: Settings) -> None:
        self._count, self._settings = count, settings
        self._players: dict[Connection, BaseProcess] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="explore-"))

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        for number in range(self._count):
            here, there = context.Pipe()
            folder = self._folder / str(number)
            player = context.Process(
                target=_play_all, args=(there, folder, self._settings), daemon=False
            )
            player.start()
            there.close()
            self._players[here] = player
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            settle()
            for player in self._players.values():
                player.terminate()
        for connection in self._players:
            connection.close()
        for player in self._players.values():
            player.join(ENDS_WITHIN_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def play(self, drafts: Iterable[Draft]) -> Iterator[tuple[Draft, Played]]:
        """Yield what came of each draft, in their order; the next are played meanwhile.

        Raises: DrillError: a process that plays has ended.
        """
        waiting = iter(drafts)
        idle = list(self._players)
        busy: dict[Connection, int] = {}
        asked: dict[int, Draft] = {}
        done: dict[int, Played] = {}
        told = 0
        is_over = False
        while True:
            while idle and not is_over:
                draft = next(waiting, None)
                if draft is None:
                    is_over = True
                    break
                number = len(asked) + told
                player = idle.pop()
                asked[number], busy[player] = draft, number
                player.send(draft)
            while told in done:
                yield asked.pop(told), done.pop(told)
                told += 1
            if not busy:
                return
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                try:
                    said = ready.recv()
                except (EOFError, OSError):
                    raise DrillError(
                        "a process that plays timelines has ended",
                        "It was killed from outside; `drill clean` removes what it left.",
                    ) from None
                done[busy.pop(ready)] = said
                idle.append(ready)


def _play_all(asked: Connection, folder: Path, settings: Settings) -> None:
    """Play what is asked for until nothing more is; whoever ends this process ends its drill."""
    from harness.explore.warm import Warm  # noqa: PLC0415 - clients, which the asking need not load

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    patience.agree(settings.stalled_after_seconds)
    with suppress(KeyboardInterrupt, EOFError, OSError), environment.ours():
        warm = Warm(settings.binaries)
        try:
            while True:
                draft = asked.recv()
                asked.send(_played(draft, warm, folder))
        finally:
            settle()
            warm.close()


def _played(draft: Draft, warm: "Warm", folder: Path) -> Played:
    from harness.drill.play import DrillSettings, play  # noqa: PLC0415 - as above
    from harness.scenario.load import load  # noqa: PLC0415 - as above

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    file = folder / "scenarios" / "explored.yaml"
    file.parent.mkdir()
    file.write_text(draft.text(file.parent), encoding="utf-8")
    begun_seconds = time.monotonic()
    try:
        scenario = load(file)
        evidence = play(
            scenario,
            warm.runtime(scenario),
            folder / "drill",
            DrillSettings("explore", _ACCEPTED, bring_up=warm.seeding(scenario)),
        )
    except DrillError as error:
        return Played(Verdict.UNVERIFIED, str(error), 0.0, failure=str(error))
    return replace(summed_up(evidence), seconds=time.monotonic() - begun_seconds)
