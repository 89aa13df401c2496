"""A script of the user's is run as cron runs it: nobody logged in, next to no environment.

Source: crontab(5): SHELL, PATH, HOME and LOGNAME are set, and nothing else.
"""

import getpass
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.errors import DrillError
from harness.core.patience import Meter, refuse_killed, unmeasured
from harness.core.ports import Completed
from harness.runtime import processes, programs

CRON_PATH = ("/usr/bin", "/bin")


def run_script(
    script: Path,
    drill: Path,
    *,
    path: Sequence[Path] = (),
    replaced: Mapping[str, str],
    environment: Mapping[str, str],
    servers: Meter = unmeasured,
) -> Completed:
    """Run a copy of `script`, in which each text in `replaced` stands for another, to its end.

    `drill` is the drill's directory; `path` comes before cron's own; HOME is empty, so that no
    password of this machine is found. Whatever its status, nothing is raised for that. `servers`
    measures whom it works with.
    Raises: DrillError: it cannot be read or executed. Unresponsive.
    """
    home = drill / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    copy = home / script.name
    try:
        text = script.read_text(encoding="utf-8")
        for old, new in replaced.items():
            text = text.replace(old, new)
        copy.write_text(text, encoding="utf-8")
        copy.chmod(0o700)
        # Without a terminal, nothing can ask for a password.
        ended = programs.run(
            [copy],
            server=servers,
            cwd=home,
            env={
                "SHELL": "/bin/sh",
                "PATH": ":".join([*map(str, path), *CRON_PATH]),
                "HOME": str(home),
                "LOGNAME": getpass.getuser(),
                **environment,
                **processes.marks(drill.name, drill),
            },
        )
    except OSError as error:
        raise DrillError(f"cannot run {script}: {error.strerror}") from None
    finally:
        copy.unlink(missing_ok=True)
    # What it says of what it has killed itself is its own affair.
    refuse_killed(script.name, min(ended.returncode, 0))
    said = [raw.decode(errors="replace") for raw in (ended.stdout, ended.stderr)]
    return Completed((str(script),), ended.returncode, *said)
