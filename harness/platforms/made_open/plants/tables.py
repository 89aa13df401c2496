"""Rows of the tables that the ledger does not follow: lost, altered, added, doubled."""

from collections.abc import Iterator

from harness.prove.plant import Plant, by_sql
from harness.prove.workshop import Clone

# Each table with a column to alter and what to set it to.
_TABLES = {
    "public.tenants": ("display_name", "display_name || '!'"),
    "public.tenant_plans": ("plan", "'other'"),
    "auth.tenant_users": ("email", "(email::text || 'x')::extensions.citext"),
    "public.contact_notes": ("body", "body || ' '"),
    "public.activities_2026_h1": ("kind", "'fax'"),
    "public.activities_other": ("kind", "'fax'"),
    "public.documents": ("thumbnail", "set_byte(thumbnail, 0, 255)"),
    "public.invoices": ("amount", "ROW(1, 'EUR')::public.money_amount"),
    "extra.things": ("tags", "tags || ARRAY['c']"),
    "extra.parts": ("amount", "amount + 0.001"),
    "extra.notes": ("body", "NULL"),
    "extra.tokens": ("value", "upper(value)"),
    "extra.kept_north": ("total", "total + 1"),
    "extra.kept_south": ("total", "-total"),
    "extra.base_rows": ("kind", "''"),
    "extra.more_rows": ("extent", "NULL"),
    "extra.plan_points": ("label", "label || ' '"),
}
_ALSO = (
    "foreign_keys_hold",
    "tenant_isolation",
    "matview_rows",
    "indexes_agree",
    "schema_rules",
    "sequences_advance",
    "cache_*",
)
_WITHOUT_KEY = (
    "extra.notes",
    "extra.kept_north",
    "extra.base_rows",
    "extra.more_rows",
    "extra.plan_points",
)


def _killed(clone: Clone) -> None:
    clone.site.service("postgres").kill()
    clone.site.start("postgres")


def _plants() -> Iterator[Plant]:
    for table, (column, value) in _TABLES.items():
        one = f"ctid = (SELECT max(ctid) FROM ONLY {table})"
        # A rule of the table's may forbid the very thing.
        free = "SET session_replication_role = replica"
        yield _plant(f"{table}: a row lost", free, f"DELETE FROM ONLY {table} WHERE {one}")
        yield _plant(
            f"{table}: a row altered",
            free,
            f"UPDATE ONLY {table} SET {column} = {value} WHERE {one}",
        )
        yield _plant(f"{table}: every row lost", free, f"DELETE FROM ONLY {table}")
    for table in _WITHOUT_KEY:
        row = f"SELECT * FROM ONLY {table} LIMIT 1"
        yield _plant(f"{table}: a row doubled", f"INSERT INTO {table} {row}")
    yield _plant(
        "public.tenants: a row added",
        "INSERT INTO public.tenants VALUES (9, 'tenant-9', 'Tenant 9', now())",
    )
    yield _plant(
        "extra.tokens: a row added",
        "INSERT INTO extra.tokens VALUES (gen_random_uuid(), 'forged')",
    )
    yield _plant(
        "extra.parts: two amounts swapped",
        "UPDATE extra.parts SET amount = CASE thing_id WHEN 1 THEN 2.25 ELSE 1.125 END"
        " WHERE thing_id IN (1, 2)",
    )
    yield _plant(
        "extra.kept: a row in another partition",
        "UPDATE extra.kept_by_list SET region = 'south' WHERE region = 'north' AND total = 2",
    )
    for name, statement in {
        "emptied": "TRUNCATE public.drafts",
        "a row lost": "DELETE FROM public.drafts WHERE contact_number = 10",
        "a row altered": "UPDATE public.drafts SET body = '' WHERE contact_number = 10",
        "a row added": "INSERT INTO public.drafts VALUES (1000, 'x')",
    }.items():
        yield _plant(f"public.drafts: {name}", statement, check="unlogged_table_rows")
    yield Plant(
        "public.drafts: emptied by a crash",
        "postgres",
        "unlogged_table_rows",
        _killed,
        companions=_ALSO,
        needs=("postgres",),
    )
    for name, statement in {
        "refreshed from other rows": "UPDATE extra.things SET mood = 'high' WHERE id = 3;"
        " REFRESH MATERIALIZED VIEW extra.mood_counts;"
        " UPDATE extra.things SET mood = 'low' WHERE id = 3",
    }.items():
        yield Plant(
            f"materialized views: {name}",
            "postgres",
            "matview_rows",
            by_sql(statement),
            companions=("table_rows", "contacts_rows", "schema_*", "cache_*", *_ALSO),
            needs=("postgres",),
        )


def _plant(name: str, *statements: str, check: str = "table_rows") -> Plant:
    return Plant(
        name, "postgres", check, by_sql(*statements), companions=_ALSO, needs=("postgres",)
    )


PLANTS = list(_plants())
