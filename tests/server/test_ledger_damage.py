"""Damages done to a real server: each is caught by the check meant for it, which names the key."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest
from ledger_damages import DAMAGES
from ledger_samples import AFTER_THE_CUT, RANDOM, attempt, ledger, restored
from ours import CHECKS, OURS, our_case
from server_settings import apply

from harness.core.case import NotApplicable
from harness.core.finding import Finding
from harness.core.history import History
from harness.core.ledger import Ledger, Outcome
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.judge import find
from harness.kinds import Look
from harness.platforms.made_open import vault
from harness.platforms.made_open.probes import credentials
from harness.platforms.made_open.rows import AUDIT_LOG
from harness.probes import ledger_rows, postgres_behaviour
from harness.site import Site
from harness.stores.postgres import PostgresStore

MEANT = (
    "audit_log_complete",
    "audit_log_unaltered",
    "audit_log_unduplicated",
    "audit_log_in_order",
    "audit_log_nothing_unexpected",
    "audit_log_append_only",
    "audit_log_writable",
    "contacts_rows",
    "credentials_rows",
    "credentials_decrypt",
    "sequences_advance",
    "tenant_isolation",
    "roles_log_in",
    "functions_callable",
)

WRITTEN = ledger(
    attempt("contacts", 1, 40),
    attempt("credentials", 1, 12),
    attempt("audit_log", 1, 9000),
    attempt("audit_log", 9001, 9020, ended_seconds=AFTER_THE_CUT),
)


@dataclass
class Platform:
    """As much of a site as these probes use: a database, and the hub's volume."""

    postgres: PostgresStore
    platform = OURS
    volume: dict[str, bytes] = field(default_factory=lambda: {vault.KEY_FILE: vault.key(RANDOM)})

    def service(self, store: str) -> SimpleNamespace:
        """Return the hub with its volume."""
        assert store == "hub"

        def read(path: str) -> bytes:
            if path not in self.volume:
                raise FileNotFoundError(path)
            return self.volume[path]

        return SimpleNamespace(volume=SimpleNamespace(read=read))


def findings(
    platform: Platform, written: Ledger = WRITTEN, history: History | None = None
) -> dict[str, Finding]:
    """Look at the platform at the end of a drill and judge it."""
    past = restored() if history is None else history
    after = Observations()
    look = Look(cast(Site, platform), written, past, Observations())
    for probe in (ledger_rows.PROBE, credentials.PROBE, postgres_behaviour.PROBE):
        after.put(probe.observe(look))
    case = our_case(written, past, Observations(), after)
    found: dict[str, Finding] = {}
    for check_id in MEANT:
        try:
            found[check_id] = find(CHECKS[check_id], case)
        except NotApplicable:
            continue
    return found


def failures(found: dict[str, Finding]) -> dict[str, str]:
    """Return the summaries of the checks that did not pass."""
    return {c: f.summary for c, f in found.items() if f.verdict is not Verdict.PASS}


def test_an_undamaged_platform_passes(ledger_store: PostgresStore) -> None:
    """A clean restore raises no alarm, and every check says what it counted."""
    found = findings(Platform(ledger_store))
    assert {} == failures(found)
    assert {
        "audit_log_complete": (
            "audit_log: all 9000 owed rows present; 20 at-risk rows gone, as the backup allows"
        ),
        "audit_log_unaltered": "audit_log: all 9000 rows as they were written",
        "audit_log_unduplicated": "audit_log: each of 9000 rows there once",
        "audit_log_in_order": "audit_log: all 9000 rows under their own ids",
        "audit_log_nothing_unexpected": (
            "audit_log: nothing beside the 9000 rows that were written"
        ),
        "audit_log_writable": "audit_log: hub_app adds a row",
        "contacts_rows": "contacts: all 40 owed rows present, unaltered, each once",
        "credentials_rows": "credentials: all 12 owed rows present, unaltered, each once",
        "credentials_decrypt": "credentials: all 12 open to their own secrets",
        "roles_log_in": "roles: all 4 log in",
        "tenant_isolation": (
            "tenants: all 8 views show their own rows and no others;"
            " without a token nothing is shown"
        ),
    } == {c: found[c].summary for c in MEANT if c in found and c not in CATALOGUED}
    assert all(found[c].counts for c in CATALOGUED)


