"""Platforms that anybody declares are drilled: rows are made for them, and damages are caught."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ours import our_runtime
from real_servers import NewDatabase
from trials.other_platforms import Restored, missed, restored, scenario

from harness.core.errors import DrillError
from harness.core.evidence import Evidence
from harness.core.platform import LedgerTable
from harness.core.proof import Outcome, Planted
from harness.core.verdict import Verdict
from harness.drill.play import DrillSettings, play
from harness.platform.making import Unmakeable, insertion
from harness.platform.sql_scripts import (
    SeveralDatabases,
    changes_databases,
    extensions,
    in_one_database,
)
from harness.prove import Wanted, choose_plants, prove
from harness.report import rejudge as rejudging
from harness.report.rejudge import rejudge
from harness.scenario.load import load
from harness.scenario.platform_file import platform_at
from harness.stores.postgres import Connection
from harness.stores.row_making import made_for
from harness.stores.table_shape import shape_of

HERE = Path(__file__).parents[2]
PLATFORMS = HERE / "fixtures" / "platforms"
SCENARIOS = HERE / "scenarios" / "platforms"


def drilled(file: Path, folder: Path) -> Evidence:
    """Play a scenario with child processes."""
    loaded = load(file)
    runtime = our_runtime("embedded", platform=loaded.platform)
    return play(loaded, runtime, folder, DrillSettings("test"))


def test_what_triggers_wrote_after_the_backup_is_no_alarm(tmp_path: Path) -> None:
    """A recovery that goes on past the backup brings it; rows of then are compared all the same."""
    evidence = drilled(SCENARIOS / "market-latest.yaml", tmp_path)
    found = {f.check: f for f in evidence.judgement.findings}
    assert Verdict.PASS is evidence.judgement.verdict, evidence.failure
    assert (
        "tables: all 62 rows of 2 came back as they were;"
        " beside them what triggers added since the backup: in 1 (market.welcome_mails);"
        " written by triggers since the backup, not compared: 1 (market.sales)"
    ) == found["table_rows"].summary
    assert "profiles: all 70 owed rows present, unaltered, each once" in (
        found["profiles_rows"].summary
    )


MARKET = {"customers": 20, "orders": 1_200, "order_items": 60, "readings": 40, "audit_log": 100}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    """Give a market's database that came back from a dump."""
    folder = tmp_path_factory.mktemp("market")
    with restored(scenario(PLATFORMS / "market", folder, "plain", MARKET), folder) as found:
        yield found


@pytest.mark.parametrize(
    "damage",
    [
        "rows_deleted",
        "many_rows_deleted",
        "row_altered",
        "row_added",
        "row_doubled",
        "keys_swapped",
        "partition_lost",
        "other_row_deleted",
        "sequence_set_back",
        "trigger_disabled",
    ],
)
def test_a_damage_is_caught_and_named(damage: str, market: Restored) -> None:
    """The check meant for it fails and names each row by its key, more than a thousand too."""
    assert [] == missed(market, damage)


@pytest.fixture
def connection(new_postgres_database: NewDatabase) -> Iterator[Connection]:
    """Give a connection to an empty database."""
    with new_postgres_database().connect() as found:
        yield found


def made(connection: Connection, rows: int = 10, **columns: str) -> list[tuple[object, ...]]:
    """Write rows of the table `it`, and return them."""
    table = LedgerTable("it", "public.it", columns=columns)
    taken = shape_of(connection, table.relation).taken
    shape, values = made_for(connection, table, (1, rows), 7, taken)
    connection.execute(insertion(shape, values, (), (1, rows), 7))
    return connection.execute("TABLE it").fetchall()


@pytest.mark.parametrize(
    "columns",
    [
        "a smallint PRIMARY KEY",
        "a char(2) PRIMARY KEY",
        "a date UNIQUE",
        "a numeric(3, 0) CHECK (a BETWEEN 5 AND 9)",
        "a numeric(2, 2) NOT NULL",
        "a text CHECK (a LIKE '%_@_%')",
        "a text NOT NULL CHECK (length(a) = 12)",
        "a varchar(3) NOT NULL CHECK (a ~ '^[A-Z]+$')",
        "a integer NOT NULL, b integer NOT NULL, CHECK (a > b)",
        "a date NOT NULL, b date NOT NULL, CHECK (b > a), CHECK (a > '2030-01-01')",
        "a text, b text, CHECK (num_nonnulls(a, b) = 1)",
        "a text CHECK (a IN ('x', 'y''z')), b boolean NOT NULL, UNIQUE (a, b, c), c int",
        "a integer DEFAULT 3 UNIQUE",
        "a int4range NOT NULL, EXCLUDE USING gist (a WITH &&)",
        "a integer[] NOT NULL, b timestamptz[], c bytea NOT NULL, d oid, e pg_lsn NOT NULL",
        "a integer GENERATED ALWAYS AS (3) STORED, b xml, c money, d path, e tsquery",
        "a text COLLATE \"C\" PRIMARY KEY, b text GENERATED ALWAYS AS (a || '!') STORED UNIQUE",
        "a uuid PRIMARY KEY DEFAULT gen_random_uuid(), b uuid NOT NULL REFERENCES it",
    ],
)
def test_rows_keep_what_limits_them(columns: str, connection: Connection) -> None:
    """Types, constraints on one column and on several, and what must tell rows apart."""
    connection.execute(f"CREATE TABLE it ({columns})".encode())
    assert 10 == len(made(connection))


