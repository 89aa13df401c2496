"""Rows that the ledger accounts for, what keeps them, and what hangs on them."""

from harness.platforms.made_open import vault
from harness.prove.plant import Damage, Plant, by_sql
from harness.prove.workshop import Clone

_CONTACTS_SEEN_BY = (
    "table_rows",
    "matview_rows",
    "foreign_keys_hold",
    "tenant_isolation",
    "cache_fresh",
    "generated_columns_recompute",
    "indexes_agree",
    "search_documents",
)
_AUDIT = "public.audit_log"
_OTHERS = "tenant_id, actor, action, entity, entity_id, occurred_at, detail"


def _audit(name: str, check: str, *statements: str, also: tuple[str, ...] = ()) -> Plant:
    return Plant(
        f"audit_log: {name}",
        "postgres",
        f"audit_log_{check}",
        by_sql(*statements),
        companions=(*also, "rpo"),
        needs=("postgres",),
    )


def _postgres(name: str, check: str, damage: Damage, *also: str) -> Plant:
    return Plant(name, "postgres", check, damage, companions=also, needs=("postgres",))


def _contacts(name: str, statement: str, *also: str) -> Plant:
    return Plant(
        f"contacts: {name}",
        "postgres",
        "contacts_rows",
        by_sql(statement),
        companions=(*_CONTACTS_SEEN_BY, *also),
        needs=("postgres", "redis"),
    )


def _lose_the_key(clone: Clone) -> None:
    clone.site.service("hub").volume.wipe()


def _swap_the_key(clone: Clone) -> None:
    clone.site.service("hub").volume.write(vault.KEY_FILE, vault.key(99))


def _cut_the_key(clone: Clone) -> None:
    clone.site.service("hub").volume.write(vault.KEY_FILE, b"cut")


_AUDIT_ROWS = [
    _audit("a row lost", "complete", f"DELETE FROM {_AUDIT} WHERE id = 17"),
    _audit("the first row lost", "complete", f"DELETE FROM {_AUDIT} WHERE id = 1"),
    _audit("the last row lost", "complete", f"DELETE FROM {_AUDIT} WHERE id = 310"),
    _audit("rows lost here and there", "complete", f"DELETE FROM {_AUDIT} WHERE id % 37 = 0"),
    _audit("the tail cut off", "complete", f"DELETE FROM {_AUDIT} WHERE id > 280"),
    _audit("every row lost", "complete", f"DELETE FROM {_AUDIT}"),
    _audit(
        "the table lost",
        "complete",
        f"DROP TABLE {_AUDIT} CASCADE",
        also=("schema_*", "audit_log_*", "sequence*", "functions_callable"),
    ),
    _audit("an actor altered", "unaltered", f"UPDATE {_AUDIT} SET actor = 'nobody' WHERE id = 42"),
    _audit(
        "an id of an entity altered",
        "unaltered",
        f"UPDATE {_AUDIT} SET entity_id = entity_id + 1 WHERE id = 42",
    ),
    _audit(
        "a tenant altered",
        "unaltered",
        f"UPDATE {_AUDIT} SET tenant_id = tenant_id % 4 + 1 WHERE id = 42",
    ),
    _audit(
        "a microsecond",
        "unaltered",
        f"UPDATE {_AUDIT} SET occurred_at = occurred_at + interval '1 us' WHERE id = 42",
    ),
    _audit(
        "a key in a document",
        "unaltered",
        f"UPDATE {_AUDIT} SET detail = detail || jsonb_build_object('x', 1) WHERE id = 42",
    ),
    _audit(
        "a blank at an end",
        "unaltered",
        f"UPDATE {_AUDIT} SET entity = entity || ' ' WHERE id = 42",
    ),
    _audit(
        "a text of two characters for NULL",
        "unaltered",
        f"ALTER TABLE {_AUDIT} ALTER actor DROP NOT NULL",
        f"UPDATE {_AUDIT} SET actor = NULL WHERE id = 42",
        also=("schema_columns",),
    ),
    _audit(
        "a row twice",
        "unduplicated",
        f"ALTER TABLE {_AUDIT} DROP CONSTRAINT audit_log_pkey",
        f"INSERT INTO {_AUDIT} SELECT * FROM {_AUDIT} WHERE id = 99",
        also=("schema_constraints", "schema_indexes", "indexes_agree"),
    ),
    _audit(
        "two rows swapped",
        "in_order",
        f"UPDATE {_AUDIT} SET id = -1 WHERE id = 5",
        f"UPDATE {_AUDIT} SET id = 5 WHERE id = 6",
        f"UPDATE {_AUDIT} SET id = 6 WHERE id = -1",
    ),
    _audit(
        "a row before the first",
        "nothing_unexpected",
        f"INSERT INTO {_AUDIT} SELECT 0, {_OTHERS} FROM {_AUDIT} WHERE id = 50",
    ),
    _audit(
        "a row after the last",
        "nothing_unexpected",
        f"INSERT INTO {_AUDIT} SELECT 100000, {_OTHERS} FROM {_AUDIT} WHERE id = 50",
        also=("sequence*",),
    ),
    _audit(
        "a negative key",
        "nothing_unexpected",
        f"INSERT INTO {_AUDIT} SELECT -7, {_OTHERS} FROM {_AUDIT} WHERE id = 50",
    ),
]

