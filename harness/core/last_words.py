"""What a server printed last tells why it ended."""

import re

_CAUSE = re.compile(r"\b(?:FATAL|PANIC): ++(?!the database system is |terminating connection)(.+)")
"""PostgreSQL's reason for an end: not that of a session, which it refuses or ends."""


def cause(said: str) -> str:
    """Return the line that names the cause; the last one where none does."""
    if found := _CAUSE.findall(said):
        return str(found[-1]).strip()
    return said.strip().rpartition("\n")[2].strip() or "it said nothing"
