"""Look at the tables under row-level security as each tenant does."""

import json
from dataclasses import dataclass

import psycopg
from psycopg import sql

from harness.core.platform import Tenants
from harness.observations.postgres_behaviour import TenantView
from harness.stores.postgres import Connection


def tenant_views(connection: Connection, tenants: Tenants | None) -> tuple[TenantView, ...]:
    """Read each table as each tenant that has rows in it, and without any token. The connection
    is in a transaction, which its owner rolls back.
    """
    views: list[TenantView] = []
    if tenants is None:
        return ()
    for table, column in tenants.tables.items():
        if connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() == (None,):
            continue
        rows = _rows_by_tenant(connection, table, column)
        asking = _Asking(connection, tenants, table, column)
        views += [asking.view(tenant, rows.get(tenant, 0)) for tenant in rows]
        views.append(asking.view(None, 0))
    return tuple(views)


@dataclass(frozen=True, slots=True)
class _Asking:
    connection: Connection
    tenants: Tenants
    table: str
    column: str

    def view(self, tenant: object, expected: int) -> TenantView:
        claims = {"role": self.tenants.role, self.column: tenant}
        told = "" if tenant is None else json.dumps(claims, default=str)
        named = tenant if tenant is None or isinstance(tenant, int) else str(tenant)
        role = sql.Identifier(self.tenants.role)
        try:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(
                    "SELECT set_config(%s, %s, true)", (self.tenants.claims, told)
                )
                self.connection.execute(sql.SQL("SET LOCAL ROLE {}").format(role))
                seen = _rows_by_tenant(self.connection, self.table, self.column)
        except psycopg.Error as error:
            return TenantView(self.table, named, expected, 0, 0, str(error.sqlstate))
        own = 0 if tenant is None else seen.pop(tenant, 0)
        return TenantView(self.table, named, expected, own, sum(seen.values()))


def _rows_by_tenant(connection: Connection, table: str, column: str) -> dict[object, int]:
    query = sql.SQL(
        "SELECT {tenant}, count(*) FROM {table} WHERE {tenant} IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).format(tenant=sql.Identifier(column), table=sql.Identifier(*table.split(".")))
    return {tenant: int(str(count)) for tenant, count in connection.execute(query)}
