"""A platform with one of everything that PostgreSQL knows comes back by every method, as it was."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from ours import our_case, our_runtime, our_site

from harness.core.clock import Clock
from harness.core.finding import Finding
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.ports import STORES
from harness.core.progress import Unwatched
from harness.core.terms import Terms
from harness.core.verdict import Verdict
from harness.drill.observing import observe
from harness.drill.seeding import bring_up
from harness.drill.shelf import Shelf
from harness.drill.timeline import Timeline
from harness.judge import judge
from harness.scenario.load import load
from harness.site import Site

WIDE = Path(__file__).parents[1] / "wide"
SCENARIO = """\
title: A wide platform
seed: {{random: 11, contacts: 60, audit_log: 300}}
timeline:
  - backup: nightly
    postgres: {}
  - disaster: lose_volume
    stores: [postgres]
  - restore: nightly
    order: [postgres]
"""


def widen(site: Site, *scripts: str) -> None:
    """Run scripts of the folder `wide` as the database's owner."""
    for script in scripts:
        with site.postgres.connect() as connection:
            for statement in (WIDE / script).read_text(encoding="utf-8").split(";\n"):
                connection.execute(statement.encode())


@contextmanager
def restored(method: str, folder: Path, *scripts: str) -> Iterator[tuple[Site, Observations]]:
    """Give a platform that was widened, backed up, lost and restored, and what it was before."""
    file = folder / "wide.yaml"
    file.write_text(SCENARIO.format(method))
    scenario = load(file)
    passwords = {store: secrets.token_urlsafe(16) for store in STORES}
    stack = our_runtime("embedded").open(f"wide-{secrets.token_hex(4)}", passwords, folder / "logs")
    try:
        site = our_site(stack, Clock(), Ledger(scenario.seed.random), stack.directory)
        shelf = Shelf(site)
        bring_up(site, scenario.seed.counts, partial(shelf.arm, scenario), Unwatched())
        widen(site, *scripts)
        before = observe(site, {"postgres"}, Observations(), at_backup=True)
        Timeline(site, Unwatched(), shelf).play(scenario.timeline)
        for seen in shelf.seen.values():
            before.update(seen)
        yield site, before
    finally:
        stack.close()


def failures(site: Site, before: Observations) -> dict[str, Finding]:
    """Observe the database, judge, and return what did not pass of its catalog, by check."""
    after = observe(site, {"postgres"}, before, at_backup=False)
    case = our_case(site.ledger, site.history, before, after)
    found = judge(case, Terms(), {}).findings
    return {
        f.check: f
        for f in found
        if f.verdict is not Verdict.PASS
        and f.store == "postgres"
        # Whether functions can be called is no matter of the catalog's, nor whether an index can be
        # walked whose operator class has no equality.
        and f.check not in ("rpo", "functions_callable", "indexes_agree")
    }


@pytest.mark.parametrize("method", ["{method: volume, while: stopped}", "base_backup"])
def test_a_copy_of_the_server_brings_everything(method: str, tmp_path: Path) -> None:
    """Database and server come back whole; a base backup leaves out slots and
    unlogged rows.
    """
    with restored(method, tmp_path, "schema.sql", "server.sql") as (site, before):
        found = failures(site, before)
    told = {check: finding.examples for check, finding in found.items()}
    left = {"server_replication": ("slot wide_slot",), "unlogged_table_rows": ("public.drafts",)}
    assert ({} if "volume" in method else left) == told


def test_a_dump_brings_all_of_the_database(tmp_path: Path) -> None:
    """What pg_dump holds compares equal, every object with every property."""
    method = "{method: pg_dump, format: custom, restore: strict}"
    with restored(method, tmp_path, "schema.sql") as (site, before):
        found = failures(site, before)
    assert {} == {check: (finding.expected, finding.actual) for check, finding in found.items()}


def test_what_a_dump_leaves_of_the_server_is_named(tmp_path: Path) -> None:
    """Each thing that lies beside the database, or was changed by hand, fails its own check."""
    with restored("pg_dump", tmp_path, "server.sql") as (site, before):
        found = failures(site, before)
    assert {
        "schema_owners": ("the database",),
        "schema_database": ("connection limit",),
        "schema_roles": ("auditor",),
        "schema_memberships": ("auditor in dashboard", "auditor in pg_monitor"),
        "schema_comments": ("role auditor",),
        "schema_extension_members": (
            "extension pg_trgm: function extensions.word_similarity(text,text)",
        ),
        "server_builtins": ("built-in pg_proc: function obj_description(oid)",),
        "server_grants": ("parameter log_statement to auditor",),
        "server_settings": (
            "allow_in_place_tablespaces",
            "deadlock_timeout",
        ),
        "server_databases": ("beside",),
        "server_tablespaces": ("wide_space",),
        "server_replication": ("origin wide_origin", "slot wide_slot"),
    } == {check: finding.examples for check, finding in found.items()}
