"""SQL scripts as people keep them, for a database that is there already."""

import re
from collections.abc import Iterable, Iterator

_CONNECT = re.compile(r"\s*\\c(?:onnect)?\s+(?:\"([^\"]+)\"|'([^']+)'|([^\s;]+))[^\n]*\n?")
_MAKES = re.compile(r"\s*(?:CREATE|DROP)\s+DATABASE\b[^;]*;\s*", re.IGNORECASE)
_EXTENSION = re.compile(
    r"CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\"([^\"]+)\"|([\w$]+))", re.IGNORECASE
)


class SeveralDatabases(Exception):
    """A script that connects to one database after the other; the message names them."""


def in_one_database(lines: Iterable[str]) -> Iterator[str]:
    """Yield a script's lines, those left empty that make a database, drop it or connect to it: its
    rows go where a drill has them. Raises: SeveralDatabases.
    """
    named: set[str] = set()
    for line in lines:
        if found := _CONNECT.fullmatch(line):
            named.add(next(filter(None, found.groups())))
            if len(named) > 1:
                raise SeveralDatabases(" and ".join(sorted(named)))
        passes = not found and not _MAKES.fullmatch(line)
        yield line if passes else "\n"


def changes_databases(lines: Iterable[str]) -> bool:
    """Tell whether a script makes, drops or changes its database."""
    return any(_CONNECT.fullmatch(line) or _MAKES.fullmatch(line) for line in lines)


def extensions(script: str) -> set[str]:
    """Return the names of the extensions that a script creates."""
    return {quoted or plain.lower() for quoted, plain in _EXTENSION.findall(script)}
