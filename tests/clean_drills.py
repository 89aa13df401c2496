"""Many drills in which nothing is lost, each of another shape: every one must be PASS.

`python tests/clean_drills.py --count 200` plays them, the second half of them while every CPU is
kept busy. A drill's number decides all about it: `--only 17` plays the seventeenth again. What does
not pass leaves its folder, evidence and page included, in `reports/clean-drills`.
"""

import argparse
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString

from ours import our_runtime
from psycopg import sql

from harness import evidence_file
from harness.core.evidence import Evidence
from harness.core.ports import Endpoint, Runtime, ServerIdentity, Stack
from harness.core.verdict import Verdict
from harness.drill.play import DrillSettings, play
from harness.report import page
from harness.report.rejudge import rejudge
from harness.scenario.load import load
from harness.stores.postgres import PostgresStore

ODD = Path(__file__).parent / "odd"
LEFT = Path("reports/clean-drills")
TOLD_AT_MOST = 600
GAP = {"meilisearch": "no binary on this machine"}

SCENARIO = """\
title: Clean drill {number}
seed: {seed}
timeline:
  - backup: nightly
    every: 24h
{backup}
{mark}  - write: {written}
  - disaster: lose_volume
    stores: [postgres, nats, meilisearch, redis]
  - restore: nightly
    order: [{order}]
{to}  - start: hub
objectives:
  rpo: {{postgres: 25h, nats: 25h}}
"""

MOST = {"contacts": 120, "credentials": 12, "audit_log": 1500, "events": 300}
"""How many rows are seeded at most."""

LOGICAL = (
    "{format: plain}",
    "{format: plain, restore: strict, globals: true}",
    "{format: custom}",
    "{format: custom, restore: strict, globals: true}",
    "{format: custom, jobs: 2, globals: true}",
    "{format: directory}",
    "{format: directory, jobs: 3}",
)
STREAMED, ARCHIVED = "{method: base_backup, wal: stream}", "{method: base_backup, wal: archive}"
STOPPED, RUNNING = "{method: volume, while: stopped}", "{method: volume, while: running}"
PRINTING = {
    "DateStyle": ("German", "SQL, DMY", "Postgres, YMD"),
    "IntervalStyle": ("sql_standard", "iso_8601", "postgres_verbose"),
    "TimeZone": ("Asia/Kathmandu", "America/St_Johns", "UTC"),
    "extra_float_digits": ("-5", "0", "3"),
    "bytea_output": ("escape",),
    "lc_monetary": ("C", "C.UTF-8"),
    "standard_conforming_strings": ("off",),
    "escape_string_warning": ("off",),
    "quote_all_identifiers": ("on",),
    "xmlbinary": ("hex",),
    "backslash_quote": ("on",),
    "default_transaction_isolation": ("serializable",),
    "enable_seqscan": ("off",),
    "search_path": ("keys, calls",),
    "client_encoding": ("LATIN1",),
    "array_nulls": ("off",),
    "row_security": ("off",),
    "work_mem": ("64kB",),
}
"""Settings that change how a server prints what it holds, and how it answers."""

WHERE = (
    "ALTER SYSTEM SET ",
    "ALTER DATABASE postgres SET ",
    "ALTER ROLE postgres SET ",
    "ALTER ROLE dashboard IN DATABASE postgres SET ",
)

OF_OWNER = ("search_path", "row_security")
"""Of these, those that keep the platform's own programs from working where they hold for all."""

OF_DATABASE = ("array_nulls",)
"""Those that keep a dump from being restored by a role that has them: psql reads no NULL then."""

OF_READER = ("client_encoding",)
"""Those that keep pg_dump itself from working where the owner has them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a number makes of a drill. `scripts` are applied once the platform is seeded, `settings`
    then and again before the restored platform is started, as whoever configures the server does.
    """

    number: int
    scenario: str
    method: str
    scripts: tuple[str, ...]
    settings: tuple[sql.Composed, ...]


