"""A script of the user's runs as cron runs it, or as an operator does.

Source: crontab(5): SHELL, PATH, HOME and LOGNAME are set, and nothing else.
"""

import getpass
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.errors import DrillError, Unavailable
from harness.core.patience import Meter, refuse_killed, unmeasured
from harness.core.ports import Completed
from harness.runtime import commands, processes, programs

CRON_PATH = ("/usr/bin", "/bin")
_DOCKER_ITSELF_FAILED = 125


def run_script(
    argv: Sequence[str | Path],
    home: Path,
    drill: Path,
    *,
    path: Sequence[Path] = (),
    environment: Mapping[str, str],
    servers: Meter = unmeasured,
) -> Completed:
    """Run a program in its HOME, as cron would, to its end.

    `drill` is the drill's directory; `path` comes before cron's own. `environment` comes on top.
    `servers` measures whom it works with. Whatever its status, nothing is raised for that.
    Raises: DrillError: it cannot be executed. Unavailable: this machine lacks a program or an
    image that it runs. Unresponsive.
    """
    name = Path(argv[-1]).name
    variables = {
        "SHELL": "/bin/sh",
        "PATH": ":".join([*map(str, path), *CRON_PATH]),
        "HOME": str(home),
        "LOGNAME": getpass.getuser(),
        **environment,
        **processes.marks(drill.name, drill),
    }
    try:
        # Without a terminal, nothing can ask for a password.
        ended = programs.run(argv, server=servers, cwd=home, env=variables)
    except OSError as error:
        raise DrillError(f"cannot run {name}: {error.strerror}") from None
    # What it says of what it has killed itself is its own affair.
    refuse_killed(name, min(ended.returncode, 0))
    out, err = [raw.decode(errors="replace") for raw in (ended.stdout, ended.stderr)]
    _refuse_lacks(name, ended.returncode, out + err)
    return Completed(tuple(map(str, argv)), ended.returncode, out, err)


def _refuse_lacks(name: str, status: int, said: str) -> None:
    """Raise Unavailable if the machine lacks what a script needs, whatever it made of that."""
    if missing := commands.missing_program(said):
        raise Unavailable(
            f"{name} runs {missing}, and this machine has no such program",
            "Install it, or put it into the PATH that the scenario's environment gives.",
        )
    if status == _DOCKER_ITSELF_FAILED and "has no containers" in said:
        raise Unavailable(
            f"{name} runs docker, and this runtime has no containers",
            "Play it with --runtime docker.",
        )
    if status == _DOCKER_ITSELF_FAILED and "Unable to find image" in said:
        line = next(line for line in said.splitlines() if "Unable to find image" in line)
        raise Unavailable(
            f"{name} runs an image that this machine neither has nor can get: {line}",
            "Pull it, or have a registry within reach.",
        )
