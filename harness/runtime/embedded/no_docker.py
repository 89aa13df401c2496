"""A script that calls `docker` learns that this runtime has no containers.

Without this, the machine's own docker would be asked about volumes that are directories here.
"""

from pathlib import Path

NAME = "docker"
SCRIPT = """\
#!/bin/sh
echo "docker: this drill has no containers" >&2
exit 125
"""


def install(directory: Path) -> Path:
    """Put the program into a directory, and return that directory."""
    directory.mkdir(mode=0o700, exist_ok=True)
    program = directory / NAME
    program.write_text(SCRIPT, encoding="utf-8")
    program.chmod(0o700)
    return directory
