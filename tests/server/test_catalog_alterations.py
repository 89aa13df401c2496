"""Every alteration of one of everything is told by the check that is meant for it."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from ours import bootstrap, our_case
from psycopg import sql

from harness.checks.schema_objects import CHECKS
from harness.core.case import NotApplicable
from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.ports import Endpoint
from harness.core.verdict import Verdict
from harness.observations.postgres_catalog import Catalog
from harness.probes import _catalog_exempt, postgres_catalog
from harness.stores.postgres import Connection, PostgresStore

WIDE = Path(__file__).parents[1] / "wide"
ALTERATIONS = [
    (frozenset(checks.split()), script)
    for checks, script in re.findall(
        r"^-- ([a-z_ ]+)\n(.*?)(?=^-- |\Z)",
        (WIDE / "alterations.sql").read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
]
BESIDE = """
CREATE TABLE public.numbers (m integer, n integer PRIMARY KEY);
CREATE ROLE wide_owner SUPERUSER
"""


@pytest.fixture(scope="module")
def wide(postgres_cluster: Endpoint) -> Iterator[Connection]:
    """Give a connection to a database that has one of everything."""
    owner = PostgresStore(lambda: postgres_cluster)
    bootstrap(owner)
    with owner.connect() as connection:
        connection.execute("CREATE DATABASE wide")
    with PostgresStore(lambda: replace(postgres_cluster, database="wide")).connect() as connection:
        for statement in (WIDE / "schema.sql").read_text(encoding="utf-8").split(";\n"):
            connection.execute(statement.encode())
        connection.execute(BESIDE)
        yield connection
        connection.execute("DROP SUBSCRIPTION wide_subscription")
    with owner.connect() as connection:
        connection.execute("DROP DATABASE wide")
        connection.execute("DROP ROLE wide_owner")


@pytest.fixture(scope="module")
def before(wide: Connection) -> Catalog:
    """Read everything before any alteration."""
    return postgres_catalog.read(wide)


def judged(before: Catalog, after: Catalog) -> set[str]:
    """Return the checks that fail."""
    case = our_case(Ledger(1), History(), Observations(), Observations())
    case.before.put(before)
    case.after.put(after)
    failing = set()
    for check in CHECKS:
        try:
            if check.judge(check, case).verdict is Verdict.FAIL:
                failing.add(check.id)
        except NotApplicable:
            continue
    return failing


PRINTING = {
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "DateStyle": "German, DMY",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "-3",
    "bytea_output": "escape",
    "xmlbinary": "hex",
    "TimeZone": "Asia/Kolkata",
}


@pytest.fixture
def settings(wide: Connection, postgres_cluster: Endpoint) -> Iterator[Callable[[str, str], None]]:
    """Give a way to set something server-wide, which is undone afterwards."""

    def put(name: str, value: str) -> None:
        wide.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        reload()

    def reload() -> None:
        loaded = wide.execute("SELECT pg_conf_load_time(), pg_reload_conf()").fetchone()
        assert loaded is not None
        while wide.execute("SELECT pg_conf_load_time()").fetchone() == loaded[:1]:
            time.sleep(0.01)
        # The server answers when it has read its rules of access, too.
        with PostgresStore(lambda: postgres_cluster).connect():
            pass

    yield put
    wide.execute("ALTER SYSTEM RESET ALL")
    reload()


def test_how_a_server_prints_text_means_nothing(
    postgres_cluster: Endpoint,
    before: Catalog,
    settings: Callable[[str, str], None],
) -> None:
    """Whatever is set server-wide, the same catalog reads the same."""
    at = postgres_cluster
    for name, value in PRINTING.items():
        settings(name, value)
    # The store's own connections would begin with settings of their own.
    with psycopg.connect(
        host=at.host, port=at.port, user=at.user, password=at.secret, dbname="wide", autocommit=True
    ) as connection:
        assert ("on",) == connection.execute("SHOW quote_all_identifiers").fetchone()
        assert set() == judged(before, postgres_catalog.read(connection))


def test_a_setting_of_the_server_is_told(
    wide: Connection, before: Catalog, settings: Callable[[str, str], None]
) -> None:
    """What ALTER SYSTEM sets is in a file of the server's."""
    settings("deadlock_timeout", "7s")
    assert {"server_settings"} == judged(before, postgres_catalog.read(wide))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("archive_command", "cp %p /backups/wal/%f"),
        ("archive_command", "test ! -f /mnt/wal/%f && cp %p /mnt/wal/%f"),
        ("archive_mode", "on"),
        ("archive_timeout", "5min"),
        ("summarize_wal", "on"),
        ("restore_command", "cp /backups/wal/%f %p"),
        ("synchronous_standby_names", "standby_1"),
        ("recovery_target_time", "2026-01-01 00:00:00+00"),
        ("hba_file", "/etc/postgresql/pg_hba.conf"),
    ],
)
def test_how_a_platform_keeps_its_own_log_is_told(
    wide: Connection, before: Catalog, settings: Callable[[str, str], None], name: str, value: str
) -> None:
    """Lost, nothing would be archived any more, or a commit would wait for nobody."""
    # Nothing of this may be at work while it is set: a commit would wait for the standby.
    wide.execute("SET synchronous_commit = local")
    settings(name, value)
    assert {"server_settings"} == judged(before, postgres_catalog.read(wide))


_KEPT = "/a/place/scratch/postgres/wal"


