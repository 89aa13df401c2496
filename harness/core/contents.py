"""What a program says of rows is kept without what is in them.

Source: PostgreSQL 17 docs, 53.2 "Error Style Guide": messages quote names and values alike.
"""

import re

_SQL = re.compile(r"^(.*?(?:\b(?:STATEMENT|QUERY|Command was): |LINE \d+:))\s*\S.*", re.MULTILINE)
_OF_A_ROW = re.compile(r"(Failing row contains |Key \([^)]*\)=)\(.*\)")
_COMPLAINT = re.compile(r"^.*(?:ERROR|FATAL|PANIC|WARNING|DETAIL|CONTEXT|error): .*", re.MULTILINE)
_QUOTED = re.compile(r"""(?<!\w)(["'])(.*?)(\1|$)""", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_][\w.$-]{0,62}|[\d.]+")


def hidden(said: str) -> str:
    """Return what PostgreSQL, or a program of its, has said, without statements and quoted values;
    names stay.
    """
    said = _SQL.sub(r"\1 …", said)
    said = _OF_A_ROW.sub(r"\1(…)", said)
    return _COMPLAINT.sub(lambda line: _QUOTED.sub(_unless_a_name, line[0]), said)


def _unless_a_name(found: re.Match[str]) -> str:
    return found[0] if _NAME.fullmatch(found[2]) and found[3] else f"{found[1]}…{found[1]}"
