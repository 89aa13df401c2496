"""Try what the platform does, and what it must refuse, and roll everything back."""

import psycopg

from harness.kinds import Look, Probe
from harness.observations.postgres_behaviour import Behaviour
from harness.platform.rows import AUDIT_LOG
from harness.probes import _audit_log_changes, _function_calls, _next_keys, _tenant_views
from harness.stores.postgres import PostgresStore

LOGIN_ROLES = ("authenticator", "hub_app", "auditor", "dashboard")
"""The roles that the platform's programs log in as."""

# Nobody else works on the platform now: a lock that does not come is a fault to report.
_PATIENCE = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


def observe(look: Look) -> Behaviour:
    """Try everything in one transaction that never commits; log in on connections of their own.

    At the backup only what writes nothing is tried, to be compared with: sequences are not drawn
    from, as nextval is not rolled back.
    """
    postgres = look.site.postgres
    if look.at_backup:
        with (
            postgres.connect(look.snapshot) as connection,
            connection.transaction(force_rollback=True),
        ):
            connection.execute("SET LOCAL lock_timeout = '200ms'")
            return Behaviour(
                next_keys=_next_keys.foreseen(connection),
                functions=_function_calls.called(connection, is_alive=True),
            )
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
            functions=_function_calls.called(connection, is_alive=False),
        )


def _refusal(postgres: PostgresStore, role: str) -> str:
    try:
        with postgres.connect(user=role) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        said = str(error)
        return (said.partition("FATAL:")[2] or said).strip().splitlines()[0]
    return ""


PROBE = Probe(
    id="postgres_behaviour",
    store="postgres",
    observation=Behaviour,
    at_backup=True,
    observe=observe,
)
