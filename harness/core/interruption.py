"""Ctrl-C ends what is being done, never the clean-up after it; so does cancelling a job.

Handlers are Python's own and not inherited: programs that are started meanwhile keep theirs.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from harness.core.ports import Cleanup

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


_settled = threading.Event()


class Interrupted(KeyboardInterrupt):
    """An interruption after which everything was removed that had been started."""

    def __init__(self, *cleanups: Cleanup) -> None:
        super().__init__()
        self.removed = tuple(name for cleanup in cleanups for name in cleanup.removed)
        self.left = tuple(name for cleanup in cleanups for name in cleanup.left)


@contextmanager
def interruptible() -> Iterator[None]:
    """Take whatever ends this process in order for a KeyboardInterrupt, until there was one and
    everything was removed: then nothing is left to be ended.
    """
    with _handling(signal.default_int_handler):
        try:
            yield
        except Interrupted:
            settle()
            raise


def settle() -> None:
    """Let this process, which was interrupted, come to its end undisturbed."""
    _settled.set()
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            signal.signal(number, _ignore)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put an interruption off until the end; one that comes after another is of no consequence."""
    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        came.append(number)

    with _handling(note):
        yield
    if came and not _settled.is_set():
        raise KeyboardInterrupt


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    # Python runs handlers in the main thread, and lets no other set them.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, handler)
        for number in SIGNALS
        # What nohup has set stays.
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, _ignore if _settled.is_set() else former)


def _ignore(_: int, __: FrameType | None) -> None:
    """Do nothing; unlike SIG_IGN, programs that are started do not inherit it."""


def told(interruption: Interrupted) -> str:
    """Return what was removed after an interruption, and what is left, in a line."""
    line = f"interrupted; removed {_counted(interruption.removed)}"
    if interruption.left:
        line += f"; could not remove {', '.join(interruption.left)}: run drill clean"
    return line


def _counted(removed: tuple[str, ...]) -> str:
    kinds = dict.fromkeys(map(_kind, removed), 0)
    for name in removed:
        kinds[_kind(name)] += 1
    said = [f"{number} {kind if number == 1 else _PLURALS[kind]}" for kind, number in kinds.items()]
    return ", ".join(said) or "nothing, for nothing was there yet"


_PLURALS = {
    "process": "processes",
    "folder": "folders",
    "container": "containers",
    "volume": "volumes",
    "network": "networks",
    "thing": "things",
}


def _kind(name: str) -> str:
    if name.startswith("/"):
        return "folder"
    if "(pid " in name or name.startswith("pid "):
        return "process"
    word = name.partition(" ")[0]
    return word if word in _PLURALS else "thing"
