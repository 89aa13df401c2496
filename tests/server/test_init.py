"""A first platform.yaml: of a schema in files, of a live database, or an example."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from drill_process import Command
from real_servers import NewDatabase

from harness.core.errors import DrillError, Unavailable, UsageError
from harness.init.order import circle_of, in_order
from harness.init.source import _plain, source_of
from harness.runtime.embedded.binaries import resolve
from harness.scenario.load import load
from harness.scenario.platform_file import platform_at

ODD = """\
CREATE TABLE teams (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE "Members" (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id uuid NOT NULL REFERENCES teams,
    seen pg_snapshot NOT NULL
);
CREATE TABLE notes (member_id bigint NOT NULL REFERENCES "Members", body text);
CREATE TABLE random (a integer, b integer, PRIMARY KEY (a, b));
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, said jsonb NOT NULL);
CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'append-only' USING ERRCODE = '42501'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.log
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
GRANT USAGE ON SCHEMA audit TO "odd Role";
GRANT SELECT, INSERT ON audit.log, random TO "odd Role";
GRANT SELECT, INSERT, UPDATE, DELETE ON teams TO "odd Role";
"""


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """Give a command in an empty folder, and remove whatever a failed test left."""
    made = Command(tmp_path)
    shutil.rmtree(tmp_path / "scenarios")
    yield made
    made.run("clean")


def files_of(folder: Path) -> dict[str, str]:
    """Return every file below a folder, but of reports and drills."""
    found = (p for p in folder.rglob("*") if p.is_file())
    by_name = {str(p.relative_to(folder)): p.read_text() for p in found}
    return {n: t for n, t in by_name.items() if not n.startswith(("home/", "reports/"))}


def test_an_example_is_written_and_nothing_is_overwritten(command: Command) -> None:
    """Whatever there is stays, and then nothing at all is written."""
    status, output, errors = command.run("init")
    assert (0, "") == (status, errors)
    assert "drill run scenarios/nightly.yaml" in output
    written = files_of(command.folder)
    wrote = {line.removeprefix("wrote ") for line in output.splitlines() if "wrote" in line}
    assert wrote == written.keys()
    assert {"platform/platform.yaml", "platform/schema.sql", "scenarios/nightly.yaml"} < wrote
    (command.folder / "platform/platform.yaml").unlink()
    kept = files_of(command.folder)
    status, output, errors = command.run("init")
    assert (2, "") == (status, output)
    assert errors.startswith(
        "platform/schema.sql, scenarios/nightly.yaml: there already, and nothing was written\n"
    )
    assert kept == files_of(command.folder)


def test_a_folder_of_migrations_becomes_a_platform(command: Command) -> None:
    """Each table is tried: who writes it, whether it is a log, and what a person must add."""
    migrations = command.folder / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "1_all.sql").write_text(ODD)
    status, output, errors = command.run("init", "--from", "supabase")
    assert (0, "") == (status, errors)
    assert "no file creates odd Role, which the schema names: platform/roles.sql does now" in output
    assert "3 of 5 tables take rows as they are" in output
    assert "left out until you write SQL for a column: public.Members, public.notes;" in output
    assert [] == command.left()
    file = command.folder / "platform" / "platform.yaml"
    text = file.read_text()
    tables = platform_at(file).tables
    log = tables["log"]
    assert ("audit.log", "odd Role", True, ()) == (
        log.relation,
        log.writer,
        log.is_append_only,
        log.refused_to,
    )
    assert tables["public_random"].refused_to == ("odd Role",)
    assert not tables["teams"].is_append_only
    assert "columns: {seen: \"'…'::pg_snapshot\"}" in text
    assert "\n    public_random: # key: a, b\n" in text
    scenario = load(command.folder / "scenarios" / "nightly.yaml")
    assert {"log", "public_random", "teams"} == scenario.seed.counts.keys()


def test_what_a_draft_asks_for_is_all_that_is_missing(command: Command) -> None:
    """With the SQL that its comments ask for, each table is accounted for, and the drill passes."""
    (command.folder / "schema.sql").write_text(ODD)
    assert 0 == command.run("init", "--from", "schema.sql")[0]
    file = command.folder / "platform" / "platform.yaml"
    ledger, _, comments = file.read_text().partition("  # Drills neither fill")
    added = re.sub(r"(?m)^  # ( .*)\n", r"  \1\n", comments.partition("\n")[2])
    added = re.sub(r"(?m)^  # .*\n", "", added).replace("'…'", "'10:20:'")
    file.write_text(ledger + added)
    drill = command.folder / "scenarios" / "nightly.yaml"
    drill.write_text(
        drill.read_text()
        .replace("seed: #", "seed:\n  members: 20\n  notes: 20 #")
        .replace("400", "40")
    )
    status, output, errors = command.run("run", "--runtime", "embedded")
    assert (0, "") == (status, errors), output
    assert "\n✓ PASS 1 drill: 1 PASS" in output


def test_a_live_database_is_only_read(
    command: Command, new_postgres_database: NewDatabase, tmp_path: Path
) -> None:
    """Its schema and roles are taken, no row and no password; the password is nowhere."""
    postgres = new_postgres_database()
    at = postgres._endpoint()
    with postgres.connect() as connection:
        connection.execute("DROP ROLE IF EXISTS live_writer")
        connection.execute("CREATE ROLE live_writer LOGIN PASSWORD 'a-password-of-a-role'")
        connection.execute(
            "CREATE TABLE things (id integer PRIMARY KEY, what text NOT NULL);"
            " INSERT INTO things VALUES (1, 'what-a-row-holds');"
            " GRANT SELECT, INSERT ON things TO live_writer"
        )
    url = f"postgresql://{at.user}:{at.secret}@{at.host}:{at.port}/{at.database}"
    command.environ["LIVE_URL"] = url
    status, output, errors = command.run("init", "--from", "LIVE_URL")
    with postgres.connect() as connection:
        rows = connection.execute("SELECT count(*) FROM things").fetchone()
        connection.execute("DROP OWNED BY live_writer; DROP ROLE live_writer")
    assert (0, "") == (status, errors)
    assert (1,) == rows
    written = files_of(tmp_path)
    for text in (output, errors, *written.values()):
        assert at.secret not in text
        assert "a-password-of-a-role" not in text
        assert "what-a-row-holds" not in text
    assert "CREATE TABLE public.things" in written["platform/schema.sql"]
    assert "CREATE ROLE live_writer;" in written["platform/roles.sql"]
    platform = platform_at(tmp_path / "platform")
    assert {"things": "live_writer"} == {t.name: t.writer for t in platform.tables.values()}
    assert [] == command.left()
    status, output, errors = command.run("run", "--runtime", "embedded")
    assert (0, "") == (status, errors), output


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        ("nowhere", UsageError, "--from: nowhere: no such file, folder or variable"),
        ("empty", UsageError, "--from: empty holds no .sql file"),
        ("postgres:/u:hidden@h/d", UsageError, "--from: no such file, folder or variable"),
        ("postgresql://u:hidden@h/d?nothing=1", UsageError, "--from: this is no URL of"),
        ("postgresql://u:hidden@127.0.0.1:1/shop", DrillError, "--from: shop on 127.0.0.1: "),
    ],
)
def test_what_is_no_schema_is_refused(
    given: str, kind: type[DrillError], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message says why and what would be right, without a password."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    tools = resolve("postgres", {}).program.parent
    with pytest.raises(kind) as refused:
        source_of(given, tmp_path / "platform", tmp_path, tools)
    assert str(refused.value).startswith(said)
    assert refused.value.hint
    assert "hidden" not in str(refused.value)


def test_a_server_that_no_program_here_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands to run elsewhere are told, and the next one here."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable) as refused:
        source_of("postgresql://u:hidden@h/d", tmp_path, tmp_path, None)
    assert "pg_dump is not on this machine" in str(refused.value)
    assert 'pg_dump --schema-only "$DATABASE_URL" > db/schema.sql' in str(refused.value)
    assert "drill init --from db" in str(refused.value)


def test_a_schema_that_cannot_be_created_writes_nothing(command: Command) -> None:
    """Its first errors are told by file and line, and nothing is left."""
    (command.folder / "broken.sql").write_text("SELECT 1;\nCREATE NONSENSE;\nSELECT now(1);\n")
    before = files_of(command.folder)
    status, _, errors = command.run("init", "--from", "broken.sql")
    assert 3 == status
    assert errors.startswith(
        "--from: the schema cannot be created in an empty server:\n"
        'broken.sql:2: syntax error at or near "NONSENSE"\n'
        "broken.sql:3: function now(integer) does not exist\n"
        "HINT: Nothing was written. "
    )
    assert before == files_of(command.folder)
    assert [] == command.left()


def test_a_schema_without_tables_is_told(command: Command) -> None:
    """Nothing is written that no drill could be played on."""
    (command.folder / "other.sql").write_text("CREATE SCHEMA other;\n")
    status, _, errors = command.run("init", "--from", "other.sql")
    assert 3 == status
    assert errors.startswith("--from: the schema leaves no table in the database\nHINT: ")
    assert {"other.sql"} == files_of(command.folder).keys()


def test_tables_that_are_referred_to_come_first() -> None:
    """Where references lead in a circle, one that may be empty gives way."""
    assert ["b", "a"] == in_order(["a", "b"], [("a", "b", True)])
    circle = [("a", "b", True), ("b", "a", False), ("c", "a", True)]
    assert ["b", "a", "c"] == in_order(["a", "b", "c"], circle)


def test_a_circle_of_required_references_is_found() -> None:
    """No order fills such tables; one that may be empty opens it."""
    circle = [("a", "b", True), ("b", "c", True), ("c", "a", True), ("d", "a", True)]
    assert (["a", "b", "c"], ["b", "c", "a"]) == (circle_of("a", circle), circle_of("b", circle))
    assert [] == circle_of("d", circle)
    assert [] == circle_of("a", [("a", "b", True), ("b", "a", False)])
    assert ["a", "b"] == in_order(["a", "b"], [("a", "b", True), ("b", "a", True)])
    assert ["a"] == in_order(["a"], [("a", "elsewhere", True)])


def test_a_dump_is_kept_without_passwords() -> None:
    """A user mapping's password is none of the schema's; what else it says stays."""
    dump = (
        "\\restrict abc\nCREATE ROLE postgres;\nCREATE ROLE other;\n"
        "CREATE USER MAPPING FOR a SERVER s OPTIONS (\n    password 'it''s secret'\n);\n"
    )
    assert _plain(dump) == (
        "CREATE ROLE other;\nCREATE USER MAPPING FOR a SERVER s OPTIONS (\n    password ''\n);\n"
    )
