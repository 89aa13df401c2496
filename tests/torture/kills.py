"""The harness is killed: nobody is there to remove anything but the next clean-up."""

import random
import subprocess

from torture.arena import Arena, Torment


def strike(arena: Arena, process: subprocess.Popen[str], _: random.Random) -> str:
    """Kill the harness without warning."""
    arena.processes()  # What they have of shared memory is looked for afterwards.
    if process.poll() is not None:
        return "nothing"
    process.kill()
    return "the harness"


TORMENT = Torment(strike)
