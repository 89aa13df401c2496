"""A process of the drill is stopped, or a container paused, for good or for a while; so is the
harness itself, which goes on always.
"""

import random
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

import docker.errors
import psutil

from torture.arena import Arena, Torment, strike_one

AT_MOST_SECONDS = 9.0


def strike(arena: Arena, drill: subprocess.Popen[str], chance: random.Random) -> str:
    """Stop the harness, or a process, or pause a container."""
    seconds = chance.uniform(0, AT_MOST_SECONDS)
    if chance.random() < 0.1 and drill.poll() is None:
        harness = psutil.Process(drill.pid)
        _stop(harness.suspend, harness.resume, seconds)
        return f"the harness for {seconds:.1f} s"
    if chance.random() < 0.5:
        seconds = 0
    struck = strike_one(
        arena,
        drill,
        chance,
        lambda process: _stop(process.suspend, process.resume, seconds),
        lambda container: _stop(container.pause, container.unpause, seconds),
    )
    return f"{struck} for {seconds:.1f} s" if seconds and struck != "nothing" else struck


def _stop(stop: Callable[[], None], go_on: Callable[[], None], seconds: float) -> None:
    """Stop something, and have it go on after so many seconds, if any."""
    stop()
    if seconds:
        time.sleep(seconds)
        with suppress(psutil.Error, docker.errors.APIError):
            go_on()


TORMENT = Torment(strike)