def shape(number: int) -> Shape:
    """Return the drill of this number, always the same."""
    draw = random.Random(number)  # noqa: S311 - nothing here is secret
    method = draw.choice(("pg_dump", "pg_dump", "pg_dump", STOPPED, RUNNING, STREAMED, ARCHIVED))
    is_recovered = method in (STREAMED, ARCHIVED)
    if method == "pg_dump":
        method = draw.choice(LOGICAL).replace("{", "{method: pg_dump, ")
    nats = draw.choice((STOPPED, RUNNING, "stream_backup"))
    during = draw.choice(("", "    during: {contacts: 5, audit_log: 40}\n"))
    if method == STOPPED:
        during = ""  # nothing is acknowledged meanwhile
    names = draw.sample(("tables", "keys", "functions", "views"), draw.randint(2, 4))
    keeps_unlogged = method == STOPPED or "pg_dump" in method
    to = draw.choice(("latest", "moment", "{time: moment}")) if is_recovered else ""
    if method == ARCHIVED:
        to = "latest"  # a segment that is not full is not archived yet, and the mark may be in it
    counts = {"contacts": 8, "audit_log": 60, "events": 30}
    # A recovery to a moment needs a transaction after it.
    least = {"audit_log": 1}
    written = ", ".join(f"{t}: {draw.randint(least.get(t, 0), n)}" for t, n in counts.items())
    seed = {
        table: draw.choice((least.get(table, 0), 1, most, draw.randint(2, most)))
        for table, most in MOST.items()
    }
    seeded = ", ".join(f"{table}: {count}" for table, count in seed.items())
    return Shape(
        number,
        SCENARIO.format(
            number=number,
            seed=f"{{random: {draw.randrange(1 << 31)}, {seeded}}}",
            backup=f"{during}    postgres: {method}\n    nats: {nats}",
            written=f"{{{written}}}",
            mark="  - mark: moment\n" if to else "",
            order="postgres, nats",
            to=f"    to: {to}\n" if to else "",
        ),
        method,
        tuple(f"{name}.sql" for name in names) + (("unlogged.sql",) if keeps_unlogged else ()),
        tuple(_settings(draw)),
    )


def _settings(draw: random.Random) -> Iterator[sql.Composed]:
    for name in draw.sample(sorted(PRINTING), draw.randint(0, 8)):
        value = draw.choice(PRINTING[name])
        given = [sql.Literal(part) for part in value.split(", ")]
        if name != "search_path":
            given = [sql.Literal(value)]
        told = sql.SQL("{} = {}").format(sql.Identifier(name), sql.SQL(", ").join(given))
        where: tuple[LiteralString, ...] = WHERE
        if name in OF_OWNER:
            where = ("ALTER ROLE postgres SET ",)
        elif name in OF_DATABASE:
            where = ("ALTER DATABASE postgres SET ",)
        elif name in OF_READER:
            where = ("ALTER ROLE dashboard IN DATABASE postgres SET ",)
        yield sql.SQL(draw.choice(where)) + told


class Opened:
    """A runtime that remembers the stack it opened."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.name, self.why = runtime.name, runtime.why
        self._stacks: list[Stack] = []

    def servers(self) -> tuple[ServerIdentity, ...]:
        """Return those of the runtime itself."""
        return self._runtime.servers()

    def missing(self) -> Mapping[str, str]:
        """Return those of the runtime itself."""
        return self._runtime.missing()

    def disks(self) -> tuple[Path, ...]:
        """Return those of the runtime itself."""
        return self._runtime.disks()

    def open(self, drill_id: str, secrets: Mapping[str, str], logs: Path) -> Stack:
        """Open a stack and remember it."""
        self._stacks.append(self._runtime.open(drill_id, secrets, logs))
        return self._stacks[-1]

    def endpoint(self) -> Endpoint:
        """Return where the drill's PostgreSQL is."""
        return self._stacks[-1].services["postgres"].endpoint


