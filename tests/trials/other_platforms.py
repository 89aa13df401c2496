"""Drill platforms that others wrote, and damage what came back in every way that their schemas
allow: each damage must be caught by the check meant for it, which names the rows.

`python -m trials.other_platforms FOLDER…` takes folders with a `platform.yaml` each; what is found
there is only read. Each is drilled by pg_dump, plain and custom, by the volume and to the latest
moment: all must be PASS.
"""

import argparse
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.checks import checks_of
from harness.core.case import Case
from harness.core.clock import Clock
from harness.core.errors import DrillError
from harness.core.finding import Finding, rows_file
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.ports import STORES
from harness.core.progress import Unwatched
from harness.core.terms import Terms
from harness.core.verdict import Verdict
from harness.drill.observing import observe
from harness.drill.play import DrillSettings, play
from harness.drill.seeding import bring_up
from harness.drill.shelf import Shelf
from harness.drill.timeline import Timeline
from harness.judge import judge
from harness.runtime import choose
from harness.scenario.load import load
from harness.site import Site
from trials.platform_damages import DAMAGES, Done

METHODS = {
    "plain": "pg_dump",
    "custom": "{method: pg_dump, format: custom, restore: strict}",
    "volume": "{method: volume, while: stopped}",
    "latest": "{method: base_backup, wal: archive, archive_timeout: 1s}",
}

SCENARIO = """\
title: Another platform is lost and comes back
platform: {platform}
seed: {{random: 5, {seed}}}
timeline:
  - write: {{{written}}}
  - backup: nightly
    every: 24h
    postgres: {method}
  - write: {{{written}}}
{wait}{damage}  - disaster: lose_volume
    stores: [postgres]
  - restore: nightly
    order: [postgres]
{to}"""

TRUNCATED = "  - damage: nightly\n    store: postgres\n    how: truncated\n"

_CLONE = "pristine"
_BESIDE = ("server_databases",)
"""What the clone beside the database makes of it."""


def scenario(
    platform: Path, folder: Path, method: str, counts: dict[str, int], damage: str = ""
) -> Path:
    """Write a scenario of a platform, and return where it is."""
    is_latest = method == "latest"
    file = folder / f"{method}.yaml"
    file.write_text(
        SCENARIO.format(
            platform=platform.resolve(),
            seed=", ".join(f"{table}: {rows}" for table, rows in counts.items()),
            written=", ".join(f"{table}: {max(1, rows // 4)}" for table, rows in counts.items()),
            method=METHODS[method],
            wait="  - wait: 3s\n" if is_latest else "",
            to="    to: latest\n" if is_latest else "",
            damage=damage,
        ),
        encoding="utf-8",
    )
    return file


@dataclass
class Restored:
    """A platform that came back, with a clone of its database beside it."""

    site: Site
    before: Observations

    def damaged(self, damage: str) -> dict[str, list[Done]]:
        """Damage the database in one way; return what was done, by the check that must fail."""
        self._clone(_CLONE, self._database)
        done: dict[str, list[Done]] = {}
        with self.site.postgres.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            for one in DAMAGES[damage](self.site, connection):
                done.setdefault(one.check, []).append(one)
        return done

    def findings(self) -> dict[str, Finding]:
        """Look at the database and return what does not hold, by check."""
        after = observe(self.site, {"postgres"}, self.before, at_backup=False)
        platform = self.site.platform
        case = Case(self.site.ledger, self.site.history, self.before, after, platform=platform)
        found = judge(case, Terms(), {}, checks_of(platform)).findings
        return {
            f.check: f
            for f in found
            if f.store == "postgres"
            and f.check not in ("rpo", *_BESIDE)
            and f.verdict is not Verdict.PASS
        }

    def names(self, finding: Finding) -> set[str]:
        """Return all that a finding names, rows in a file beside the evidence among it."""
        told = {*finding.examples, *finding.keys.lines}
        if finding.keys.sha256:
            path = self.site.directory / rows_file(finding.check)
            told |= set(path.read_text(encoding="utf-8").splitlines())
        return told

    def keep(self) -> None:
        """Put a clone beside the database, to come back to after each damage."""
        self._clone(self._database, _CLONE)

    @property
    def _database(self) -> str:
        return self.site.service("postgres").endpoint.database

    def _clone(self, source: str, target: str) -> None:
        run = partial(self.site.service("postgres").run, check=True)
        run(["dropdb", "--if-exists", "--force", "--maintenance-db=template1", target])
        run(["createdb", "--maintenance-db=template1", f"--template={source}", target])


