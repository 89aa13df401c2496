"""Rows are a pure function of (random, table, number), and PostgreSQL prints them as we do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ours import EVENTS, SOURCES
from psycopg import sql

from harness.core.history import store_of
from harness.core.ledger import GROUP_BITS, Attempt, Outcome, Vector, total
from harness.core.ports import Endpoint
from harness.platform.fingerprint import fingerprints, vectors
from harness.platform.rows import RowSource
from harness.platforms.made_open import rows, vault
from harness.platforms.made_open.rows import AUDIT_LOG, CONTACTS, CREDENTIALS
from harness.probes._row_digest import row_digest, row_text
from harness.stores.postgres import Connection, PostgresStore

TABLES = sorted(SOURCES)
IN_POSTGRES = [table for table in TABLES if store_of(table) == "postgres"]
RANDOMS = st.integers(0, 2**63)
NUMBERS = st.integers(1, 2_000_000)

Loading = tuple[Callable[[RowSource, list[str]], None], Connection]

# 2027-01-01 and what follows 2028-02-28, in seconds since 2026-01-01.
NEW_YEAR = 365 * 86_400
LEAP_DAY = (365 + 365 + 31 + 28) * 86_400


@pytest.mark.parametrize("table", TABLES)
@given(random=RANDOMS, first=NUMBERS, before=st.integers(0, 130), after=st.integers(0, 130))
def test_a_row_does_not_depend_on_the_range_it_is_made_in(
    table: str, random: int, first: int, before: int, after: int
) -> None:
    """A row made alone equals the same row made among others."""
    make = SOURCES[table].lines
    low = max(1, first - before)
    assert make(random, first, first) == [make(random, low, first + after)[first - low]]


@pytest.mark.parametrize("table", TABLES)
def test_rows_differ_by_number_and_by_random(table: str) -> None:
    """No two rows share their contents, nor do the same rows of two drills."""
    source = SOURCES[table]
    one = source.bodies(source.lines(1, 1, 500))
    other = source.bodies(source.lines(2, 1, 500))
    assert len({*one, *other}) == 1000


@pytest.mark.parametrize("table", TABLES)
@given(random=RANDOMS, first=NUMBERS)
def test_a_line_is_safe_in_the_text_format_of_copy(table: str, random: int, first: int) -> None:
    r"""Backslashes occur only in \N, and every row has one line with all of its columns."""
    source = SOURCES[table]
    for line in source.lines(random, first, first + 20):
        assert "\n" not in line
        fields = line.split("\t")
        assert [f for f in fields if "\\" in f and f != r"\N"] == []
        if source.keyed:
            assert len(source.columns) == len(fields)


@given(second=st.integers(0, 80 * 366 * 86_400))
def test_seconds_are_told_as_the_calendar_does(second: int) -> None:
    """Month ends, years and leap days are those of the standard library."""
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    assert moment.strftime("%Y-%m-%d %H:%M:%S.") == rows._second(second)


@pytest.mark.parametrize("table", TABLES)
@given(
    first=NUMBERS,
    sizes=st.lists(st.integers(1, 90), min_size=1, max_size=5),
    shift=st.integers(0, 90),
)
def test_vectors_add_up_over_any_split(
    table: str, first: int, sizes: list[int], shift: int
) -> None:
    """The vectors of the parts add up to those of the whole, across group borders too."""
    # Near a border: where a split could go wrong.
    first = (first >> GROUP_BITS << GROUP_BITS) + (1 << GROUP_BITS) - shift
    make = SOURCES[table].lines
    parts: list[Attempt] = []
    at = first
    for size in sizes:
        last = at + size - 1
        groups = vectors(at, make(7, at, last))
        parts.append(Attempt(table, at, last, 0, 0, Outcome.ACKNOWLEDGED, groups))
        at = last + 1
    assert vectors(first, make(7, first, at - 1)) == total(parts)


def test_a_vector_counts_sums_and_digests() -> None:
    """A vector is told apart from another by a row, a key or a single character."""
    lines = AUDIT_LOG.lines(7, 4095, 4097)
    digests = fingerprints(lines)
    assert {
        0: Vector(1, 4095, digests[0]),
        1: Vector(2, 4096 + 4097, digests[1] + digests[2]),
    } == vectors(4095, lines)
    assert fingerprints([lines[0] + " "])[0] != digests[0]
    assert {} == vectors(1, [])


def test_only_the_body_is_left_without_the_key() -> None:
    """A body is what must not turn up under another number; an event has no key in its text."""
    line = AUDIT_LOG.lines(7, 17, 17)[0]
    assert line == "17\t" + AUDIT_LOG.bodies([line])[0]
    assert EVENTS.lines(7, 17, 17) == EVENTS.bodies(EVENTS.lines(7, 17, 17))


def test_some_contacts_have_no_phone() -> None:
    """NULL is among what is compared."""
    phones = {line.split("\t")[5] for line in CONTACTS.lines(7, 1, 100)}
    assert r"\N" in phones
    assert len(phones) > 50


@pytest.fixture(scope="module")
def copied(postgres_cluster: Endpoint, ledger_template: str) -> Iterator[PostgresStore]:
    """Give a database of this module's own: sequences keep their values when rows are undone."""
    maintenance = PostgresStore(lambda: postgres_cluster)
    with maintenance.connect() as connection:
        connection.execute(f"CREATE DATABASE rows_copy TEMPLATE {ledger_template}".encode())
    yield PostgresStore(lambda: replace(postgres_cluster, database="rows_copy"))
    with maintenance.connect() as connection:
        connection.execute("DROP DATABASE rows_copy (FORCE)")


