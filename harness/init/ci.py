"""What plays drills every night, written for who conducts it: files of ours, whole and at work."""

import getpass
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from harness import __version__
from harness.core.errors import UsageError
from harness.core.writing import shown
from harness.init import files

FOLDERS = {
    "github": ".github/workflows",
    "gitlab": ".gitlab",
    "systemd": "systemd",
    "cron": "cron",
}
"""Where the files of each lie in a project."""

NEXT = {
    "github": "commit them; the first run is yours to start: Actions, Restore drills, Run workflow",
    "gitlab": "commit them, and give the project a pipeline schedule",
    "systemd": "their first lines say where they go",
    "cron": "its first lines say how to add it to your crontab",
}

_INCLUDES = ".gitlab-ci.yml"
_INCLUDE = "include: {local: .gitlab/restore-drills.yml}\n"


def written(kind: str, root: Path) -> dict[str, str]:
    """Write the files of one kind, which nothing is overwritten by; return them by their paths.

    Raises: UsageError: there is no such kind, or a file is there already. DrillError.
    """
    if kind not in FOLDERS:
        raise UsageError(f"--ci: {shown(kind)} is unknown. Valid: {', '.join(FOLDERS)}")
    made = {f"{FOLDERS[kind]}/{name}": text for name, text in files.packaged(f"ci/{kind}").items()}
    if kind == "gitlab" and not os.path.lexists(root / _INCLUDES):
        made[_INCLUDES] = _INCLUDE
    places = _places(root, kind)
    whole = {name: _filled(text, places) for name, text in made.items()}
    files.write(whole, root)
    return whole


def _places(root: Path, kind: str) -> dict[str, str]:
    program = Path(sys.argv[0]).absolute()
    if program.name != "drill":
        program = Path(sys.executable).with_name("drill")
    folder = str(root.absolute())
    told = {"@VERSION@": __version__, "@USER@": getpass.getuser()}
    if kind == "cron":
        # crontab(5): an unescaped % ends the command.
        escaped = [shlex.quote(path).replace("%", r"\%") for path in (folder, str(program))]
    else:
        # systemd.unit(5), "Specifiers"; a directory is taken as it stands, a program as a word.
        word = str(program).replace("\\", "\\\\").replace('"', '\\"')
        escaped = [folder.replace("%", "%%"), f'"{word}"'.replace("%", "%%")]
    return {**told, "@FOLDER@": escaped[0], "@PROGRAM@": escaped[1]}


def _filled(text: str, places: Mapping[str, str]) -> str:
    for place, told in places.items():
        text = text.replace(place, told)
    return text
