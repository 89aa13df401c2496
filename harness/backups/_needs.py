"""What a dump of another's needs of the server that it is restored into, told before it is tried.

Source: PostgreSQL 17, pg_dump.c and dumputils.c, for how owners and grants are written.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.core.errors import Unavailable
from harness.platform.sql_scripts import extensions
from harness.site import Site

_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_ROLES = (
    re.compile(rf"ALTER .* OWNER TO ({_NAME});"),
    re.compile(rf"(?:GRANT|REVOKE) .* (?:TO|FROM) ({_NAME})(?: WITH GRANT OPTION)?;"),
    re.compile(rf"ALTER DEFAULT PRIVILEGES FOR ROLE ({_NAME}) .*"),
    re.compile(rf"ALTER DEFAULT PRIVILEGES .* TO ({_NAME})(?: WITH GRANT OPTION)?;"),
    re.compile(rf"CREATE POLICY .* TO ({_NAME}(?:, {_NAME})*)(?: USING.*| WITH.*|;)"),
)
_VERSION = re.compile(r"-- Dumped from database version (\d+).*")
_ROWS_BEGIN = re.compile(r"COPY .* FROM stdin;")
_ROWS_END = "\\."
_NOBODY = {"PUBLIC", "CURRENT_USER", "SESSION_USER"}
_SERVER = "Name the folder of such a server's programs in DRILL_POSTGRES_BIN."


@dataclass(slots=True)
class Needs:
    """The roles and extensions that a dump speaks of, and the major version of its server."""

    roles: set[str] = field(default_factory=set)
    extensions: set[str] = field(default_factory=set)
    major: int | None = None


def needs_of(script: Iterable[str]) -> Needs:
    """Read a dump as SQL; what stands among its rows is passed over."""
    needs = Needs()
    among_rows = False
    for ended in script:
        line = ended.rstrip("\n")
        if among_rows:
            among_rows = line != _ROWS_END
        elif _ROWS_BEGIN.fullmatch(line):
            among_rows = True
        elif found := _VERSION.fullmatch(line):
            needs.major = int(found[1])
        elif line.startswith("CREATE EXTENSION"):
            needs.extensions |= extensions(line)
        else:
            named = [m[1] for pattern in _ROLES if (m := pattern.fullmatch(line))]
            needs.roles |= {role for names in named for role in re.findall(_NAME, names)}
    needs.roles = {_plain(role) for role in needs.roles - _NOBODY}
    return needs


def supply(site: Site, store: str, script: Iterable[str]) -> None:
    """Make the roles that a dump speaks of and nobody has made, with no right of their own, and
    keep what was done.

    Raises: Unavailable: the server is older than the dump's, or lacks an extension.
    """
    from psycopg import sql  # noqa: PLC0415 - a kind is known without its client

    needs = needs_of(script)
    version = site.service(store).identity.version
    if needs.major is not None and needs.major > int(version.partition(".")[0]):
        raise Unavailable(
            f"{store}: the dump is of PostgreSQL {needs.major}, and this server is {version}",
            _SERVER,
        )
    with site.postgres.connect() as connection:
        has = {str(n) for (n,) in connection.execute("SELECT name FROM pg_available_extensions")}
        if lacking := sorted(needs.extensions - has):
            raise Unavailable(
                f"{store}: the dump needs extensions that this server lacks: {', '.join(lacking)}",
                _SERVER,
            )
        there = {str(n) for (n,) in connection.execute("SELECT rolname FROM pg_roles")}
        bare = sorted(needs.roles - there)
        for role in bare:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    if bare:
        site.notes.append(
            f"roles made bare, for the dump only names them: {', '.join(bare)}"
            " (roles: what pg_dumpall --globals-only wrote has them as they are)"
        )


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