def test_settings_of_the_database_are_no_damage(ledger_store: PostgresStore) -> None:
    """However it prints by default and whatever it forbids, the same is seen of it."""
    apply(ledger_store)
    assert {} == failures(findings(Platform(ledger_store)))


CATALOGUED = ("audit_log_append_only", "sequences_advance", "functions_callable")
"""Their counts follow from whatever the catalog holds."""


def test_trying_leaves_no_trace(ledger_store: PostgresStore) -> None:
    """After a look, the rows, triggers, functions and privileges are those from before."""
    census = """
        SELECT (SELECT sum(hashtextextended(a::text, 0)) FROM public.audit_log AS a),
               (SELECT sum(hashtextextended(c::text, 0)) FROM public.contacts AS c),
               (SELECT count(*) FROM vault.credentials),
               (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_proc),
               (SELECT string_agg(relacl::text, ' ' ORDER BY relname) FROM pg_class)
    """
    with ledger_store.connect() as connection:
        before = connection.execute(census).fetchone()
        findings(Platform(ledger_store))
        assert before == connection.execute(census).fetchone()


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_is_caught_by_the_check_meant_for_it(
    ledger_store: PostgresStore, damage: str
) -> None:
    """Every other check passes, and the finding names what is wrong."""
    script, expected = DAMAGES[damage]
    with ledger_store.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(script.encode())
    found = findings(Platform(ledger_store))
    assert {
        check_id: summary.format_map(found[check_id].counts)
        for check_id, summary in expected.items()
    } == failures(found)


def test_a_login_that_is_lost_is_named(ledger_store: PostgresStore) -> None:
    """Roles live outside the database, so a dump of it alone loses them."""
    with ledger_store.connect() as connection:
        connection.execute("ALTER ROLE auditor NOLOGIN")
    try:
        found = findings(Platform(ledger_store))
    finally:
        with ledger_store.connect() as connection:
            connection.execute("ALTER ROLE auditor LOGIN")
    assert {"roles_log_in": "roles: 1 of 4 cannot log in (namely auditor)"} == failures(found)
    assert 'auditor: role "auditor" is not permitted to log in' == found["roles_log_in"].actual


@pytest.mark.parametrize(
    ("volume", "actual"),
    [
        ({}, "there is no key in the hub's volume"),
        (
            {vault.KEY_FILE: vault.key(RANDOM + 1)},
            "12 of 12 do not open (ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more)",
        ),
        (
            {vault.KEY_FILE: b"cut"},
            "12 of 12 do not open (ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more)",
        ),
    ],
)
def test_a_lost_or_wrong_key_opens_nothing(
    ledger_store: PostgresStore, volume: dict[str, bytes], actual: str
) -> None:
    """The rows are whole and yet worth nothing without the key that lives elsewhere."""
    found = findings(Platform(ledger_store, volume))
    assert {
        "credentials_decrypt": "credentials: 12 of 12 do not open"
        " (ids 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more)"
    } == failures(found)
    assert actual == found["credentials_decrypt"].actual


def test_rows_are_read_as_of_the_snapshot(ledger_store: PostgresStore) -> None:
    """What happens after the backup's snapshot is not seen in it."""
    with ledger_store.exported_snapshot() as snapshot:
        with ledger_store.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("DELETE FROM public.audit_log")
        look = Look(
            cast(Site, Platform(ledger_store)), WRITTEN, restored(), Observations(), snapshot
        )
        seen = ledger_rows.observe(look)
    assert {0: 4095, 1: 4096, 2: 809} == {
        group: vector.rows for group, vector in seen.scans["audit_log"].groups.items()
    }