def test_rows_take_only_pairs_that_are_free(connection: Connection) -> None:
    """What two references and a list tell apart is written once, beside what is there."""
    connection.execute(
        "CREATE TABLE one (id integer PRIMARY KEY); INSERT INTO one VALUES (1), (2), (3);"
        " CREATE TABLE it (a integer REFERENCES one, b integer REFERENCES one,"
        " kind text NOT NULL CHECK (kind IN ('x', 'y')), PRIMARY KEY (a, b, kind));"
        " INSERT INTO it VALUES (1, 1, 'x'), (2, 1, 'y')"
    )
    assert 18 == len(set(made(connection, 16)))
    with pytest.raises(Unmakeable, match=r"column a of public\.it: every value of \(a, b, kind\)"):
        made(connection, 1)


def test_a_reference_that_may_be_empty_is_when_all_keys_are_taken(connection: Connection) -> None:
    """Each key once, as its constraint wants; then none."""
    connection.execute(
        "CREATE TABLE one (id integer PRIMARY KEY); INSERT INTO one VALUES (1), (2), (3);"
        " CREATE TABLE it (a integer UNIQUE REFERENCES one)"
    )
    assert [1, 2, 3, *[None] * 7] == [row[0] for row in made(connection)]


def test_a_reference_of_two_columns_takes_keys_that_are_there(connection: Connection) -> None:
    """Of two references that share a column, both hold."""
    connection.execute(
        "CREATE TABLE tenant (id integer PRIMARY KEY); INSERT INTO tenant VALUES (1), (2), (3);"
        " CREATE TABLE project (tenant integer REFERENCES tenant, id integer,"
        " PRIMARY KEY (tenant, id)); INSERT INTO project VALUES (2, 5), (3, 6);"
        " CREATE TABLE it (tenant integer NOT NULL REFERENCES tenant, project integer NOT NULL,"
        " FOREIGN KEY (tenant, project) REFERENCES project)"
    )
    assert {(2, 5), (3, 6)} == set(made(connection))


UNMAKEABLE = {
    "a refcursor NOT NULL": "column a of public.it: no value can be made of type refcursor",
    "a integer NOT NULL REFERENCES other": (
        "column a of public.it refers to public.other, which has no rows. List that table"
        " before this one in the ledger, or fill it by seed"
    ),
    "a text NOT NULL CHECK (md5(a) = 'x')": (
        "column a of public.it: no value was found that keeps CHECK (md5(a) = 'x'::text)"
    ),
    "id serial PRIMARY KEY, a integer NOT NULL REFERENCES it": (
        "column a of public.it refers to its own table, which has no rows, and the server"
        " gives its id. Fill the first row by seed"
    ),
    "a boolean PRIMARY KEY": (
        "columns a of public.it tell its rows apart, and there are values for 2 more rows"
        " only, not for 10. Write fewer rows, or first more into what they refer to"
    ),
}


@pytest.mark.parametrize("columns", UNMAKEABLE)
def test_what_cannot_be_made_is_told_by_column(columns: str, connection: Connection) -> None:
    """The message says which column of which table, and what to do."""
    connection.execute("CREATE TABLE other (id integer PRIMARY KEY)")
    connection.execute(f"CREATE TABLE it ({columns})".encode())
    with pytest.raises(Unmakeable) as told:
        made(connection)
    assert UNMAKEABLE[columns] == str(told.value)


def test_a_column_that_is_not_there_is_told(connection: Connection) -> None:
    """A declaration of another schema."""
    connection.execute("CREATE TABLE it (a integer)")
    with pytest.raises(Unmakeable, match=r"public\.it has no column b"):
        made(connection, b="1")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("'many'", 'invalid input syntax for type integer: "many"'),
        ("n +", 'syntax error at or near ")"'),
        ("m", 'column "m" does not exist'),
    ],
)
def test_sql_that_gives_no_value_is_told_by_its_key(
    written: str, said: str, connection: Connection
) -> None:
    """What a person wrote is told where it stands, and not as a constraint of the table's."""
    connection.execute("CREATE TABLE it (a integer CHECK (a > 0))")
    with pytest.raises(Unmakeable) as told:
        made(connection, a=written)
    assert f"postgres.ledger.it.columns.a: {said}, for a column of type integer" == str(told.value)


