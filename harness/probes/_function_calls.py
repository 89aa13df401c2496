"""Call every function that a query can name, with NULL for each argument, in a way that writes
nothing; at the end of the drill, those that must write are called again and rolled back. What
reaches out of its transaction is never called: no rollback undoes it.
"""

import re
import time

from psycopg import sql

from harness.observations.postgres_behaviour import LEFT_ALONE, READ_ONLY, Answer
from harness.probes._attempt import attempt
from harness.stores.postgres import Connection

# Nor is what calls that.
_REACHES_OUT = re.compile(
    r"\b(copy\b|dblink|http\w*\s*\(|net\.http|lo_export|pg_sleep|pg_(try_)?advisory"
    r"|pg_(terminate|cancel)_backend|pg_(stat_reset|file|switch|create|drop|logical|replication"
    r"|reload|rotate|promote|wal|backup))",
    re.IGNORECASE,
)
_TRIES, _TRIED_FOR_SECONDS = 20, 0.5
"""How often a call that fails is made again, and for how long."""

_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)

# What each polymorphic argument stands for, then each function with its call.
_CALLS = """
WITH stands_for (polymorphic, type) AS (VALUES
  ('anyelement'::regtype, 'integer'::regtype), ('anynonarray', 'integer'),
  ('anycompatible', 'integer'), ('anycompatiblenonarray', 'integer'), ('anyarray', 'integer[]'),
  ('anycompatiblearray', 'integer[]'), ('anyrange', 'int4range'),
  ('anycompatiblerange', 'int4range'), ('anymultirange', 'int4multirange'),
  ('anycompatiblemultirange', 'int4multirange')
)
SELECT format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)),
  -- However many rows it returns, few are fetched, and nothing of what is in them.
  format('SELECT called.result IS NULL FROM (SELECT %I.%I(%s) OFFSET 0) AS called (result)'
    ' LIMIT 100', n.nspname, p.proname, (
    SELECT string_agg(
      CASE WHEN p.provariadic <> 0 AND t.at = p.pronargs THEN 'VARIADIC ' ELSE '' END
      || 'NULL::' || format_type(coalesce(actual.type, t.type), NULL), ', ' ORDER BY t.at)
    FROM unnest(p.proargtypes) WITH ORDINALITY AS t (type, at)
    LEFT JOIN stands_for AS actual ON actual.polymorphic = t.type)),
  -- What an untrusted language does cannot be read: as if it said so.
  CASE WHEN p.provolatile = 'v' AND NOT l.lanpltrusted THEN 'copy ' ELSE '' END
    || pg_get_functiondef(p.oid), p.proname
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.prokind = 'f' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_type AS y WHERE y.typtype = 'p'
                  AND y.oid NOT IN (SELECT polymorphic FROM stands_for)
                  AND (y.oid = p.prorettype AND y.typname NOT IN ('void', 'record')
                       OR y.oid = ANY (p.proargtypes)))
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass
                  AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""


def called(connection: Connection, *, is_alive: bool) -> dict[str, str]:
    """Return for each function the SQLSTATE of a call that could not be carried out, else nothing.

    The connection is in a transaction, which its owner rolls back. `is_alive` tells that others may
    be at work: then what would write says READ_ONLY. What reaches out says LEFT_ALONE.
    """
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL search_path = ''")
        found = [tuple(map(str, row)) for row in connection.execute(_CALLS)]
    left_alone = _reaching_out(found)
    connection.execute("SET LOCAL statement_timeout = '10s'")
    return {
        name: LEFT_ALONE
        if name in left_alone
        else _said(connection, sql.SQL(call), is_alive=is_alive)  # the catalog's own names
        for name, call, _, _ in found
    }


def _said(connection: Connection, call: sql.SQL, *, is_alive: bool) -> str:
    # What fails by chance is not broken: a failure at the end has to be one each time.
    deadline_seconds = time.monotonic() + _TRIED_FOR_SECONDS
    said = ""
    for _ in range(1 if is_alive else _TRIES):
        said = _once(connection, call, is_alive=is_alive)
        if not said or time.monotonic() > deadline_seconds:
            break
    return said


def _once(connection: Connection, call: sql.SQL, *, is_alive: bool) -> str:
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL transaction_read_only = on")
        answer, said = attempt(connection, call)
    if said == READ_ONLY and not is_alive:
        answer, said = attempt(connection, call)
    return said if answer is Answer.BROKEN else ""


def _reaching_out(found: list[tuple[str, ...]]) -> set[str]:
    """Return the functions whose text names what reaches out, or a function that does."""
    texts = {name: _COMMENTS.sub("", text) for name, _, text, _ in found}
    words = {name: set(re.findall(r"\w+", text)) for name, text in texts.items()}
    reaching = {name: own for name, _, _, own in found if _REACHES_OUT.search(texts[name])}
    while True:
        names = set(reaching.values())
        more = {n: own for n, _, _, own in found if n not in reaching and words[n] & names - {own}}
        if not more:
            return set(reaching)
        reaching |= more