def test_a_corrupt_index_hides_no_row(ledger_store: PostgresStore) -> None:
    """An index that has lost its entries changes nothing about what is read."""
    with ledger_store.connect() as connection:
        connection.execute(
            "ALTER TABLE public.audit_log DROP CONSTRAINT audit_log_pkey;"
            " CREATE INDEX partly ON public.audit_log (id) WHERE id < 100;"
            " UPDATE pg_index SET indpred = NULL WHERE indexrelid = 'public.partly'::regclass"
        )
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET enable_bitmapscan = off")
        hidden = connection.execute(
            "SELECT count(*) FROM public.audit_log WHERE id BETWEEN 1 AND 9000"
        ).fetchone()
    assert (99,) == hidden
    assert "audit_log_complete" not in failures(findings(Platform(ledger_store)))


def test_rows_that_no_drill_wrote_are_found_in_every_table(ledger_store: PostgresStore) -> None:
    """A table that this drill wrote nothing to is read like the others."""
    found = findings(Platform(ledger_store), ledger())
    names = ("audit_log_nothing_unexpected", "contacts_rows", "credentials_rows")
    assert {
        "audit_log_nothing_unexpected": {"unexpected": ((1, 9000),)},
        "contacts_rows": {"unexpected": ((1, 40),)},
        "credentials_rows": {"unexpected": ((1, 12),)},
    } == {name: found[name].rows for name in names}
    assert {Verdict.FAIL} == {found[name].verdict for name in names}


def test_damages_of_every_kind_in_one_table_are_named_apart(ledger_store: PostgresStore) -> None:
    """Groups that only lack rows, and those of which every row is compared, in one account."""
    with ledger_store.connect() as connection:
        connection.execute(
            "SET session_replication_role = replica;"
            " ALTER TABLE public.audit_log DROP CONSTRAINT audit_log_pkey;"
            " DELETE FROM public.audit_log WHERE id BETWEEN 17 AND 20 OR id IN (4000, 5000);"
            " UPDATE public.audit_log SET actor = actor || E'\\tx' WHERE id BETWEEN 8500 AND 8600;"
            " INSERT INTO public.audit_log SELECT * FROM public.audit_log WHERE id = 8999;"
            " UPDATE public.audit_log SET id = id + 1000000 WHERE id = 8700"
        )
    found = findings(Platform(ledger_store))
    rows = {
        "audit_log_complete": {
            "lost": ((17, 20), (4000, 4000), (5000, 5000), (8700, 8700)),
            "gone": ((9001, 9020),),
        },
        "audit_log_unaltered": {"altered": ((8500, 8600),)},
        "audit_log_unduplicated": {"duplicated": ((8999, 8999),)},
        "audit_log_in_order": {},
        "audit_log_nothing_unexpected": {"unexpected": ((1008700, 1008700),)},
    }
    assert rows == {check: found[check].rows for check in rows}


def test_an_indeterminate_row_that_came_through_is_legal(ledger_store: PostgresStore) -> None:
    """A write that broke may have been carried out; what it wrote is told, not blamed."""
    written = ledger(*WRITTEN.attempts, attempt("audit_log", 9021, 9030, Outcome.INDETERMINATE))
    with ledger_store.connect() as connection:
        ledger_store.load(connection, AUDIT_LOG, AUDIT_LOG.lines(RANDOM, 9021, 9030))
    found = findings(Platform(ledger_store), written)
    assert {} == failures(found)
    assert (
        "audit_log: all 9000 owed rows present; 20 at-risk rows gone, as the backup allows;"
        " 10 unacknowledged rows recovered"
    ) == found["audit_log_complete"].summary


def test_a_relation_that_cannot_be_read_is_an_error(ledger_store: PostgresStore) -> None:
    """A digest of a failed query is never a value."""
    with ledger_store.connect() as connection:
        connection.execute("ALTER TABLE public.audit_log RENAME COLUMN id TO number")
    look = Look(cast(Site, Platform(ledger_store)), WRITTEN, restored(), Observations())
    with pytest.raises(Exception, match='column "id" does not exist'):
        ledger_rows.observe(look)
