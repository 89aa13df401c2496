"""Something happens in the middle of a step: proven to, or the drill has shown nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from harness.core.errors import DrillError, Unavailable
from harness.core.last_words import cause
from harness.core.points import POINTS, BrokenOff
from harness.scenario.steps import Meanwhile, Step, Write
from harness.site import Site

_SHORTER = "Write more rows, let it happen earlier, or at a named point."


def in_the_middle(site: Site, step: Step, meanwhile: Meanwhile, play: Callable[[Step], str]) -> str:
    """Play a step, and in the middle of it what is to happen there; return what became of both.

    A failure of the step is the doing of that, and no failure of the procedure.
    Raises: DrillError: the step never came to that point, or was over by then.
    """
    struck = _Middle(meanwhile, lambda: play(meanwhile.what) if meanwhile.what else "")
    known = len(site.history.failures)
    told = ""
    try:
        with struck.awaited(site, apart=isinstance(step, Write)):
            told = play(step)
    except Unavailable:
        raise
    except DrillError as error:
        told = error.message
    struck.require(step)
    failures = site.history.failures[known:]
    del site.history.failures[known:]
    became = "; ".join(f"{f.store} broke off: {cause(f.message)}" for f in failures)
    happened = struck.told or "broken off"
    return "\n".join(filter(None, [f"{meanwhile.when}: {happened}", told, became]))


@dataclass(slots=True)
class _Middle:
    """What happens, and whether it did so in time."""

    meanwhile: Meanwhile
    act: Callable[[], str]
    told: str = ""
    _has_begun: bool = False
    _was_over: bool = False
    _error: BaseException | None = None
    _is_over: Event = field(default_factory=Event)
    _beside: list[Thread] = field(default_factory=list)

    @contextmanager
    def awaited(self, site: Site, *, apart: bool) -> Iterator[None]:
        """Let it happen at its moment, `apart` beside the step or while that waits for it."""
        if at := self.meanwhile.at:
            site.points.wait_for(at, self.beside if apart else self.happen)
        else:
            self._begin(self.after_its_time)
        if apart:
            site.points.before_the_end = self._join
        try:
            yield
        finally:
            # Whatever begins from now on comes too late.
            self._is_over.set()
            self._join()
            site.points.forget()

    def happen(self) -> None:
        """Let it happen now. Raises: BrokenOff: it is the step's own end."""
        self._has_begun = True
        if self.meanwhile.what is None:
            raise BrokenOff(f"broken off {self.meanwhile.when}")
        try:
            self.told = self.act()
        except BaseException as error:  # noqa: BLE001 - it is told when the step has ended
            self._error = error
        self._was_over = self._is_over.is_set()

    def beside(self) -> None:
        """Let it happen now, and the step go on."""
        self._begin(self.happen)

    def after_its_time(self) -> None:
        """Let it happen when its time has come, unless the step is over by then."""
        if not self._is_over.wait(self.meanwhile.after_seconds):
            self.happen()

    def _join(self) -> None:
        for thread in self._beside:
            thread.join()

    def _begin(self, act: Callable[[], None]) -> None:
        self._beside.append(Thread(target=act, daemon=True))
        self._beside[-1].start()

    def require(self, step: Step) -> None:
        """Raise DrillError unless it happened in the middle of the step."""
        if self._error is not None:
            raise self._error
        at = self.meanwhile.at
        if not self._has_begun:
            why = f"never came to {at}: {POINTS[at]}" if at else f"was over {self.meanwhile.when}"
            raise DrillError(f"{step.title} {why}", None if at else _SHORTER)
        if self._was_over:
            raise DrillError(f"{step.title} was over before that was which happens in it", _SHORTER)
