"""A process of the drill is stopped, or a container paused, and never goes on."""

import random
import subprocess

import psutil
from docker.models.containers import Container

from torture.arena import Arena, strike_one


def strike(arena: Arena, drill: subprocess.Popen[str], chance: random.Random) -> str:
    """Stop a process, or pause a container."""
    return strike_one(arena, drill, chance, psutil.Process.suspend, Container.pause)
