"""Damages to the ledger tables and their rules: a script, and the findings it must cause.

A name in braces is one of that finding's counts.
"""

from ledger_samples import RANDOM

from harness.platforms.made_open.rows import CONTACTS

NO_PHONE = next(
    number
    for number, line in enumerate(CONTACTS.lines(RANDOM, 1, 40), 1)
    if line.split("\t")[CONTACTS.columns.index("phone")] == r"\N"
)
"""A contact whose phone is NULL."""

SWAP = """
    UPDATE public.audit_log AS a SET (tenant_id, actor, action, entity, entity_id, occurred_at,
      detail) = (SELECT b.tenant_id, b.actor, b.action, b.entity, b.entity_id, b.occurred_at,
                 b.detail FROM public.audit_log AS b WHERE b.id = 5000 - a.id)
    WHERE id IN (17, 4983)
"""

DAMAGES: dict[str, tuple[str, dict[str, str]]] = {
    "one audit row deleted": (
        "DELETE FROM public.audit_log WHERE id = 4711",
        {"audit_log_complete": "audit_log: 1 of 9000 owed rows lost (id 4711)"},
    ),
    "audit rows deleted in every group": (
        "DELETE FROM public.audit_log WHERE id IN (17, 4711, 8999)",
        {"audit_log_complete": "audit_log: 3 of 9000 owed rows lost (ids 17, 4711, 8999)"},
    ),
    "the tail cut": (
        "DELETE FROM public.audit_log WHERE id > 8980",
        {
            "audit_log_complete": (
                "audit_log: 20 of 9000 owed rows lost (ids 8981, 8982, 8983, 8984, 8985, 8986,"
                " 8987, 8988, 8989, 8990 and 10 more)"
            )
        },
    ),
    "a schema without rows": (
        "TRUNCATE public.contacts, vault.credentials, public.audit_log CASCADE",
        {
            "audit_log_complete": (
                "audit_log: 9000 of 9000 owed rows lost"
                " (ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 8990 more)"
            ),
            "contacts_rows": (
                "contacts: 40 of 40 owed rows lost (ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 30 more)"
            ),
            "credentials_rows": (
                "credentials: 12 of 12 owed rows lost"
                " (ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more)"
            ),
            "credentials_decrypt": (
                "credentials: none was looked at, though 12 rows are owed or present"
            ),
            "tenant_isolation": (
                "contacts: none was looked at, though 40 rows are owed or present"
            ),
        },
    ),
    "no audit log at all": (
        "DROP TABLE public.audit_log CASCADE; DROP FUNCTION public.record_action",
        {
            "audit_log_complete": (
                "audit_log: 9000 of 9000 owed rows lost (the table does not exist)"
            ),
            "audit_log_append_only": "audit_log: the table does not exist",
            "audit_log_writable": "audit_log: the table does not exist",
        },
    ),
    "one audit row altered": (
        "UPDATE public.audit_log SET actor = 'nobody' WHERE id = 4711",
        {"audit_log_unaltered": "audit_log: 1 of 9000 rows altered (id 4711)"},
    ),
    "a timestamp off by a microsecond": (
        "UPDATE public.audit_log SET occurred_at = occurred_at + '1 us' WHERE id = 1",
        {"audit_log_unaltered": "audit_log: 1 of 9000 rows altered (id 1)"},
    ),
    "a value lost": (
        (
            "ALTER TABLE public.audit_log ALTER entity_id DROP NOT NULL;"
            " UPDATE public.audit_log SET entity_id = NULL WHERE id = 8192"
        ),
        {"audit_log_unaltered": "audit_log: 1 of 9000 rows altered (id 8192)"},
    ),
    "one audit row doubled": (
        (
            "ALTER TABLE public.audit_log DROP CONSTRAINT audit_log_pkey;"
            " INSERT INTO public.audit_log SELECT * FROM public.audit_log WHERE id = 4096"
        ),
        {"audit_log_unduplicated": "audit_log: 1 of 9000 rows there more than once (id 4096)"},
    ),
    "a text that reads as NULL does": (
        (
            "UPDATE public.contacts SET phone = E'\\\\N' WHERE number ="
            " (SELECT min(number) FROM public.contacts WHERE phone IS NULL)"
        ),
        {"contacts_rows": f"contacts: 1 of 40 rows altered (id {NO_PHONE})"},
    ),
    "no text in place of NULL": (
        (
            "UPDATE public.contacts SET phone = '' WHERE number ="
            " (SELECT min(number) FROM public.contacts WHERE phone IS NULL)"
        ),
        {"contacts_rows": f"contacts: 1 of 40 rows altered (id {NO_PHONE})"},
    ),
    "a column lost": (
        "ALTER TABLE vault.credentials DROP COLUMN created_at",
        {
            "credentials_rows": "credentials: 12 of 12 rows altered"
            " (ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more)",
            # A row is added to try a sequence, and this one cannot be.
            "sequences_advance": "sequences: 1 of {tried} give no free key next"
            " (namely vault.credentials_id_seq for vault.credentials.id)",
        },
    ),
    "an id lost with the primary key": (
        (
            "ALTER TABLE vault.credentials DROP CONSTRAINT credentials_pkey,"
            " ALTER id DROP IDENTITY, ALTER id DROP NOT NULL;"
            " UPDATE vault.credentials SET id = NULL WHERE id = 5"
        ),
        {
            "credentials_rows": "credentials: 1 of 12 owed rows lost (id 5);"
            " 1 beside the 11 rows that were written, 1 of them without an id"
        },
    ),
    "two audit rows swapped": (
        SWAP,
        {
            "audit_log_in_order": "audit_log: 2 of 9000 rows hold the contents of another"
            " (ids 17, 4983)"
        },
    ),
    "an audit row that nobody wrote": (
        (
            "INSERT INTO public.audit_log SELECT 9021, tenant_id, actor, action, entity, entity_id,"
            " occurred_at, detail FROM public.audit_log WHERE id = 5;"
            " SELECT setval('public.audit_log_id_seq', 9021)"
        ),
        {
            "audit_log_nothing_unexpected": (
                "audit_log: 1 beside the 9000 rows that were written (id 9021)"
            )
        },
    ),
    "a trigger disabled": (
        "ALTER TABLE public.audit_log DISABLE TRIGGER audit_log_no_change",
        {
            "audit_log_append_only": "audit_log: 2 of {tried} forbidden changes allowed"
            " (namely UPDATE by postgres, DELETE by postgres)"
        },
    ),
    "a trigger that lets TRUNCATE through": (
        "DROP TRIGGER audit_log_no_truncate ON public.audit_log",
        {
            "audit_log_append_only": "audit_log: 1 of {tried} forbidden changes allowed"
            " (namely TRUNCATE by postgres)"
        },
    ),
    "a trigger function that refuses nothing": (
        (
            "CREATE OR REPLACE FUNCTION public.refuse_audit_log_change() RETURNS trigger"
            " LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(NEW, OLD); END'"
        ),
        {
            "audit_log_append_only": "audit_log: 3 of {tried} forbidden changes allowed"
            " (namely UPDATE by postgres, DELETE by postgres, TRUNCATE by postgres)"
        },
    ),
    "a role that may update one column, and no trigger": (
        (
            "GRANT UPDATE (actor) ON public.audit_log TO auditor;"
            " DROP TRIGGER audit_log_no_change ON public.audit_log"
        ),
        {
            "audit_log_append_only": "audit_log: 3 of {tried} forbidden changes allowed"
            " (namely UPDATE by auditor, UPDATE by postgres, DELETE by postgres)"
        },
    ),
    "an audit log that the hub cannot write": (
        "REVOKE INSERT ON public.audit_log FROM hub_app",
        {"audit_log_writable": "audit_log: hub_app cannot add a row (SQLSTATE 42501)"},
    ),
    "a sequence that gives the last key again": (
        "SELECT setval('public.audit_log_id_seq', 9000, false)",
        {
            "sequences_advance": "sequences: 1 of {tried} give no free key next"
            " (namely public.audit_log_id_seq for public.audit_log.id)"
        },
    ),
    "sequences that start from the beginning": (
        (
            "SELECT setval('public.contacts_number_seq', 1, false);"
            " SELECT setval('public.invoice_number_seq', 1000, false);"
            " SELECT setval('public.contact_notes_id_seq', 1, false)"
        ),
        {
            "sequences_advance": "sequences: 3 of {tried} give no free key next"
            " (namely public.contact_notes_id_seq for public.contact_notes.id,"
            " public.invoice_number_seq for public.invoices.number,"
            " public.contacts_number_seq for public.contacts.number)"
        },
    ),
    "a policy open to all": (
        "ALTER POLICY contacts_of_own_tenant ON public.contacts USING (true)",
        {
            "tenant_isolation": "tenants: 5 of 10 views show the wrong rows (namely"
            " tenant 1 sees 10 of 10 own and 30 foreign rows of public.contacts,"
            " tenant 2 sees 10 of 10 own and 30 foreign rows of public.contacts,"
            " tenant 3 sees 10 of 10 own and 30 foreign rows of public.contacts,"
            " tenant 4 sees 10 of 10 own and 30 foreign rows of public.contacts,"
            " no tenant sees 0 of 0 own and 40 foreign rows of public.contacts)"
        },
    ),
    "a policy that shows nothing": (
        "DROP POLICY credentials_of_own_tenant ON vault.credentials",
        {
            "tenant_isolation": "tenants: 4 of 10 views show the wrong rows (namely"
            " tenant 1 sees 0 of 3 own and 0 foreign rows of vault.credentials,"
            " tenant 2 sees 0 of 3 own and 0 foreign rows of vault.credentials,"
            " tenant 3 sees 0 of 3 own and 0 foreign rows of vault.credentials,"
            " tenant 4 sees 0 of 3 own and 0 foreign rows of vault.credentials)"
        },
    ),
    "a contact altered and another lost": (
        (
            "UPDATE public.contacts SET phone = '+0' WHERE number = 1;"
            " DELETE FROM public.contacts WHERE number = 2"
        ),
        {"contacts_rows": ("contacts: 1 of 40 owed rows lost (id 2); 1 of 39 rows altered (id 1)")},
    ),
    "a credential with another's secret": (
        (
            "UPDATE vault.credentials SET sealed = (SELECT sealed FROM vault.credentials"
            " WHERE id = 3) WHERE id = 4"
        ),
        {
            "credentials_rows": "credentials: 1 of 12 rows altered (id 4)",
            "credentials_decrypt": "credentials: 1 of 12 open to another secret (id 4)",
        },
    ),
    "a function that misses its table": (
        (
            "CREATE FUNCTION public.stale() RETURNS bigint LANGUAGE plpgsql"
            " AS 'BEGIN RETURN (SELECT count(*) FROM gone); END'"
        ),
        {
            "functions_callable": "functions: 1 of {functions} break when called"
            " (namely public.stale())"
        },
    ),
}