_AUDIT_RULES = [
    _audit(
        name,
        "append_only",
        statement,
        also=(
            "schema_triggers",
            "schema_functions",
            "schema_rules",
            "schema_comments",
            "schema_grants",
            "schema_columns",
        ),
    )
    for name, statement in {
        "a trigger off": f"ALTER TABLE {_AUDIT} DISABLE TRIGGER audit_log_no_change",
        "every trigger off": f"ALTER TABLE {_AUDIT} DISABLE TRIGGER ALL",
        "a trigger only in a replica": f"ALTER TABLE {_AUDIT} ENABLE REPLICA TRIGGER"
        " audit_log_no_change",
        "no trigger against TRUNCATE": f"DROP TRIGGER audit_log_no_truncate ON {_AUDIT}",
        "a trigger function that refuses nothing": "CREATE OR REPLACE FUNCTION"
        " public.refuse_audit_log_change() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN coalesce(NEW, OLD); END'",
        "an UPDATE for a role, and no trigger": f"GRANT UPDATE (actor) ON {_AUDIT} TO auditor;"
        f" DROP TRIGGER audit_log_no_change ON {_AUDIT}",
    }.items()
] + [
    _audit(
        name,
        "writable",
        statement,
        also=("schema_*", "sequence*", "audit_log_append_only", "roles_log_in"),
    )
    for name, statement in {
        "no INSERT for the hub": f"REVOKE INSERT ON {_AUDIT} FROM hub_app",
        "a check that nothing passes": f"ALTER TABLE {_AUDIT} ADD CHECK (id < 0) NOT VALID",
        "a column that the hub does not fill": f"ALTER TABLE {_AUDIT} ADD added integer"
        " NOT NULL DEFAULT 1; ALTER TABLE public.audit_log ALTER added DROP DEFAULT",
    }.items()
]

