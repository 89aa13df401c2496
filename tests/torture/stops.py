"""A process of the drill is stopped, or a container paused, and never goes on."""

import contextlib
import random
import subprocess

import docker.errors
import psutil

from torture.arena import Arena, some


def strike(arena: Arena, drill: subprocess.Popen[str], chance: random.Random) -> str:
    """Stop a process, or pause a container."""
    chosen = some(lambda: [*arena.processes(), *arena.containers()], chance, drill)
    if isinstance(chosen, psutil.Process):
        with contextlib.suppress(psutil.Error):
            name = f"{chosen.name()} {chosen.pid}"
            chosen.suspend()
            return name
    elif chosen is not None:
        with contextlib.suppress(docker.errors.APIError):
            chosen.pause()
            return str(chosen.name)
    return "nothing"