@contextmanager
def restored(file: Path, folder: Path) -> Iterator[Restored]:
    """Play a scenario and give what came back."""
    loaded = load(file)
    passwords = {store: secrets.token_urlsafe(16) for store in STORES}
    name = f"other-{secrets.token_hex(4)}"
    stack = choose("embedded", platform=loaded.platform).open(name, passwords, folder / "logs")
    try:
        ledger = Ledger(loaded.seed.random)
        site = Site(stack, Clock(), ledger, stack.directory, platform=loaded.platform)
        shelf = Shelf(site)
        bring_up(site, loaded.seed.counts, partial(shelf.arm, loaded), Unwatched())
        Timeline(site, Unwatched(), shelf).play(loaded.timeline)
        before = Observations()
        for seen in shelf.seen.values():
            before.update(seen)
        found = Restored(site, before)
        found.keep()
        yield found
    finally:
        stack.close()


def missed(platform: Restored, damage: str) -> list[str] | None:
    """Return what was not told of a damage as it must be; None where there is nothing to damage."""
    done = platform.damaged(damage)
    if not done:
        return None
    findings = platform.findings()
    problems = []
    for check, ones in done.items():
        finding = findings.get(check)
        if finding is None or finding.verdict is not Verdict.FAIL:
            said = finding.summary if finding else "it passed"
            problems.append(f"{check} did not fail: {said}; {', '.join(findings)} did")
            continue
        told = platform.names(finding)
        for one in ones:
            problems += [f"{check}: no count of {one.kind}"] * (
                bool(one.kind) and not finding.counts.get(one.kind)
            )
            lines = told if not one.kind else {t for t in told if t.startswith(f"{one.kind} ")}
            problems += [
                f"{check} does not name {name}: {finding.summary}"
                for name in one.names
                if not any(name in line for line in lines)
            ][:3]
    return problems


def main() -> None:
    """Drill and damage every platform that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rows", type=int, default=120)
    parser.add_argument("--few", nargs="*", default=[], metavar="TABLE=ROWS")
    given = parser.parse_args()
    few = {table: int(rows) for table, _, rows in (text.partition("=") for text in given.few)}
    is_well = True
    for folder in given.folders:
        with tempfile.TemporaryDirectory() as made:
            try:
                is_well &= _tried(folder, Path(made), given.rows, few)
            except DrillError as error:
                # What cannot be drilled here keeps nobody from the others.
                is_well = False
                sys.stdout.write(f"{folder.name}: {error.message}\n")
    sys.exit(not is_well)


def _tried(platform: Path, folder: Path, rows: int, few: dict[str, int]) -> bool:
    declared = load_platform(platform, folder)
    counts = {table: few.get(table, rows) for table in declared}
    is_well = True
    for method in METHODS:
        verdict, said = _played(scenario(platform, folder, method, counts), folder / method)
        is_well &= verdict is Verdict.PASS
        sys.stdout.write(f"{platform.name}: {method}: {verdict} {said}\n")
    cut_short = scenario(platform, folder, "plain", counts, TRUNCATED)
    verdict, said = _played(cut_short, folder / "truncated")
    is_well &= verdict is Verdict.FAIL
    sys.stdout.write(f"{platform.name}: truncated: {verdict} {said}\n")
    with restored(scenario(platform, folder, "plain", counts), folder) as found:
        for damage in DAMAGES:
            problems = missed(found, damage)
            said = "nothing to damage" if problems is None else "; ".join(problems) or "caught"
            is_well &= not problems
            sys.stdout.write(f"{platform.name}: {damage}: {said}\n")
    return is_well


def _played(file: Path, folder: Path) -> tuple[Verdict, str]:
    """Return how a drill ended, and why."""
    loaded = load(file)
    runtime = choose("embedded", platform=loaded.platform)
    evidence = play(loaded, runtime, folder, DrillSettings("trial"))
    failed = [f.summary for f in evidence.judgement.findings if f.verdict is Verdict.FAIL]
    said = f"{evidence.failure} {len(failed)} checks failed: {'; '.join(failed)[:400]}"
    return evidence.judgement.verdict, said if evidence.failure or failed else ""


def load_platform(platform: Path, folder: Path) -> list[str]:
    """Return the ledger tables of a platform."""
    probe = folder / "probe.yaml"
    probe.write_text(
        f"title: Tables\nplatform: {platform.resolve()}\nseed: {{random: 1}}\n"
        "timeline:\n  - backup: b\n    postgres: pg_dump\n  - disaster: lose_volume\n"
        "    stores: [postgres]\n  - restore: b\n    order: [postgres]\n"
    )
    return list(load(probe).platform.tables)


if __name__ == "__main__":
    main()
