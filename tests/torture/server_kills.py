"""A process of the drill is killed by somebody else: a server, one of its processes, a client."""

import random
import subprocess

import psutil
from docker.models.containers import Container

from torture.arena import Arena, Torment, strike_one


def strike(arena: Arena, drill: subprocess.Popen[str], chance: random.Random) -> str:
    """Kill a process or a container without warning."""
    return strike_one(arena, drill, chance, psutil.Process.kill, Container.kill)


TORMENT = Torment(strike)
