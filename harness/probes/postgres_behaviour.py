"""Try what the platform does, and what it must refuse, and roll everything back."""

from collections.abc import Iterator
from contextlib import suppress

import psycopg
from psycopg import sql

from harness.kinds import Look, Probe
from harness.observations.postgres_behaviour import AppendOnly, Behaviour
from harness.platform import making
from harness.platform.making import Unmakeable
from harness.platform.own_code import sources
from harness.probes import _append_only, _function_calls, _next_keys, _tenant_views
from harness.stores.postgres import Connection, PostgresStore
from harness.stores.row_making import made_for

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
    platform = look.site.platform
    logins = {role: _refusal(postgres, role) for role in platform.logins}
    with postgres.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(_PATIENCE)
        numbered = [
            source for table, source in sources(platform).items() if table in platform.tables
        ]
        return Behaviour(
            next_keys=_next_keys.next_keys(connection, look.ledger, numbered),
            tenants=_tenant_views.tenant_views(connection, platform.tenants),
            logins=logins,
            functions=_function_calls.called(connection, is_alive=False),
            append_only=dict(_append_only_tables(look, connection)),
        )


def _append_only_tables(look: Look, connection: Connection) -> Iterator[tuple[str, AppendOnly]]:
    """Yield what the append-only tables answered."""
    numbered = sources(look.site.platform)
    for table in look.site.platform.tables.values():
        if not table.is_append_only:
            continue
        quoted = sql.Identifier(*table.relation.split(".")).as_string(connection)
        if connection.execute("SELECT to_regclass(%s)", (quoted,)).fetchone() == (None,):
            yield table.name, AppendOnly()
            continue
        # A number far beyond those of the drill.
        number = look.ledger.next_number(table.name) + 1_000_000
        if table.is_numbered:
            insertion = _append_only.numbered(numbered[table.name], look.ledger.random, number)
            named = _append_only.Table(table.relation, table.writer, table.refused_to, insertion)
            yield table.name, _append_only.tried(connection, named)
            continue
        kept = look.site.kept[table.name]
        with suppress(Unmakeable):
            shape, made = made_for(
                connection, table, (number, number), look.ledger.random, kept.taken
            )
            insertion = making.insertion(shape, made, (), (number, number), look.ledger.random)
            named = _append_only.Table(table.relation, table.writer, table.refused_to, insertion)
            yield table.name, _append_only.tried(connection, named)


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
    runs_code=True,
)
