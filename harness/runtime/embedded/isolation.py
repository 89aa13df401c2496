"""Servers and clients that are cut off from this machine, where a backup of another's is restored.

Whatever code such a backup holds finds no network, no process and no file but its own server's.
"""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.core import environment
from harness.runtime import programs
from harness.runtime.embedded import isolated

_HINT = (
    "Allow user namespaces (see docs/real-backups.md), or give --no-isolation (isolation: none in"
    " a scenario), where whatever the backup holds may be run on this machine."
)


@dataclass(frozen=True, slots=True)
class Isolation:
    """What is left of this machine: the folders `writable`, one of `sockets`, and below `root`,
    which is empty, what a program needs of a system, read-only.
    """

    root: Path
    writable: tuple[Path, ...] = ()
    sockets: Path | None = None

    def prefix(self, program: Path) -> tuple[str, ...]:
        """Return what a program's command is put behind."""
        readable = program.resolve().parent.parent
        options = [f"--root={self.root}", f"--readable={readable}"]
        options += [f"--writable={folder}" for folder in self.writable]
        options += [f"--sockets={self.sockets}"] if self.sockets else []
        # Nothing of this machine's Python but its own library: `-I` and `-S`.
        return (sys.executable, "-I", "-S", isolated.__file__, *options, "--")


@cache
def refused() -> str:
    """Return why this machine cannot cut programs off; empty if it can."""
    program = Path("/bin/true")
    with TemporaryDirectory(prefix="restore-drills-isolation-") as folder:
        argv = [*Isolation(Path(folder)).prefix(program), str(program)]
        ended = programs.run(argv, env=environment.plain())
    if ended.returncode == 0:
        return ""
    said = ended.stderr.decode(errors="replace").strip().removeprefix("isolated: ")
    return f"this machine gives no namespaces to cut the restored server off ({said})"


def hint() -> str:
    """Return what to do where it is refused."""
    return _HINT
