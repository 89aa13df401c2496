"""PostgreSQL refuses to run as root, so root gives it another user.

In a user namespace the server believes to be an ordinary user while its files stay root's; where
such namespaces are closed it really becomes `nobody`, who must own its data directory then.
"""

import os
import pwd
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness.core import environment
from harness.core.errors import DrillError
from harness.runtime import programs

UNSHARE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
USER = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """How to run a program that refuses root: behind `prefix`, as user and group `ids`.

    `ids` is None where the program keeps the harness's own.
    """

    prefix: tuple[str, ...] = ()
    ids: tuple[int, int] | None = None

    def give(self, path: Path, *, within: Path) -> None:
        """Make a directory and what it holds the account's, and let it pass from `within` on.

        Raises: DrillError: it cannot come as far as that.
        """
        if self.ids is None:
            return
        user, group = self.ids
        for directory in path.parents:
            if directory.is_relative_to(within):
                directory.chmod(directory.stat().st_mode | 0o011)
            elif not directory.stat().st_mode & 0o001:
                raise DrillError(
                    f"{directory} is closed to {USER}, as whom PostgreSQL runs here",
                    "Open it by chmod o+x, or set DRILL_HOME to another directory.",
                )
        chown(path, user, group)


def chown(path: Path, user: int, group: int) -> None:
    """Make a directory and what it holds a user's and a group's. Raises: OSError."""
    os.chown(path, user, group)
    for directory_name, names, files in os.walk(path):
        for name in (*names, *files):
            os.chown(Path(directory_name) / name, user, group, follow_symlinks=False)


@cache
def account() -> Account:
    """Return the account for programs that refuse root; the plain one for an ordinary user.

    Raises: DrillError: this is root, and neither way is open.
    """
    if os.geteuid() != 0:
        return Account()
    if shutil.which(UNSHARE[0]) and _works(UNSHARE):
        return Account(prefix=UNSHARE)
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        raise DrillError(
            f"PostgreSQL refuses to run as root, and there is no user {USER} to run it as",
            "Run the drill as an ordinary user, or allow user namespaces.",
        ) from None
    return Account(ids=(entry.pw_uid, entry.pw_gid))


def _works(prefix: Sequence[str]) -> bool:
    try:
        return programs.run([*prefix, "true"], env=environment.plain()).returncode == 0
    except OSError:
        return False
