"""What a server printed last tells why it ended."""

import re

_CAUSE = re.compile(r"\b(?:FATAL|PANIC): ++(?!the database system is |terminating connection)(.+)")
"""PostgreSQL's reason for an end: not that of a session, which it refuses or ends."""

_ERROR_WORDS = ("ERROR:", "FATAL:", "PANIC:", "error:")


def errors_in(said: str) -> list[str]:
    """Return the lines in which PostgreSQL, or a program of its, complains."""
    lines = (line.strip() for line in said.splitlines())
    return [line for line in lines if any(word in line for word in _ERROR_WORDS)]


def cause(said: str) -> str:
    """Return the line that names the cause; the last one where none does."""
    if found := _CAUSE.findall(said):
        return str(found[-1]).strip()
    return said.strip().rpartition("\n")[2].strip() or "it said nothing"
