"""The program that runs compose files: Docker's plugin, or `docker-compose` where it is absent."""

import json
import os
import resource
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.errors import Unavailable, UsageError
from harness.core.patience import QUICK_WITHIN_SECONDS, Unresponsive

PLUGIN = ("docker", "compose")
PROGRAMS = (PLUGIN, ("docker-compose",))
_BYTES_AT_MOST = 2 << 30
STARTS_WITHIN_SECONDS = 10 * QUICK_WITHIN_SECONDS
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
                timeout=QUICK_WITHIN_SECONDS,
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
    plugin, words = find_program() == PLUGIN, ["-f", str(file), "config"]
    words += ["--format", "json"] if plugin else []
    try:
        answer = _run(words, QUICK_WITHIN_SECONDS, {})
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"{file}: not read within {QUICK_WITHIN_SECONDS:.0f} s: it takes too much to read"
        ) from None
    if answer.returncode:
        raise UsageError(f"{file}: {_reason(answer)}", "Try `docker compose config`.")
    # The older program writes YAML 1.1.
    yaml = YAML(typ="safe")
    yaml.version = (1, 1)
    try:
        resolved: Any = json.loads(answer.stdout) if plugin else yaml.load(answer.stdout)
    except (ValueError, YAMLError, RecursionError):
        resolved = None
    if not isinstance(resolved, dict):
        raise UsageError(f"{file}: its program answers what is no compose file")
    return resolved


def _reason(answer: subprocess.CompletedProcess[str]) -> str:
    """Return what the program said; of a failure of its own, what it ended with."""
    if answer.returncode < 0:
        return f"its program was ended by signal {-answer.returncode}: it takes too much to read"
    said = answer.stderr.strip()
    return said.splitlines()[-1] if "Traceback (most recent call last)" in said else said


def up(file: Path, project: str, service: str, marks: Mapping[str, str]) -> str:
    """Start a service with what it depends on; return why it did not start, or nothing.

    `marks` are what a process of a drill is found by. Raises: Unresponsive: it does not end.
    """
    words = ["-p", project, "-f", str(file), "up", "--detach", "--no-build", service]
    try:
        answer = _run(words, STARTS_WITHIN_SECONDS, marks)
    except subprocess.TimeoutExpired:
        raise Unresponsive(
            f"{find_program()[-1]} did not start {service} within {STARTS_WITHIN_SECONDS:.0f} s"
        ) from None
    return answer.stderr.strip() if answer.returncode else ""


def _run(
    words: Sequence[str], within_seconds: float, marks: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    # What this machine's user has set for compose concerns their own projects.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"COMPOSE_FILE", "COMPOSE_REMOVE_ORPHANS"}
    }
    # Services are started one by one, each from a file of its own.
    environment |= {"COMPOSE_IGNORE_ORPHANS": "true", "COMPOSE_PROFILES": "*", **marks}
    argv = [*find_program(), *words]
    with subprocess.Popen(
        argv,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as program:
        # What a variable of the user's leads it to read may have no end.
        resource.prlimit(program.pid, resource.RLIMIT_DATA, (_BYTES_AT_MOST, _BYTES_AT_MOST))
        try:
            stdout, stderr = program.communicate(timeout=within_seconds)
        except BaseException:
            program.kill()
            raise
    return subprocess.CompletedProcess(argv, program.returncode, stdout, stderr)