@pytest.fixture
def loading(copied: PostgresStore) -> Iterator[Loading]:
    """Give a way to load rows that is undone at the end, and the connection it goes over."""
    with copied.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        yield partial(copied.load, connection), connection


def _read_back(connection: Connection, source: RowSource) -> list[tuple[str, int]]:
    """Return each row's text and digest as the server computes them."""
    query = sql.SQL("SELECT {}, {} FROM {} ORDER BY {}").format(
        row_text(source, source.columns),
        row_digest(source, source.columns),
        sql.Identifier(*source.relation.split(".")),
        sql.Identifier(source.key),
    )
    return [(str(line), int(str(digest))) for line, digest in connection.execute(query)]


@pytest.mark.parametrize("table", IN_POSTGRES)
@pytest.mark.parametrize(
    "first",
    [1, 4090, 20 * NEW_YEAR - 40, 20 * LEAP_DAY - 40, 20 * (LEAP_DAY + 86_400) - 40],
)
def test_postgres_prints_the_rows_as_we_do(loading: Loading, table: str, first: int) -> None:
    """What COPY takes in comes out with equal text and equal digests, at every kind of date."""
    source = SOURCES[table]
    lines = source.lines(11, first, first + 80)
    load, connection = loading
    connection.execute(f"DELETE FROM {source.relation}".encode())  # noqa: S608 - our own names
    load(source, lines)
    assert list(zip(lines, fingerprints(lines), strict=True)) == _read_back(connection, source)


ODD_VALUES = [None, "", "\\N", "\\", "\t", "a", "a\tb", "b", '"', ",", "(", "\n", " ", "a\\tb", "N"]
ODD = RowSource(
    "odd",
    "pg_temp.odd",
    ("id", "one", "two", "three"),
    lambda *_: [],
    texts=("one", "two", "three"),
    nullable=("two",),
)


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("held", [ODD.columns, ("id", "one", "two")])
def test_no_two_rows_share_a_text(
    postgres_store: PostgresStore, held: tuple[str, ...], *, keyed: bool
) -> None:
    """NULL, no text, and what separates or escapes others: each row is told from each other."""
    with postgres_store.connect() as connection:
        connection.execute(
            "CREATE TEMP TABLE odd AS SELECT 1::bigint AS id, one, two, three"
            " FROM unnest(%s::text[]) AS a (one), unnest(%s::text[]) AS b (two),"
            " unnest(%s::text[]) AS c (three)",
            (ODD_VALUES, ODD_VALUES, ODD_VALUES),
        )
        query = "SELECT count(DISTINCT {}), count(DISTINCT ({}, 0)) FROM pg_temp.odd"
        columns = sql.SQL(", ").join(map(sql.Identifier, held))
        found = connection.execute(
            sql.SQL(query).format(row_text(ODD, held, keyed=keyed), columns)
        ).fetchone()
    assert found == (len(ODD_VALUES) ** (len(held) - 1),) * 2


def test_a_row_that_lacks_a_column_is_another_row(postgres_store: PostgresStore) -> None:
    """Lost, a column is not taken for one that held nothing."""
    with postgres_store.connect() as connection:
        connection.execute(
            "CREATE TEMP TABLE odd AS SELECT 1 AS id, '' AS one, 'a' AS two, '' three"
        )
        texts = [row_text(ODD, held) for held in (ODD.columns, ODD.columns[:-1], ("id", "two"))]
        found = connection.execute(
            sql.SQL("SELECT {}, {}, {} FROM pg_temp.odd").format(*texts)
        ).fetchone()
    assert ("1\t\ta\t", '\t\t\t\t(1,"",a,)', "\t\t\t\t(1,,a,)") == found


@pytest.mark.parametrize("table", IN_POSTGRES)
def test_loading_moves_the_sequence_past_the_rows(loading: Loading, table: str) -> None:
    """A row added without a key after the seed gets the next number."""
    source = SOURCES[table]
    load, connection = loading
    load(source, source.lines(7, 9001, 9010))
    found = connection.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, %s))", (source.relation, source.key)
    ).fetchone()
    assert (9011,) == found


def test_a_load_is_all_or_nothing(loading: Loading) -> None:
    """A batch with one row that is there already leaves no row behind."""
    load, connection = loading
    with pytest.raises(psycopg.errors.UniqueViolation):
        load(AUDIT_LOG, AUDIT_LOG.lines(7, 8999, 9050)[::-1])
    assert (9000,) == connection.execute("SELECT count(*) FROM public.audit_log").fetchone()


@given(random=RANDOMS, number=NUMBERS)
def test_a_credential_opens_to_its_own_secret(random: int, number: int) -> None:
    """What was sealed opens with the drill's key, and with no other."""
    sealed = vault.seal(random, number)
    assert vault.plaintext(random, number) == vault.unseal(vault.key(random), sealed)
    assert vault.unseal(vault.key(random + 1), sealed) is None
    assert vault.plaintext(random, number) != vault.plaintext(random, number + 1)


@pytest.mark.parametrize("damaged", ["", "AAAA", "not base64!", "é", "A" * 80])
def test_damaged_credentials_do_not_open(damaged: str) -> None:
    """Whatever stands in the column, opening it says no and raises nothing."""
    assert vault.unseal(vault.key(7), damaged) is None


def test_credentials_hold_no_secret_in_the_clear() -> None:
    """The row that is stored does not show what it seals."""
    line = CREDENTIALS.lines(7, 1, 1)[0]
    assert vault.plaintext(7, 1) not in line
