"""The program that runs compose files: Docker's plugin, or `docker-compose` where it is absent."""

import os
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from harness.core.errors import Unavailable, UsageError

PROGRAMS = (("docker", "compose"), ("docker-compose",))
ANSWERS_WITHIN_SECONDS = 60
STARTS_WITHIN_SECONDS = 600
"""Services that no store is may have to be pulled first."""


@cache
def find_program() -> tuple[str, ...]:
    """Return the program's words. Raises: Unavailable: this machine has none."""
    for words in PROGRAMS:
        try:
            answer = subprocess.run(
                [*words, "version"],
                check=False,
                capture_output=True,
                timeout=ANSWERS_WITHIN_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if answer.returncode == 0:
            return words
    raise Unavailable(
        "the scenario's stack is a compose file, and this machine has no program for those",
        "Install Docker's compose plugin, or docker-compose.",
    )


def resolve(file: Path) -> dict[str, Any]:
    """Return a compose file as the program understands it: merged, interpolated, paths absolute.

    Raises: UsageError: it is no valid compose file. Unavailable: there is no program.
    """
    answer = _run(["-f", str(file), "config"], ANSWERS_WITHIN_SECONDS)
    if answer.returncode:
        raise UsageError(f"{file}: {answer.stderr.strip()}", "Try `docker compose config`.")
    resolved: dict[str, Any] = YAML(typ="safe").load(answer.stdout)
    return resolved


def up(file: Path, project: str, service: str) -> str:
    """Start a service with what it depends on; return why it did not start, or nothing."""
    words = ["-p", project, "-f", str(file), "up", "--detach", "--no-build", service]
    answer = _run(words, STARTS_WITHIN_SECONDS)
    return answer.stderr.strip() if answer.returncode else ""


def _run(words: Sequence[str], within_seconds: float) -> subprocess.CompletedProcess[str]:
    # Services are started one by one, each from a file of its own.
    environment = {**os.environ, "COMPOSE_IGNORE_ORPHANS": "true", "COMPOSE_ANSI": "never"}
    environment.pop("COMPOSE_FILE", None)
    try:
        return subprocess.run(
            [*find_program(), *words],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            timeout=within_seconds,
        )
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(
            error.cmd, 1, "", f"{words[-1]} did not end within {within_seconds:.0f} s"
        )
