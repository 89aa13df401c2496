"""Try what the platform does, and what it must refuse, and roll everything back."""

import psycopg
from psycopg import sql

from harness.kinds import Look, Probe
from harness.observations.postgres_behaviour import Answer, Behaviour
from harness.platform.rows import AUDIT_LOG
from harness.probes import _audit_log_changes, _next_keys, _tenant_views
from harness.probes._attempt import attempt
from harness.stores.postgres import Connection, PostgresStore

LOGIN_ROLES = ("authenticator", "hub_app", "auditor", "dashboard")
"""The roles that the platform's programs log in as."""

# Nobody else works on the platform now: a lock that does not come is a fault to report.
_PATIENCE = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"

# Every function that a query can name, called with NULL for each argument.
_CALLS = """
SELECT p.oid::regprocedure::text, format('SELECT %I.%I(%s)', n.nspname, p.proname,
  (SELECT string_agg('NULL::' || format_type(t.type, NULL), ', ' ORDER BY t.at)
   FROM unnest(p.proargtypes) WITH ORDINALITY AS t (type, at)))
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.prokind = 'f' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_type AS y WHERE y.typtype = 'p'
                  AND (y.oid = p.prorettype AND y.typname NOT IN ('void', 'record')
                       OR y.oid = ANY (p.proargtypes)))
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass
                  AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""


def observe(look: Look) -> Behaviour:
    """Try everything in one transaction that never commits; log in on connections of their own."""
    postgres = look.site.postgres
    logins = {role: _refusal(postgres, role) for role in LOGIN_ROLES}
    with postgres.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(_PATIENCE)
        found = connection.execute("SELECT to_regclass(%s)", (AUDIT_LOG.relation,)).fetchone()
        is_there = found != (None,)
        return Behaviour(
            changes=_audit_log_changes.changes(connection) if is_there else None,
            insert=_audit_log_changes.insert(connection) if is_there else None,
            next_keys=_next_keys.next_keys(connection, look.ledger),
            tenants=_tenant_views.tenant_views(connection),
            logins=logins,
            functions=_functions(connection),
        )


def _refusal(postgres: PostgresStore, role: str) -> str:
    try:
        with postgres.connect(user=role) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        said = str(error)
        return (said.partition("FATAL:")[2] or said).strip().splitlines()[0]
    return ""


def _functions(connection: Connection) -> dict[str, str]:
    called: dict[str, str] = {}
    for name, call in connection.execute(_CALLS).fetchall():
        answer, said = attempt(connection, sql.SQL(str(call)))  # the catalog's own names
        called[str(name)] = said if answer is Answer.BROKEN else ""
    return called


PROBE = Probe(
    id="postgres_behaviour",
    store="postgres",
    observation=Behaviour,
    at_backup=False,
    observe=observe,
)