@pytest.mark.parametrize(
    "written",
    [
        {
            "hba_file": "/data/drill_hba.conf",
            "archive_command": f"test ! -f {_KEPT}/%f && cp %p {_KEPT}/%f.unfinished"
            f" && mv {_KEPT}/%f.unfinished {_KEPT}/%f",
            "archive_mode": "on",
            "archive_timeout": "60s",
            "summarize_wal": "on",
        },
        {"synchronous_standby_names": "drill_receiver", "summarize_wal": "on"},
        {
            "summarize_wal": "on",
            "restore_command": "cp /tmp/drill-scratch/wal/%f %p",
            "recovery_target_timeline": "latest",
            "recovery_target_action": "promote",
            "archive_mode": "off",
            "synchronous_standby_names": "",
            "hot_standby": "on",
            "recovery_target_time": "2026-01-01 00:00:00+00",
        },
    ],
    ids=["archives", "streams", "recovered"],
)
def test_what_the_harness_writes_to_keep_the_log_means_nothing(
    wide: Connection,
    before: Catalog,
    settings: Callable[[str, str], None],
    written: dict[str, str],
) -> None:
    """It is known by what it says: commands that name the drill's own place, and what is beside."""
    wide.execute("SET synchronous_commit = local")
    for name, value in written.items():
        settings(name, value)
    assert set() == judged(before, postgres_catalog.read(wide))


@pytest.mark.parametrize(
    ("setting", "altered"),
    [
        ("hba_file", "{} || E'host replication all samehost trust\n'"),
        ("hba_file", "E'host replication postgres samehost scram-sha-256\n' || {}"),
        ("hba_file", "{} || E'host all all 192.0.2.0/24 trust\n'"),
        ("hba_file", "E'host all all 192.0.2.0/24 reject\n' || {}"),
        ("hba_file", "replace({}, 'scram-sha-256', 'md5')"),
        ("hba_file", "regexp_replace({}, '\nhost +all[^\n]*', '')"),
        ("ident_file", "{} || E'somebody root auditor\n'"),
    ],
)
def test_a_rule_of_access_is_told(
    wide: Connection, before: Catalog, setting: str, altered: str
) -> None:
    """One more, one in the way of others, one that asks for less, one gone, another's name."""
    read = f"pg_read_file(current_setting('{setting}'))"
    ((file, kept),) = wide.execute(
        f"SELECT current_setting('{setting}'), {read}".encode()
    ).fetchall()

    def write(text: str) -> None:
        lines = f"COPY (SELECT unnest(string_to_array({text}, E'\\n'))) TO '{file}'"
        wide.execute(lines.encode())

    write(altered.format(read))
    try:
        assert {"server_access_rules"} == judged(before, postgres_catalog.read(wide))
    finally:
        write(sql.Literal(str(kept)).as_string(wide))


def rounds() -> list[dict[frozenset[str], str]]:
    """Return the alterations in rounds, none of which alters for one check twice."""
    made: list[dict[frozenset[str], str]] = []
    for checks, script in ALTERATIONS:
        free = next((each for each in made if checks.isdisjoint(frozenset().union(*each))), None)
        if free is None:
            made.append({checks: script})
        else:
            free[checks] = script
    return made


@pytest.mark.parametrize("altered", rounds(), ids=lambda altered: str(len(altered)))
def test_an_alteration_fails_its_own_check(
    altered: dict[frozenset[str], str], wide: Connection, before: Catalog
) -> None:
    """Exactly the checks meant for them fail, whatever was created, altered or dropped."""
    with wide.transaction(force_rollback=True):
        for script in altered.values():
            wide.execute(script.encode())
        failing = judged(before, postgres_catalog.read(wide))
    assert frozenset().union(*altered) == failing


PRINTED = {
    catalog: columns.split()
    for catalog, columns in (said.split(": ") for said in _catalog_exempt.PRINTED.values())
}


def held(connection: Connection) -> dict[tuple[str, str], str]:
    """Return what each column that a function prints holds, by the column and the object's name.

    An object made anew has its name; a renamed one has its number.
    """
    found = {}
    for catalog, columns in PRINTED.items():
        rows = connection.execute(_HELD.format(catalog).encode()).fetchall()
        for row, *names in rows:
            assert isinstance(row, dict)
            for column in columns:
                for name in names:
                    found[f"{catalog}.{column}", str(name)] = str(row[column])
    return found


_HELD = """
SELECT row, coalesce(row ->> 'oid', '-'), coalesce(
         row ->> 'proname', row ->> 'conname', row ->> 'tgname', row ->> 'rulename',
         row ->> 'stxname',
         (coalesce(row ->> 'indexrelid', row ->> 'partrelid'))::oid::regclass::text)
FROM (SELECT to_jsonb(r) FROM {} AS r) AS rows (row)
WHERE coalesce(row ->> 'oid', row ->> 'indexrelid', row ->> 'partrelid')::oid >= 16384
"""


def test_every_column_that_is_only_printed_was_altered(wide: Connection) -> None:
    """So what a function of the server's prints of a column is told where it changes."""
    was = held(wide)
    changed = set()
    for _, script in ALTERATIONS:
        with wide.transaction(force_rollback=True):
            wide.execute(script.encode())
            changed |= {key[0] for key, value in held(wide).items() if was.get(key, value) != value}
    assert (
        set() == {f"{c}.{column}" for c, columns in PRINTED.items() for column in columns} - changed
    )