def test_a_view_is_no_table(connection: Connection) -> None:
    """Only a table's rows are accounted for."""
    connection.execute("CREATE VIEW it AS SELECT 1 AS a")
    with pytest.raises(DrillError, match=r"public\.it is no table"):
        made(connection)


ADDS_UP = """
CREATE TABLE sums (id integer PRIMARY KEY, rows integer NOT NULL);
INSERT INTO sums VALUES (1, 0);
CREATE TABLE it (a integer);
CREATE FUNCTION add() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN UPDATE sums SET rows = rows + 1; RETURN NEW; END $$;
CREATE TRIGGER add AFTER INSERT ON it FOR EACH ROW EXECUTE FUNCTION add();
"""
REFUSES = """
CREATE TABLE it (a integer);
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'not today'; END $$;
CREATE TRIGGER no BEFORE INSERT ON it FOR EACH ROW EXECUTE FUNCTION no();
"""
WANTS = """
CREATE EXTENSION IF NOT EXISTS "plv8"; CREATE EXTENSION vector; CREATE TABLE it (a integer);
"""
WRONG = {
    "no role": (
        "CREATE TABLE it (a integer);",
        "{relation: it, writer: nobody_there}",
        "the server has no role nobody_there (of it)",
    ),
    "no extension": (WANTS, "it", "this PostgreSQL lacks 2 extensions: plv8 ("),
    "changed by a trigger": (
        ADDS_UP,
        "it\n    sums: sums",
        "public.sums: a trigger changes rows that were written before",
    ),
    "refused": (REFUSES, "it", "it: no row can be written: not today"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_platform_that_cannot_be_filled_is_told_before_anything_is_lost(
    wrong: str, tmp_path: Path
) -> None:
    """The drill is UNVERIFIED in its seed, by the name of what is lacking."""
    schema, table, message = WRONG[wrong]
    (tmp_path / "schema.sql").write_text(schema)
    (tmp_path / "platform.yaml").write_text(
        f"name: wrong\npostgres:\n  schema: schema.sql\n  ledger:\n    it: {table}\n"
    )
    file = scenario(tmp_path / "platform.yaml", tmp_path, "plain", {"it": 10})
    evidence = drilled(file, tmp_path)
    assert Verdict.UNVERIFIED is evidence.judgement.verdict
    assert evidence.failure.startswith(message)
    assert [] == evidence.history.disasters


def test_a_script_goes_into_the_database_that_is_there() -> None:
    """Lines that make a database or connect to it are passed over, and only those."""
    script = [
        "DROP DATABASE IF EXISTS market;\n",
        "create database market WITH ENCODING 'UTF8';\n",
        "\\c market;\n",
        "CREATE TABLE databases (name text);\n",
        '\\connect "market"\n',
        "\\copy it from 'file'\n",
    ]
    assert changes_databases(script)
    assert ["\n", "\n", "\n", script[3], "\n", script[5]] == list(in_one_database(script))
    assert not changes_databases(script[3:4])


def test_a_script_of_two_databases_is_refused() -> None:
    """Their rows would lie in one."""
    with pytest.raises(SeveralDatabases, match="one and other"):
        list(in_one_database(["\\c one\n", "\\c other\n"]))


def test_extensions_are_found_as_they_are_written() -> None:
    """Quoted and not, in any case."""
    script = 'create extension PostGIS;\nCREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA x;'
    assert {"postgis", "uuid-ossp"} == extensions(script)


class Unseen:
    """Watches a proof for nobody."""

    def phase(self, title: str) -> None:
        """Pass on nothing."""

    def planted(self, done: int, total: int, last: Planted) -> None:
        """Pass on nothing."""


def test_a_platforms_own_check_catches_its_own_plant(tmp_path: Path) -> None:
    """What it brings in Python is proven as ours is: its damage is caught, its near miss is not."""
    platform = platform_at(PLATFORMS / "tally")
    plants, checks = choose_plants(platform, (), (), quick=False)
    assert ["own.sums_carry_on"] == checks
    wanted = Wanted("run", platform, plants, checks, 1, whole=True)
    proof = prove(wanted, our_runtime("embedded", platform=platform), tmp_path, Unseen())
    assert [Outcome.CAUGHT, Outcome.LET_PASS] == [planted.outcome for planted in proof.planted]


def test_a_platforms_own_check_is_judged_offline_where_its_code_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the code is gone, the report says that its check is not made again."""
    evidence = drilled(SCENARIOS / "tally.yaml", tmp_path)
    assert Verdict.PASS is evidence.judgement.verdict, evidence.failure
    again = rejudge(evidence)
    assert () == again.contradictions
    assert "own.sums_carry_on" in {f.check for f in again.evidence.judgement.findings}
    monkeypatch.setattr(rejudging, "platform_of", lambda _: replace(evidence.platform, code=""))
    assert any("own.sums_carry_on" in said for said in rejudge(evidence).contradictions)
