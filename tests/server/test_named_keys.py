"""Every row that differs is named by its key, in the evidence or in a file beside it."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from clean_drills import Opened
from drill_process import GAP
from ours import our_runtime
from psycopg import sql

from harness import evidence_file
from harness.core.finding import KEYS_AT_MOST, Finding, rows_file
from harness.core.progress import Unwatched
from harness.drill.play import DrillSettings, play
from harness.report.rejudge import rejudge
from harness.scenario.load import load
from harness.stores.postgres import PostgresStore

SCENARIO = """\
title: Keys that are no numbers
seed: {random: 5, contacts: 3, audit_log: 5}
timeline:
  - backup: nightly
    postgres: pg_dump
  - disaster: lose_volume
    stores: [postgres]
  - restore: nightly
    order: [postgres]
  - start: hub
expect: {fail: [table_rows]}
"""
FILLED = r"""
CREATE TABLE public.parts (code text PRIMARY KEY, n integer);
INSERT INTO public.parts SELECT 'part ' || n, n FROM generate_series(1, 5000) AS n;
CREATE TABLE public."Large, odd" (a uuid, b text, n integer, PRIMARY KEY (a, b));
INSERT INTO public."Large, odd"
  SELECT md5(n::text)::uuid, E'line\n\\N\t' || n, n FROM generate_series(1, 30000) AS n;
CREATE TABLE public.counted (id bigint PRIMARY KEY, t text);
INSERT INTO public.counted SELECT n, 't' FROM generate_series(1, 9000) AS n;
"""
DAMAGED = r"""
DELETE FROM public.parts WHERE n BETWEEN 1001 AND 4000;
UPDATE public.parts SET n = -n WHERE n = 7;
INSERT INTO public.parts SELECT 'new ' || {secret}, 0;
DELETE FROM public."Large, odd" WHERE n = 29;
UPDATE public.counted SET t = 'u' WHERE id IN (1, 2, 3, 65);
"""


@dataclass(slots=True)
class Damaging(Unwatched):
    """Fills the platform further, and damages what came back."""

    runtime: Opened

    def phase(self, title: str) -> None:
        """Act between two phases."""
        scripts = {"start the hub": FILLED, "start hub": DAMAGED}
        if title in scripts:
            at = self.runtime.endpoint()
            with PostgresStore(lambda: at).connect() as connection:
                script = scripts[title].replace("{secret}", sql.Literal(at.secret).as_string())
                connection.execute(script.encode())


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a drill that lost 3,000 of 5,000 rows, and some others."""
    folder = tmp_path_factory.mktemp("run") / "keys"
    folder.mkdir()
    (folder / "keys.yaml").write_text(SCENARIO)
    runtime = Opened(our_runtime("embedded"))
    reason = {"meilisearch": GAP.partition("meilisearch=")[2]}
    settings = DrillSettings("run", accepted=reason)
    play(load(folder / "keys.yaml"), runtime, folder, settings, Damaging(runtime))
    return folder


def finding(folder: Path) -> Finding:
    """Return what the check of tables found, judged again."""
    judged = rejudge(evidence_file.load(folder / "evidence.json"), folder)
    assert () == judged.contradictions
    return next(f for f in judged.evidence.judgement.findings if f.check == "table_rows")


def drill(*arguments: str) -> tuple[int, list[str]]:
    """Return the status of a command and all lines it printed."""
    ended = subprocess.run(
        [sys.executable, "-m", "harness", *arguments], capture_output=True, text=True, check=False
    )
    return ended.returncode, (ended.stdout + ended.stderr).splitlines()


def test_all_of_many_lost_keys_are_named(drilled: Path) -> None:
    """Whatever the key, the size of the table and the kind of difference."""
    found = finding(drilled)
    assert found.keys.count == 3000 + 1 + 1 + 1 + 4 > KEYS_AT_MOST
    assert () == found.keys.lines
    status, lines = drill("report", "--rows", "table_rows", str(drilled / "evidence.json"))
    assert 0 == status
    assert lines == (drilled / rows_file("table_rows")).read_text().splitlines()
    assert {f"lost public.parts: part {n}" for n in range(1001, 4001)} < set(lines)
    assert {"altered public.parts: part 7", "unexpected public.parts: new ***"} < set(lines)
    assert {f"altered public.counted: {n}" for n in (1, 2, 3, 65)} < set(lines)
    (odd,) = (line for line in lines if "Large, odd" in line)
    assert odd.startswith("lost public.Large, odd: ")
    assert "\\n" in odd
    assert "public.counted: 9000 rows; 4 altered (id 1, 2, 3, 65)" in found.actual


def test_a_page_links_the_file(drilled: Path) -> None:
    """Where the evidence does not hold the rows itself."""
    assert 0 == drill("report", str(drilled / "evidence.json"))[0]
    assert '<a href="rows/table_rows.txt">3,007 rows by key</a>' in (
        (drilled / "report.html").read_text()
    )


def test_a_file_that_is_missing_or_altered_is_told(drilled: Path) -> None:
    """By every command that reads the evidence, in one line."""
    path = drilled / rows_file("table_rows")
    whole = path.read_bytes()
    for damage in (lambda: path.write_bytes(whole[:-2] + b"8\n"), path.unlink):
        damage()
        try:
            for command in (
                ("report", "--rows", "table_rows", str(drilled / "evidence.json")),
                ("report", str(drilled / "evidence.json")),
                ("compare", str(drilled.parent), str(drilled.parent)),
            ):
                status, lines = drill(*command)
                assert 3 == status
                assert 1 == sum(line.startswith(f"{path}: ") for line in lines)
        finally:
            path.write_bytes(whole)