_REST = [
    _contacts("a row lost", "DELETE FROM public.contacts WHERE number = 7"),
    _contacts("a cached row lost", "DELETE FROM public.contacts WHERE number = 8"),
    _contacts("every row lost", "DELETE FROM public.contacts"),
    _contacts("a phone altered", "UPDATE public.contacts SET phone = '+0' WHERE number = 9"),
    _contacts(
        "a tenant altered",
        "UPDATE public.contacts SET tenant_id = tenant_id % 4 + 1 WHERE number = 9",
    ),
    _contacts("a version altered", "UPDATE public.contacts SET version = 2 WHERE number = 9"),
    _contacts(
        "a row nobody wrote",
        "INSERT INTO public.contacts (number, tenant_id, full_name, email)"
        " VALUES (0, 1, 'Nobody', 'nobody@example')",
    ),
    *(
        _postgres(
            f"credentials: {name}",
            "credentials_rows",
            by_sql(statement),
            "credentials_decrypt",
            "tenant_isolation",
            "sequence*",
        )
        for name, statement in {
            "a row lost": "DELETE FROM vault.credentials WHERE id = 3",
            "a name altered": "UPDATE vault.credentials SET name = 'other' WHERE id = 3",
            "a row nobody wrote": "INSERT INTO vault.credentials (id, tenant_id, name, sealed)"
            " VALUES (77, 1, 'forged', 'x')",
        }.items()
    ),
    _postgres("credentials: the key lost", "credentials_decrypt", _lose_the_key),
    _postgres("credentials: another key", "credentials_decrypt", _swap_the_key),
    _postgres("credentials: the key cut", "credentials_decrypt", _cut_the_key),
    _postgres(
        "credentials: a secret of another",
        "credentials_decrypt",
        by_sql(
            "UPDATE vault.credentials SET sealed = (SELECT sealed FROM vault.credentials"
            " WHERE id = 3) WHERE id = 4"
        ),
        "credentials_rows",
    ),
    *(
        _postgres(
            f"sequences: {name}",
            "sequences_advance",
            by_sql(statement),
            "sequence_states",
            "audit_log_writable",
        )
        for name, statement in {
            "the last key again": "SELECT setval('public.audit_log_id_seq', 310, false)",
            "from the beginning": "SELECT setval('public.contacts_number_seq', 1, false)",
            "of an identity": "SELECT setval('public.contact_notes_id_seq', 1, false)",
        }.items()
    ),
    _postgres(
        "sequences: behind rows",
        "sequence_states",
        by_sql("SELECT setval('public.invoice_number_seq', 1000, false)"),
        "sequences_advance",
    ),
    _postgres(
        "sequences: went back, with no column",
        "sequence_states",
        by_sql("SELECT setval('extra.descending', -1, false)"),
    ),
    *(
        _postgres(
            f"tenants: {name}",
            "tenant_isolation",
            by_sql(statement),
            "schema_policies",
            "schema_tables",
            "schema_grants",
            "schema_roles",
            "schema_functions",
            "schema_comments",
            "functions_callable",
        )
        for name, statement in {
            "a policy open to all": "ALTER POLICY contacts_of_own_tenant ON public.contacts"
            " USING (true)",
            "a policy that shows nothing": "DROP POLICY credentials_of_own_tenant"
            " ON vault.credentials",
            "no row security": "ALTER TABLE public.contacts DISABLE ROW LEVEL SECURITY",
            "a role that passes by": "ALTER ROLE authenticated BYPASSRLS",
            "a function of who asks": "CREATE OR REPLACE FUNCTION auth.tenant_id()"
            " RETURNS integer LANGUAGE sql STABLE SET search_path = '' AS 'SELECT 1'",
        }.items()
    ),
    *(
        _postgres(
            f"roles: {name}",
            "roles_log_in",
            by_sql(statement),
            "schema_roles",
            "schema_owners",
            "schema_grants",
            "schema_memberships",
        )
        for name, statement in {
            "a login lost": "ALTER ROLE auditor NOLOGIN",
            "a password lost": "ALTER ROLE dashboard PASSWORD NULL",
            "another password": "ALTER ROLE hub_app PASSWORD 'other'",
            "a password that is no longer valid": "ALTER ROLE hub_app VALID UNTIL '2001-01-01'",
            "no connections": "ALTER ROLE auditor CONNECTION LIMIT 0",
        }.items()
    ),
    *(
        _postgres(
            f"functions: {name}",
            "functions_callable",
            by_sql(statement),
            "schema_*",
            "table_rows",
            "tenant_isolation",
        )
        for name, statement in {
            "one that misses its table": "CREATE FUNCTION public.stale() RETURNS bigint"
            " LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM gone); END'",
            "one that misses another": "DROP FUNCTION extra.larger CASCADE;"
            " CREATE FUNCTION extra.late() RETURNS integer LANGUAGE plpgsql"
            " AS 'BEGIN RETURN extra.larger(1, 2); END'",
            "one that misses its extension": "DROP EXTENSION citext CASCADE;"
            " CREATE FUNCTION extra.late() RETURNS text LANGUAGE plpgsql"
            " AS $$BEGIN RETURN 'x'::extensions.citext::text; END$$",
        }.items()
    ),
    *(
        _postgres(
            f"foreign keys: {name}",
            "foreign_keys_hold",
            by_sql(statement),
            "table_rows",
            "contacts_rows",
            "matview_rows",
            "cache_*",
            "tenant_isolation",
            "indexes_agree",
        )
        for name, statement in {
            "parents lost": "DELETE FROM extra.things * WHERE id IN (3, 4)",
            "a child moved": "UPDATE extra.parts SET thing_id = 999 WHERE thing_id = 2",
            "a child of a partition": "UPDATE public.activities SET contact_number = 999"
            " WHERE contact_number = 5",
            "a reply to nothing": "UPDATE public.contact_notes SET reply_to = 999 WHERE id = 7",
        }.items()
    ),
    _postgres(
        "generated columns: stale",
        "generated_columns_recompute",
        by_sql(
            "CREATE OR REPLACE FUNCTION extra.double(value integer) RETURNS integer"
            " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 7 RETURN value * 3"
        ),
        "schema_functions",
        "indexes_agree",
    ),
    _postgres(
        "indexes: one that leaves rows out",
        "indexes_agree",
        by_sql(
            "ALTER TABLE extra.things DROP CONSTRAINT things_name_key",
            "CREATE UNIQUE INDEX things_name_key ON extra.things (name) WHERE id < 20",
            "UPDATE pg_index SET indpred = NULL"
            " WHERE indexrelid = 'extra.things_name_key'::regclass",
        ),
        "schema_constraints",
        "schema_indexes",
        "foreign_keys_hold",
    ),
]

PLANTS = [*_AUDIT_ROWS, *_AUDIT_RULES, *_REST]
