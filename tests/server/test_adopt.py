"""A real backup is adopted, restored and compared with what its manifest saw."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from drill_process import Command
from ours import our_embedded
from real_servers import NewDatabase

from harness import manifest, manifesting
from harness.core.errors import DrillError, UsageError
from harness.core.evidence import Evidence
from harness.core.ports import Endpoint
from harness.core.verdict import Verdict
from harness.drill import DrillSettings, play
from harness.report.overview import overview
from harness.report.rejudge import rejudge
from harness.runtime.embedded.binaries import resolve
from harness.scenario.load import load
from harness.scenario.problem import ScenarioErrors
from harness.stores.postgres import PostgresStore

SCHEMA = """
CREATE TABLE people (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE codes (code text PRIMARY KEY);
CREATE TABLE visits (person uuid REFERENCES people, at timestamptz, note text);
INSERT INTO people (name) SELECT 'person ' || n FROM generate_series(1, 500) AS n;
INSERT INTO visits SELECT id, '2026-01-01', 'first' FROM people;
CREATE TABLE strays (code text);
INSERT INTO strays VALUES ('a-stray-key');
ALTER TABLE strays ADD FOREIGN KEY (code) REFERENCES codes NOT VALID;
CREATE MATERIALIZED VIEW crowd AS SELECT count(*) FROM people;
"""
SCENARIO = """
title: Last night's backup
seed: none
timeline:
  - adopt: nightly
    {adopted}
  - restore: nightly
    order: [postgres]
"""


@dataclass(frozen=True)
class Production:
    """A database that is not the drill's, and the programs of its server."""

    store: PostgresStore
    at: Endpoint
    programs: Path

    @property
    def address(self) -> str:
        """Its URL."""
        at = self.at
        return f"postgresql://{at.user}:{at.secret}@{at.host}:{at.port}/{at.database}"

    def dump(self, file: Path, *arguments: str) -> None:
        """Dump it as its owner would."""
        program = self.programs / "pg_dump"
        subprocess.run([program, "-f", file, *arguments, self.address], check=True)


@pytest.fixture
def production(new_postgres_database: NewDatabase) -> Production:
    """Another's database, with rows."""
    store = new_postgres_database()
    with store.connect() as connection:
        connection.execute(SCHEMA)
    return Production(store, store._endpoint(), resolve("postgres", {}).program.parent)


def verified(tmp_path: Path, known: str, dump: str) -> Evidence:
    """Adopt and restore, and judge."""
    adopted = f"postgres: {{file: {dump}}}\n    {known}"
    file = tmp_path / "verify.yaml"
    file.write_text(SCENARIO.replace("{adopted}", adopted), encoding="utf-8")
    scenario = load(file)
    runtime = our_embedded("test", platform=scenario.platform)
    return play(scenario, runtime, tmp_path / "out", DrillSettings("test"))


@pytest.mark.parametrize("form", ["plain", "custom"])
def test_a_backup_with_its_manifest_passes(
    tmp_path: Path, production: Production, form: str
) -> None:
    """Taken in one snapshot while somebody writes, it is exact; nothing of the rows is in it."""
    dump = tmp_path / "nightly.dump"
    command = f"{production.programs}/pg_dump --snapshot=$DRILL_SNAPSHOT -F{form[0]} -f {dump}"
    with production.store.connect() as connection:
        seen = manifesting.made(
            {"postgres": production.address}, command=f"{command} '{production.address}'"
        )
        connection.execute("DELETE FROM visits")
    manifest.save(seen, tmp_path / "m.json")
    kept = (tmp_path / "m.json").read_text(encoding="utf-8")
    assert not [word for word in ("person 7", "a-stray-key") if word in kept]
    evidence = verified(tmp_path, "manifest: m.json", "nightly.dump")
    assert (evidence.judgement.verdict, evidence.failure) == (Verdict.PASS, "")
    (rto,) = evidence.judgement.measured
    assert (rto.name, rto.seconds is not None) == ("RTO", True)
    told = overview(rejudge(evidence))
    assert told.headline.startswith("1,001 rows came back as the manifest saw them; restored in ")
    assert "functions_callable" in evidence.judgement.not_applicable


def test_another_backup_than_the_manifest_s_fails(tmp_path: Path, production: Production) -> None:
    """Rows that went, or changed, between the two are found."""
    manifest.save(
        manifesting.made({"postgres": production.address}, at_rest=["postgres"]),
        tmp_path / "m.json",
    )
    with production.store.connect() as connection:
        connection.execute("DELETE FROM visits WHERE person IN (SELECT id FROM people LIMIT 3)")
        connection.execute("UPDATE people SET name = 'else' WHERE name = 'person 7'")
    production.dump(tmp_path / "late.sql")
    evidence = verified(tmp_path, "manifest: m.json", "late.sql")
    failed = [f.check for f in evidence.judgement.findings if f.verdict is Verdict.FAIL]
    assert ["table_rows"] == failed
    assert "at least 3 of 1,001 rows are gone" in overview(rejudge(evidence)).headline


def test_without_a_manifest_nothing_is_a_plain_pass(tmp_path: Path, production: Production) -> None:
    """It restores without an error, and that is all that can be said."""
    production.dump(tmp_path / "nightly.dump", "-Fc")
    evidence = verified(tmp_path, "", "'night*.dump'")
    assert evidence.judgement.verdict is Verdict.UNVERIFIED
    assert overview(rejudge(evidence)).headline.startswith(manifest.NOT_COMPARED)


def test_a_dump_that_ends_early_fails(tmp_path: Path, production: Production) -> None:
    """What a restore passes over is told."""
    manifest.save(
        manifesting.made({"postgres": production.address}, at_rest=["postgres"]),
        tmp_path / "m.json",
    )
    production.dump(tmp_path / "cut.dump", "-Fc")
    whole = (tmp_path / "cut.dump").read_bytes()
    (tmp_path / "cut.dump").write_bytes(whole[: len(whole) // 2])
    evidence = verified(tmp_path, "manifest: m.json", "cut.dump")
    assert evidence.judgement.verdict is Verdict.FAIL


def test_an_old_backup_fails_where_an_age_is_demanded(tmp_path: Path) -> None:
    """The newest file may be of weeks ago, and a copy of it looks new beside its manifest."""
    command = Command(tmp_path)
    dump = tmp_path / "d.sql"
    dump.write_text("CREATE TABLE t (i int PRIMARY KEY);\n", encoding="utf-8")
    long_ago = dump.stat().st_mtime - 20 * 86_400
    os.utime(dump, (long_ago, long_ago))
    status, said, _ = command.run("verify", "d.sql", "--age", "26h")
    assert status == 1
    assert "1 of 1 backups are too old (namely backup/postgres)" in said
    status, _, errors = command.run("verify", "d.sql", "--age", "soon")
    assert status == 2
    assert "objectives.age: 'soon'" in errors


def test_roles_that_only_the_drill_lacks_are_no_false_alarm(
    tmp_path: Path, production: Production
) -> None:
    """They are made bare, and that is told."""
    with production.store.connect() as connection:
        connection.execute('CREATE ROLE "the App"; CREATE ROLE reader_of_all')
        connection.execute('ALTER TABLE people OWNER TO "the App"')
        connection.execute("GRANT SELECT ON visits TO reader_of_all")
    manifest.save(
        manifesting.made({"postgres": production.address}, at_rest=["postgres"]),
        tmp_path / "m.json",
    )
    for form in ("plain", "custom"):
        production.dump(tmp_path / form, f"-F{form[0]}")
        evidence = verified(tmp_path, "manifest: m.json", form)
        assert (evidence.judgement.verdict, evidence.failure) == (Verdict.PASS, "")
        assert "bare, for the dump only names them: reader_of_all, the App" in str(evidence.history)
        shutil.rmtree(tmp_path / "out")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("CREATE EXTENSION postgis;", "needs extensions that this server lacks: postgis"),
        ("-- Dumped from database version 99.1", "is of PostgreSQL 99, and this server is"),
    ],
)
def test_what_the_drill_s_server_lacks_is_told_and_fails_nothing(
    tmp_path: Path, line: str, said: str
) -> None:
    """Nobody's backup is bad for it."""
    (tmp_path / "d.sql").write_text(f"{line}\nCREATE TABLE t (i int);\n", encoding="utf-8")
    evidence = verified(tmp_path, "", "d.sql")
    assert evidence.judgement.verdict is Verdict.UNVERIFIED
    assert said in evidence.failure


def test_what_cannot_be_adopted_is_refused_by_name(tmp_path: Path) -> None:
    """A file that is not there, a manifest that is none, and what is not allowed."""
    (tmp_path / "m.json").write_text("[]", encoding="utf-8")
    (tmp_path / "d.sql").write_text("SELECT 1;", encoding="utf-8")
    file = tmp_path / "verify.yaml"
    for adopted, said in (
        ("postgres: {file: nowhere.dump}", "no file is or matches 'nowhere.dump'"),
        (
            "postgres: {file: d.sql}\n    manifest: m.json",
            "'m.json' is no manifest. drill manifest writes one",
        ),
        (
            "postgres: {file: d.sql, roles: r.sql}",
            "'r.sql' cannot be read: no such file or directory",
        ),
    ):
        file.write_text(SCENARIO.replace("{adopted}", adopted), encoding="utf-8")
        with pytest.raises(ScenarioErrors) as refused:
            load(file)
        assert said in str(refused.value)


def test_what_runs_on_this_machine_comes_at_nothing_that_is_cut_off(tmp_path: Path) -> None:
    """A script and a command are refused, each in its line."""
    (tmp_path / "d.sql").write_text("SELECT 1;", encoding="utf-8")
    (tmp_path / "restore.sh").write_text("psql < d.sql", encoding="utf-8")
    restored = SCENARIO.replace("{adopted}", "postgres: {file: d.sql}")
    by_script = restored[: restored.index("  - restore")] + "  - restore: {script: restore.sh}\n"
    by_command = restored + "checks: {smoke: {command: make smoke}}\n"
    file = tmp_path / "verify.yaml"
    for text, line in ((by_script, ":7: timeline[1].restore"), (by_command, ":9: checks.smoke")):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ScenarioErrors, match="comes at no server that is cut off") as refused:
            load(file)
        assert line in str(refused.value)


def test_a_database_that_cannot_be_read_is_told_without_its_password() -> None:
    """The address holds a secret, and no message does."""
    with pytest.raises(DrillError) as silent:
        manifesting.made({"postgres": "postgresql://reader:geheim7@127.0.0.1:1/app"})
    assert "geheim7" not in str(silent.value)
    with pytest.raises(UsageError, match="the address of the database is none"):
        manifesting.made({"postgres": "postgresql://["})
