"""Without containers, the guide's `docker run … alpine tar czf` is carried out by tar itself.

A volume is a directory here. Any other use of `docker` is refused, so that no script seems to
have done what it has not.
"""

from pathlib import Path

NAME = "docker"
SCRIPT = """\
#!/bin/sh
# docker run --rm -v VOLUME:/data -v DIRECTORY:/backup alpine tar czf /backup/FILE /data
if [ $# -ne 11 ] || [ "$1 $2 $3 $5 $7 $8 $9 ${11}" != "run --rm -v -v alpine tar czf /data" ]
then
  echo "docker: this drill has no containers, only: docker run ... alpine tar czf" >&2
  exit 125
fi
volume=${4%:/data} directory=${6%:/backup} file=${10#/backup/}
exec tar czf "$directory/$file" --numeric-owner -C "${volume%/*}" "${volume##*/}"
"""


def install(directory: Path) -> Path:
    """Put the program into a directory, and return that directory."""
    directory.mkdir(mode=0o700, exist_ok=True)
    program = directory / NAME
    program.write_text(SCRIPT, encoding="utf-8")
    program.chmod(0o700)
    return directory
