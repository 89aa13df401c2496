"""Look at the tables under row-level security as each tenant does."""

import json

import psycopg
from psycopg import sql

from harness.observations.postgres_behaviour import TenantView
from harness.stores.postgres import Connection

TENANT_TABLES = ("public.contacts", "vault.credentials")
"""The tables whose rows only their own tenant sees."""

TENANT_ROLE = "authenticated"


def tenant_views(connection: Connection) -> tuple[TenantView, ...]:
    """Read each table as each tenant that has rows in it, and without any token. The connection
    is in a transaction, which its owner rolls back.
    """
    views: list[TenantView] = []
    for table in TENANT_TABLES:
        if connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() == (None,):
            continue
        rows = _rows_by_tenant(connection, table)
        views += [_view(connection, table, tenant, rows.get(tenant, 0)) for tenant in rows]
        views.append(_view(connection, table, None, 0))
    return tuple(views)


def _rows_by_tenant(connection: Connection, table: str) -> dict[int, int]:
    query = sql.SQL("SELECT tenant_id, count(*) FROM {} GROUP BY 1 ORDER BY 1").format(
        sql.Identifier(*table.split("."))
    )
    return {int(str(t)): int(str(count)) for t, count in connection.execute(query)}


def _view(connection: Connection, table: str, tenant: int | None, expected: int) -> TenantView:
    claims = "" if tenant is None else json.dumps({"role": TENANT_ROLE, "tenant_id": tenant})
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SELECT set_config('request.jwt.claims', %s, true)", (claims,))
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(TENANT_ROLE)))
            seen = _rows_by_tenant(connection, table)
    except psycopg.Error as error:
        return TenantView(table, tenant, expected, 0, 0, str(error.sqlstate))
    own = 0 if tenant is None else seen.pop(tenant, 0)
    return TenantView(table, tenant, expected, own, sum(seen.values()))