@dataclass(slots=True)
class Meddling:
    """Watches a drill, and makes its database odd at the moments that the shape says."""

    shape: Shape
    runtime: Opened
    phases: list[str] = field(default_factory=list)

    def phase(self, title: str) -> None:
        """Act between two phases; the drill's own thread waits meanwhile."""
        self.phases.append(title)
        if title == "start the hub":
            self._run(*self.shape.scripts)
            self._set()
        elif title == "start hub":
            self._set()

    def advance(self, done: int, total: int) -> None:
        """Ignore how far it has come."""

    def _run(self, *scripts: str) -> None:
        with PostgresStore(self.runtime.endpoint).connect() as connection:
            for script in scripts:
                connection.execute((ODD / script).read_text(encoding="utf-8").encode())
            if "unlogged.sql" not in scripts:
                connection.execute("TRUNCATE public.drafts")

    def _set(self) -> None:
        with PostgresStore(self.runtime.endpoint).connect() as connection:
            for setting in self.shape.settings:
                connection.execute(setting)
            connection.execute("SELECT pg_reload_conf()")


def clean_drill(number: int, folder: Path) -> tuple[Evidence, list[str]]:
    """Play the drill of this number; return its evidence, and what is not as it must be."""
    drill = shape(number)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"clean-{number}.yaml"
    file.write_text(drill.scenario, encoding="utf-8")
    runtime = Opened(our_runtime("embedded"))
    watcher = Meddling(drill, runtime)
    settings = DrillSettings("clean-drills", accepted=GAP)
    evidence = play(load(file), runtime, folder, settings, watcher)
    judged = rejudge(evidence_file.load(folder / "evidence.json"), folder)
    page.write(judged, folder / "report.html", {})
    judgement = judged.evidence.judgement
    accepted = judgement.accepted
    wrong = [
        f"{f.check}: {f.verdict} {f.summary}: {f.actual}"[:TOLD_AT_MOST]
        for f in judgement.findings
        if f.verdict is Verdict.FAIL
        or (f.verdict is Verdict.UNVERIFIED and not (evidence.failure or f.store in accepted))
    ]
    if judgement.verdict is not Verdict.PASS:
        wrong.insert(0, f"{judgement.word}: {judgement.sentence} {evidence.failure}")
    if watcher.phases.count("start hub") != 1:
        wrong.append(f"its settings were not made again: {watcher.phases}")
    return evidence, [*wrong, *judged.contradictions]


@contextmanager
def busy() -> Iterator[None]:
    """Keep every CPU busy."""
    with ExitStack() as kept:
        for _ in range(os.cpu_count() or 1):
            process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            kept.callback(process.wait)
            kept.callback(process.kill)
        yield


def _told(number: int) -> tuple[int, float, list[str]]:
    begun = time.monotonic()
    folder = LEFT / f"{number:04}"
    shutil.rmtree(folder, ignore_errors=True)
    _, wrong = clean_drill(number, folder)
    if not wrong:
        shutil.rmtree(folder)
    return number, time.monotonic() - begun, wrong


def _play_all(numbers: range, jobs: int, *, tell: Callable[[str], object]) -> int:
    """Return how many of these did not pass."""
    failed = 0
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawning) as players:
        for number, seconds, wrong in players.map(_told, numbers):
            failed += bool(wrong)
            method = shape(number).method
            tell(f"{'✗' if wrong else '✓'} {number:4} {seconds:5.1f} s {method}")
            for line in wrong:
                tell(f"       {line}")
    return failed


def main() -> int:
    """Play what is asked for and tell what did not pass."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=200, help="how many drills")
    options.add_argument("--first", type=int, default=1, help="the number of the first")
    options.add_argument("--only", type=int, help="one number alone, not under load")
    options.add_argument("--jobs", type=int, default=2, help="drills at once")
    asked = options.parse_args()
    if asked.only is not None:
        return min(1, _play_all(range(asked.only, asked.only + 1), 1, tell=print))
    middle, end = asked.first + asked.count // 2, asked.first + asked.count
    begun = time.monotonic()
    failed = _play_all(range(asked.first, middle), asked.jobs, tell=print)
    with busy():
        under_load = _play_all(range(middle, end), asked.jobs, tell=print)
    sys.stdout.write(
        f"{asked.count} clean drills, {end - middle} of them under load, in"
        f" {time.monotonic() - begun:.0f} s: {failed + under_load} not passed"
        f" ({under_load} under load)\n"
    )
    return min(1, failed + under_load)


if __name__ == "__main__":
    sys.exit(main())
