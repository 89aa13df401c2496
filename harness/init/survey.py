"""What a schema holds, found by trying it in a server that is thrown away afterwards.

Rows are written as a drill would write them, and changed as its checks would: what is said of a
table here is what a drill will find.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from harness.core.errors import DrillError
from harness.core.ledger import Outcome
from harness.core.observation import Observations
from harness.core.platform import LedgerTable
from harness.core.progress import Unwatched
from harness.drill.acknowledged import open_ledger
from harness.drill.writing import SEED_BATCH, write
from harness.init.order import circle_of, in_order
from harness.init.source import Source
from harness.kinds import Look
from harness.observations.postgres_behaviour import Answer, Tried
from harness.probes.postgres_behaviour import PROBE
from harness.site import Site
from harness.stores.postgres import Connection

ROWS = 500
"""So many rows are tried of each table; a first scenario writes no more."""

_ERRORS_SHOWN = 5
_NO_TABLE = "Nothing was written. Name the files that make the tables."
_PSQL = ("psql", "-X", "-q", "-o", "/dev/null", "-f", "-")
_MISSING_ROLE = re.compile(r'role "((?:[^"]|"")+)" does not exist')
_ERROR = re.compile(r"psql:<stdin>:(\d+): ERROR:\s+(.*)")
_COLUMN = re.compile(r"\bcolumn \"?([^\"\s,)]+)")
_DOMAIN = re.compile(r"\bdomain \"?([^\"\s]+)")
_CONSTRAINT = re.compile(r"\bconstraint \"([^\"]+)\"")

_TABLES = """
SELECT n.nspname || '.' || c.relname AS relation
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND n.nspname !~ '[.]' AND c.relname !~ '[.]'
  AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE c.oid IN (i.inhrelid, i.inhparent)
                  AND c.relkind = 'r')
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e'
                  AND d.classid = 'pg_class'::regclass)
ORDER BY 1
"""

_REFERENCES = """
SELECT n.nspname || '.' || c.relname, m.nspname || '.' || r.relname,
       (SELECT bool_and(a.attnotnull) FROM pg_attribute AS a
        WHERE a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey))
FROM pg_constraint AS f
JOIN pg_class AS c ON c.oid = f.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_class AS r ON r.oid = f.confrelid JOIN pg_namespace AS m ON m.oid = r.relnamespace
WHERE f.contype = 'f' AND f.conparentid = 0 AND f.conrelid <> f.confrelid
"""

_KEY = """
SELECT a.attname FROM pg_constraint AS k
CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS c (number, position)
JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = c.number
WHERE k.conrelid = %(relation)s::regclass AND k.contype = 'p' ORDER BY c.position
"""

_LIMITED = """
SELECT a.attname FROM pg_constraint AS c
JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
WHERE c.conrelid = %(relation)s::regclass AND c.conname = %(name)s ORDER BY a.attnum
"""

_OF_DOMAIN = """
SELECT a.attname FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = %(relation)s::regclass AND t.typname = %(name)s ORDER BY a.attnum
"""

_TYPE = """
SELECT format_type(a.atttypid, a.atttypmod), t.typcategory, a.attnotnull
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = %s::regclass AND a.attname = %s
"""
_EXAMPLES = {"S": "'value' || n", "N": "n", "B": "n % 2 = 0"}

# Those that may add rows, the likeliest first: of many tables, past row security, by name.
_WRITERS = """
SELECT r.rolname FROM pg_roles AS r JOIN pg_class AS c ON c.oid = %(relation)s::regclass
WHERE NOT r.rolsuper AND r.rolname !~ '^pg_' AND r.oid <> c.relowner
  AND has_table_privilege(r.oid, c.oid, 'INSERT')
