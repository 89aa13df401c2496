"""A script of the user's is run as cron runs it: nobody logged in, next to no environment.

Source: crontab(5): SHELL, PATH, HOME and LOGNAME are set, and nothing else.
"""

import getpass
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.errors import DrillError, Unavailable
from harness.core.patience import Meter, refuse_killed, unmeasured
from harness.core.ports import Completed
from harness.core.writing import shown
from harness.runtime import processes, programs

CRON_PATH = ("/usr/bin", "/bin")

# How a script quotes what is put into it is its own affair, and PATH has no way to quote a colon.
_PLAIN = re.compile(r"[\w./@%+=,-]+")


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
    Raises: DrillError: it cannot be read or executed. Unavailable: the drill's directory is none
    that any script can work with. Unresponsive.
    """
    if not _PLAIN.fullmatch(str(drill)):
        raise Unavailable(
            f"no script can be relied on in {shown(drill)}: a shell may read its signs or blanks",
            "Set DRILL_HOME to a directory whose path has letters, digits and ._-@%+=, only.",
        )
    home = drill / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    copy = home / script.name
    try:
        text = script.read_text(encoding="utf-8", errors="surrogateescape")
        for old, new in replaced.items():
            text = text.replace(old, new)
        copy.write_text(text, encoding="utf-8", errors="surrogateescape")
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
