"""Roles are created where they are missing: a server's image brings some of its own."""

import re
from pathlib import Path

from harness.site import Site

_CREATE_ROLE = re.compile(r"^CREATE ROLE (.+);$", re.MULTILINE)


_IN_A_SHELL = (
    r"s/^CREATE ROLE (.+);$/DO $restore$ BEGIN IF to_regrole('\1') IS NULL THEN CREATE ROLE \1;"
    r" END IF; END $restore$;/"
)


def make_restorable(site: Site, store: str, script: Path) -> Path:
    """Leave a script of pg_dumpall's that can be restored beside it; return where it is."""
    made = script.with_name(f"restorable-{script.name}")
    with site.instead(store, "sed", "-E", _IN_A_SHELL, stdin=script, stdout=made):
        text = where_missing(script.read_text(encoding="utf-8"))
        if site.platform.is_adopted:
            # Where it comes from, whom the drill logs in as had another password.
            login = re.escape(site.service(store).endpoint.user)
            password = re.compile(rf"^(ALTER ROLE {login} .*) PASSWORD '.*';$", re.MULTILINE)
            text = password.sub(r"\1;", text)
        made.write_text(text, encoding="utf-8")
    return made


def where_missing(script: str) -> str:
    """Return a script of pg_dumpall's that does not fail at roles that are there already."""
    from psycopg import sql  # noqa: PLC0415 - a kind is known without its client

    def guarded(found: re.Match[str]) -> str:
        role = sql.Literal(found[1]).as_string()
        guard = f"IF to_regrole({role}) IS NULL THEN {found[0]} END IF;"
        return f"DO $restore$ BEGIN {guard} END $restore$;"

    return _CREATE_ROLE.sub(guarded, script)
