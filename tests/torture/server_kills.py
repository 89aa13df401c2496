"""A process of the drill is killed by somebody else: a server, one of its processes, a client."""

import contextlib
import random
import subprocess

import docker.errors
import psutil

from torture.arena import Arena, some


def strike(arena: Arena, drill: subprocess.Popen[str], chance: random.Random) -> str:
    """Kill a process or a container without warning."""
    chosen = some(lambda: [*arena.processes(), *arena.containers()], chance, drill)
    if isinstance(chosen, psutil.Process):
        with contextlib.suppress(psutil.Error):
            name = f"{chosen.name()} {chosen.pid}"
            chosen.kill()
            return name
    elif chosen is not None:
        with contextlib.suppress(docker.errors.APIError):
            chosen.kill()
            return str(chosen.name)
    return "nothing"
