"""Roles are created where they are missing: a server's image brings some of its own."""

import re

_CREATE_ROLE = re.compile(r"^CREATE ROLE (.+);$", re.MULTILINE)


def where_missing(script: str) -> str:
    """Return a script of pg_dumpall's that does not fail at roles that are there already."""
    from psycopg import sql  # noqa: PLC0415 - a kind is known without its client

    def guarded(found: re.Match[str]) -> str:
        role = sql.Literal(found[1]).as_string()
        guard = f"IF to_regrole({role}) IS NULL THEN {found[0]} END IF;"
        return f"DO $restore$ BEGIN {guard} END $restore$;"

    return _CREATE_ROLE.sub(guarded, script)
