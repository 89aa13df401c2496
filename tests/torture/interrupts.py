"""Somebody presses Ctrl-C, or cancels a job: the drill removes all of it by itself."""

import random
import signal
import subprocess

from torture.arena import Arena, Torment


def strike(_: Arena, drill: subprocess.Popen[str], chance: random.Random) -> str:
    """Interrupt the harness."""
    by = chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    if drill.poll() is not None:
        return "nothing"
    drill.send_signal(by)
    return f"the harness by {by.name}"


TORMENT = Torment(strike)