ORDER BY r.rolbypassrls DESC,
  (SELECT count(*) FROM pg_class AS o WHERE o.relkind IN ('r', 'p')
   AND o.relnamespace = c.relnamespace AND has_table_privilege(r.oid, o.oid, 'INSERT')) DESC,
  r.rolname
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was found. `refused_to` are the roles that may add and must not change rows,
    empty: all there are; None: it looks like no log. `why_not` says why no row could be made, of
    `column` if it is one column's fault, for which `example` is SQL; `remark` what else a person
    should know.
    """

    relation: str
    key: tuple[str, ...]
    writer: str = ""
    refused_to: tuple[str, ...] | None = None
    why_not: str = ""
    column: str = ""
    example: str = ""
    remark: str = ""


def load(source: Source, site: Site) -> tuple[str, ...]:
    """Create the schema in a server that is started for it; return the roles it takes for granted
    and no file creates, which are there then.

    Raises: DrillError: something else is missing; with the first errors by file and line.
    """
    roles: dict[str, None] = {}
    while True:
        site.start_clean("postgres")
        _create(roles, site)
        errors = [*_run(source, site)]
        missing = [m[1].replace('""', '"') for said in errors for m in _MISSING_ROLE.finditer(said)]
        new = dict.fromkeys(role for role in missing if role not in roles)
        if not new:
            break
        roles |= new
    if errors:
        more = len(errors) - _ERRORS_SHOWN
        shown = [*errors[:_ERRORS_SHOWN], *([f"and {more} more errors"] if more > 0 else [])]
        raise DrillError(
            "--from: the schema cannot be created in an empty server:\n" + "\n".join(shown),
            "Nothing was written. What it takes for granted (schemas, extensions, functions of"
            " another product) goes into a bootstrap.sql beside it; a server that has more is named"
            " in [tool.drill.binaries] or, as an image, in [tool.drill.images].",
        )
    return tuple(roles)


def _create(roles: Mapping[str, None], site: Site) -> None:
    with site.postgres.connect() as connection:
        for role in roles:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))


def _run(source: Source, site: Site) -> Iterator[str]:
    scripts = [s.path for s in source.bootstrap], source.schema, [s.path for s in source.seed]
    for path in (path for group in scripts for path in group):
        with site.script(path) as script:
            done = site.service("postgres").run(_PSQL, stdin=script, check=False)
        found = _ERROR.findall(done.stderr)
        yield from (f"{path.name}:{line}: {error}" for line, error in found)
        if done.status and not found:
            yield f"{path.name}: {done.stderr.strip() or 'psql failed and said nothing'}"


def tables(site: Site) -> list[Table]:
    """Try every table, in an order in which references can be filled.

    Raises: DrillError: there is none.
    """
    with site.postgres.connect() as connection:
        names = [str(name) for (name,) in connection.execute(_TABLES)]
        if not names:
            raise DrillError("--from: the schema leaves no table in the database", _NO_TABLE)
        found = connection.execute(_REFERENCES).fetchall()
        references = [(str(a), str(b), bool(required)) for a, b, required in found]
        ordered = in_order(names, references)
        keys = {name: _texts(connection, _KEY, name) for name in ordered}
        writers = {name: _texts(connection, _WRITERS, name) for name in ordered}
        tried = [_try(site, name, writers[name]) for name in ordered]
        taken = {t.name: t.declared for t in tried if t.declared is not None}
        site.platform = replace(site.platform, tables=taken)
        logs = _changes(site)
        told: list[Table] = []
        for one in tried:
            relation, changes = one.relation, logs.get(one.name, ())
            if one.declared is None:
                column = _at_fault(connection, one)
                example = _example(connection, relation, column) if column else ""
                said = one.said
                if "refers to" in said and (circle := circle_of(relation, references)):
                    said = (
                        f"{' and '.join(circle)} must refer to each other, so that no order fills"
                        " them: write rows of them into a file of the seed, in one transaction"
                        " where their constraints can be deferred; a drill compares these as they"
                        " are"
                    )
                told.append(Table(relation, keys[relation], "", None, said, column, example))
                continue
            writer = one.declared.writer
            refused_to = _refused_to(changes, writer, writers[relation])
            remark = _remark(changes, one, connection.info.user)
            told.append(Table(relation, keys[relation], writer, refused_to, remark=remark))
        return told


@dataclass(frozen=True, slots=True)
class _Tried:
    """A table that rows were written to, by the name it had for that. `declared` is None where none
    could be, and `said` why not, or why not by a role that may.
    """

    relation: str
    name: str
    declared: LedgerTable | None
    said: str = ""


def _try(site: Site, relation: str, writers: Sequence[str]) -> _Tried:
    """Write rows as a drill does, as each role that may and then as a superuser."""
    said: list[str] = []
    for writer in (*writers, ""):
        name = f"t{len(site.kept)}"
        table = LedgerTable(name, relation, writer, is_append_only=True)
        site.platform = replace(site.platform, tables={name: table})
        refusal = _write(site, name)
        if not refusal:
            return _Tried(relation, name, table, said[0] if said else "")
        said.append(f"{writer} may INSERT, and cannot: {refusal}" if writer else refusal)
    return _Tried(relation, "", None, said[-1])


def _write(site: Site, name: str) -> str:
    """Return why the server does not take all of the rows; nothing if it does."""
    try:
        open_ledger(site)
        write(site, name, ROWS, SEED_BATCH, Unwatched())
    except DrillError as error:
        return error.message.removeprefix(f"{site.platform.path}: ").removeprefix(f"{name}: ")
    if all(a.outcome is Outcome.ACKNOWLEDGED for a in site.ledger.attempts if a.table == name):
        return ""
    return site.refusals.get(name, "a trigger lets only some of the rows pass")


def _changes(site: Site) -> Mapping[str, Sequence[Tried]]:
    """Try to change each table as every role, as the check of an append-only table does."""
    look = Look(site, site.ledger, site.history, Observations())
    behaviour = PROBE.observe(look)
    return {name: seen.changes or () for name, seen in behaviour.append_only.items()}


def _refused_to(
    changes: Sequence[Tried], writer: str, writers: Sequence[str]
) -> tuple[str, ...] | None:
    if not changes:
        return None
    changing = {one.role for one in changes if one.answer is not Answer.REFUSED}
    if not changing:
        return ()
    # Whoever cannot add rows either is refused for another reason.
    refused = tuple(role for role in writers if role not in changing)
    return refused if writer in refused else None


def _remark(changes: Sequence[Tried], one: _Tried, owner: str) -> str:
    through = {t.verb for t in changes if t.role == owner and t.answer is not Answer.REFUSED}
    half = "UPDATE and DELETE are refused, and TRUNCATE is not" if through == {"TRUNCATE"} else ""
    return "; ".join(filter(None, [one.said, half]))


def _texts(connection: Connection, query: str, relation: str, name: str = "") -> tuple[str, ...]:
    quoted = sql.Identifier(*relation.split(".")).as_string(connection)
    found = connection.execute(query, {"relation": quoted, "name": name})
    return tuple(str(row[0]) for row in found)


def _at_fault(connection: Connection, one: _Tried) -> str:
    """Return the column that a refusal is about, the first of a constraint's; or nothing."""
    if "refers to" in one.said:
        return ""
    if column := _COLUMN.search(one.said):
        return column[1]
    for named, query in ((_DOMAIN, _OF_DOMAIN), (_CONSTRAINT, _LIMITED)):
        if found := named.search(one.said):
            return next(iter(_texts(connection, query, one.relation, found[1])), "")
    return ""


def _example(connection: Connection, relation: str, column: str) -> str:
    """Return SQL that shows what is to be written; it need not be right."""
    quoted = sql.Identifier(*relation.split(".")).as_string(connection)
    found = connection.execute(_TYPE, (quoted, column)).fetchone()
    if found is None:
        return _EXAMPLES["S"]
    type_, category, is_required = found
    if not is_required:
        return "NULL"
    return _EXAMPLES.get(str(category), f"'…'::{type_}")


def shown(found: Sequence[Table]) -> str:
    """Return how many tables take rows, for people."""
    taken = sum(not table.why_not for table in found)
    return f"{taken} of {len(found)} tables take rows as they are"
