"""Where a schema is: in files of the user's, or in a live database, which is only read.

A live database is read by pg_dump and pg_dumpall, which are asked for no row and no password.
"""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from harness.core import environment, writing
from harness.core.errors import DrillError, Unavailable, UsageError
from harness.core.redact import Redactor
from harness.runtime import programs

_BOOTSTRAP = ("bootstrap.sql", "roles.sql")
_SEED = "seed.sql"
_MIGRATIONS = "migrations"
_UP = ".up.sql"
_SAYING_NOTHING = (_MIGRATIONS, "supabase", "platform", "db", "database", "prisma", "schema", "sql")
_URL = re.compile(r"postgres(ql)?://")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONNECTED_WITHIN_SECONDS = "10"
_SCHEMA = ("--schema-only", "--no-subscriptions", "--lock-wait-timeout=10s")
_ROLES = ("--roles-only", "--no-role-passwords")
_VALID = (
    "Name a file of SQL, a folder of migrations, a URL (postgresql://USER@HOST/DATABASE), or the"
    " variable of the environment that holds one."
)
# The random key of each dump, a setting of newer servers, and what a new cluster has already.
_NOT_TAKEN = re.compile(
    r"^(\\(un)?restrict .*|SET transaction_timeout = 0;|(CREATE|ALTER) ROLE postgres\b.*)\n",
    re.MULTILINE,
)
_PASSWORD = re.compile(r"(\bpassword ')(?:[^']|'')*'")
_GRANTOR = re.compile(r" GRANTED BY [^;]+;")


@dataclass(frozen=True, slots=True)
class Script:
    """A SQL file, and how platform.yaml names it. A folder stands for all that is in it."""

    path: Path
    named: str


@dataclass(frozen=True, slots=True)
class Source:
    """A platform's SQL. `named` is how platform.yaml names the schema; `files` are to be written
    beside platform.yaml; `notes` say what could not be had.
    """

    name: str
    schema: Sequence[Path]
    named: Sequence[str]
    bootstrap: Sequence[Script] = ()
    seed: Sequence[Script] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


def source_of(given: str, home: Path, work: Path, tools: Path | None) -> Source:
    """Return what a user names. `home` is the folder that platform.yaml will lie in, `work` one for
    what is taken, `tools` that of PostgreSQL's programs.

    Raises: UsageError: it is neither. DrillError: it cannot be read. Unavailable: no program here
    can read that server.
    """
    if _URL.match(given):
        return _live(given, work, tools)
    path = Path(given)
    try:
        if path.is_dir():
            return _folder(path, home)
        if path.is_file():
            return Source(_called(path.parent), [path], [_from(home, path)])
    except (OSError, ValueError) as error:
        raise UsageError(f"--from: {writing.reason(error)}", _VALID) from None
    if _VARIABLE.fullmatch(given) and given in os.environ:
        return _live(os.environ[given], work, tools)
    # It may be a URL that is misspelt, with a password in it.
    what = "" if "@" in given or "=" in given else f"{writing.shown(given)}: "
    raise UsageError(f"--from: {what}no such file, folder or variable", _VALID)


def _folder(path: Path, home: Path) -> Source:
    inside = path / _MIGRATIONS if (path / _MIGRATIONS).is_dir() else path
    beside = inside.parent if inside.name == _MIGRATIONS else inside
    bootstrap = [beside / name for name in _BOOTSTRAP if (beside / name).is_file()]
    seed = [beside / _SEED] if (beside / _SEED).is_file() else []
    flat = sorted(inside.glob("*.sql"))
    found = [file for file in flat or sorted(inside.rglob("*.sql")) if file not in bootstrap + seed]
    if any(file.name.endswith(_UP) for file in found):
        found = [file for file in found if file.name.endswith(_UP)]
    if not found:
        raise UsageError(f"--from: {writing.shown(path)} holds no .sql file", _VALID)
    whole = [_from(home, inside)] if found == flat else [_from(home, file) for file in found]
    before, after = ([Script(f, _from(home, f)) for f in files] for files in (bootstrap, seed))
    return Source(_called(path), found, whole, before, after)


def _called(folder: Path) -> str:
    """Return the first name on the way up that says what it is."""
    ways = (way.name for way in (folder.resolve(), *folder.resolve().parents))
    return next((name for name in ways if name and name not in _SAYING_NOTHING), "platform")


def _from(home: Path, path: Path) -> str:
    return os.path.relpath(path.resolve(), home.resolve())


def _live(url: str, work: Path, tools: Path | None) -> Source:
    try:
        given = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError:
        raise UsageError("--from: this is no URL of a PostgreSQL server", _VALID) from None
    password = given.pop("password", "")
    given.setdefault("connect_timeout", _CONNECTED_WITHIN_SECONDS)
    where = make_conninfo("", **given)
    database = given.get("dbname") or given.get("user") or "database"
    tool = _Tools(tools, where, password, Redactor([password, url]))
    schema = tool.run("pg_dump", _SCHEMA)
    if schema is None:
        raise Unavailable(
            f"--from: {tool.said}",
            f"Where a pg_dump of the server's version is: {_commands()}",
        )
    files = {"schema.sql": _plain(schema)}
    roles = tool.run("pg_dumpall", _ROLES)
    notes = []
    if roles is None:
        notes.append(f"the server's roles could not be read: {tool.said}")
    else:
        files["roles.sql"] = _GRANTOR.sub(";", _plain(roles))
    for name, text in files.items():
        (work / name).write_text(text, encoding="utf-8")
    bootstrap = [Script(work / "roles.sql", "roles.sql")] if roles is not None else []
    return Source(
        database, [work / "schema.sql"], ["schema.sql"], bootstrap, files=files, notes=notes
    )


def _plain(dump: str) -> str:
    return _PASSWORD.sub(r"\1'", _NOT_TAKEN.sub("", dump))


def _commands() -> str:
    return (
        f'mkdir db; pg_dump {_SCHEMA[0]} "$DATABASE_URL" > db/schema.sql;'
        f' pg_dumpall {" ".join(_ROLES)} -d "$DATABASE_URL" > db/roles.sql. Remove the lines about'
        " the role postgres, and run: drill init --from db"
    )


class _Tools:
    """PostgreSQL's programs, run on a server by its address, its password in the environment."""

    def __init__(self, tools: Path | None, where: str, password: str, redactor: Redactor) -> None:
        self._tools, self._where = tools, where
        self._password, self._redactor = password, redactor
        self.said = ""

    def run(self, program: str, options: Sequence[str]) -> str | None:
        """Return what a program printed, or None: `said` is why there is nothing."""
        found = self._tools / program if self._tools else shutil.which(program)
        if not found:
            self.said = f"{program} is not on this machine"
            return None
        secret = {"PGPASSWORD": self._password} if self._password else {}
        ended = programs.run(
            [found, *options, "--encoding=UTF8", "--no-password", f"--dbname={self._where}"],
            env=environment.at_home(**secret),
        )
        if ended.returncode == 0:
            return ended.stdout.decode(errors="replace")
        said = self._redactor.text(ended.stderr.decode(errors="replace")).strip().splitlines()
        self.said = "; ".join(line.removeprefix(f"{program}: ") for line in said[:2])
        if program == "pg_dump" and "version mismatch" not in self.said:
            raise DrillError(
                f"--from: {_shown(self._where)}: {self.said}",
                "It must be reached from here, by a role that may read the catalog.",
            )
        return None


def _shown(where: str) -> str:
    """Return a server's address for people, without a password."""
    given = conninfo_to_dict(where)
    return f"{given.get('dbname', '')} on {given.get('host', 'this machine')}"
