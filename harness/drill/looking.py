"""Something is looked at again and again while something else is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def looking(look: Callable[[], None], every_seconds: float) -> Iterator[None]:
    """Look until the end, and once more then."""
    ended = Event()

    def go_on() -> None:
        while not ended.wait(every_seconds):
            look()

    thread = Thread(target=go_on, name="look", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        look()
