"""Each damage done by hand to a restored platform is caught by the check meant for it, by name.

One platform is seeded, backed up, destroyed and restored; then it is damaged, one thing after the
other. After each damage exactly the named checks fail beside those that failed before.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import LiteralString

import nats
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
from harness.platforms.made_open.cache import contact_key
from harness.scenario.load import load
from harness.site import Site

SCENARIO = """\
title: A platform to be damaged
seed: {random: 11, contacts: 60, credentials: 5, audit_log: 300, events: 200}
timeline:
  - backup: nightly
    postgres: pg_dump
    nats: volume
    redis: volume
  - disaster: lose_volume
    stores: [postgres, nats, redis]
  - restore: nightly
    order: [postgres, nats, redis]
  - start: hub
"""

Damage = Callable[[Site], None]


class Restored:
    """A restored platform, and what judging it finds now."""

    def __init__(self, site: Site, before: Observations) -> None:
        self.site = site
        self._before = before

    def failures(self) -> dict[str, Finding]:
        """Observe everything, judge, and return the failed findings by check."""
        missing = dict(self.site.missing)
        present = set(STORES) - set(missing)
        after = observe(self.site, {*present, "platform"}, self._before, at_backup=False)
        case = our_case(self.site.ledger, self.site.history, self._before, after, missing=missing)
        found = judge(case, Terms(), {}).findings
        unread = {
            f.check: f.summary
            for f in found
            if f.verdict is Verdict.UNVERIFIED and f.store not in missing
        }
        assert {} == unread
        return {f.check: f for f in found if f.verdict is Verdict.FAIL}


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    """Play the scenario up to the restore, and remove everything afterwards."""
    folder = tmp_path_factory.mktemp("damages")
    file = folder / "damages.yaml"
    file.write_text(SCENARIO)
    scenario = load(file)
    passwords = {store: secrets.token_urlsafe(16) for store in STORES}
    drill_id = f"damages-{secrets.token_hex(4)}"
    stack = our_runtime("embedded").open(drill_id, passwords, folder / "logs")
    try:
        site = our_site(stack, Clock(), Ledger(scenario.seed.random), stack.directory)
        shelf = Shelf(site)
        bring_up(site, scenario.seed.counts, partial(shelf.arm, scenario), Unwatched())
        before = observe(site, set(STORES) - set(site.missing), Observations(), at_backup=True)
        timeline = Timeline(site, Unwatched(), shelf)
        timeline.play(scenario.timeline)
        for seen in shelf.seen.values():
            before.update(seen)
        yield Restored(site, before)
    finally:
        stack.close()


def sql(*statements: LiteralString) -> Damage:
    """Return a damage done by the database's owner, triggers put aside."""

    def inflict(site: Site) -> None:
        with site.postgres.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                connection.execute(statement)

    return inflict


def drop_message(site: Site) -> None:
    """Delete the message in sequence 17."""
    _jetstream(site, lambda js: js.delete_msg("EVENTS", 17))


def remove_consumer(site: Site) -> None:
    """Remove the consumer `mailer`."""
    _jetstream(site, lambda js: js.delete_consumer("EVENTS", "mailer"))


def _jetstream(site: Site, act: Callable[..., object]) -> None:
    at = site.service("nats").endpoint

    async def run() -> None:
        connection = await nats.connect(f"nats://{at.host}:{at.port}", token=at.secret)
        await act(connection.jetstream())  # type: ignore[misc] # whatever it returns is awaitable
        await connection.close()

    asyncio.run(run())


def make_stale(site: Site) -> None:
    """Give the cached contact 4 a version that its row never had."""
    key = contact_key(4)
    with site.redis.connect() as cache:
        entry = cache.get(key)
        assert isinstance(entry, str)
        cache.set(key, entry.replace('"version": 1', '"version": 9'), keepttl=True)


def forge_session(site: Site) -> None:
    """Log somebody in who never did, for an hour."""
    with site.redis.connect() as cache:
        cache.hset("session:99", mapping={"tenant_id": "1", "user": "mallory"})
        cache.expire("session:99", 3600)


def let_in(site: Site) -> None:
    """Make a user of the cache who needs no password."""
    with site.redis.connect() as cache:
        cache.acl_setuser("mallory", enabled=True, nopass=True, keys="*", commands=["+@all"])


# In this order: what is damaged stays damaged.
DAMAGES: list[tuple[str, Damage, dict[str, str]]] = [
    (
        "one audit row deleted",
        sql("DELETE FROM public.audit_log WHERE id = 17"),
        {"audit_log_complete": "audit_log: 1 of 300 owed rows lost (id 17)"},
    ),
    (
        "one audit row altered",
        sql("UPDATE public.audit_log SET actor = 'nobody' WHERE id = 42"),
        {"audit_log_unaltered": "(id 42)"},
    ),
    (
        "one audit row duplicated",
        sql(
            "ALTER TABLE public.audit_log DROP CONSTRAINT audit_log_pkey",
            "INSERT INTO public.audit_log SELECT * FROM public.audit_log WHERE id = 99",
        ),
        {
            "audit_log_unduplicated": "(id 99)",
            "schema_constraints": "audit_log_pkey",
            "schema_indexes": "audit_log_pkey",
        },
    ),
    (
        "two audit rows swapped",
        sql(
            "UPDATE public.audit_log SET id = -1 WHERE id = 5",
            "UPDATE public.audit_log SET id = 5 WHERE id = 6",
            "UPDATE public.audit_log SET id = 6 WHERE id = -1",
        ),
        {"audit_log_in_order": "(ids 5, 6)"},
    ),
    (
        "a row nobody wrote",
        sql(
            "INSERT INTO public.audit_log SELECT 0, tenant_id, actor, action, entity,"
            " entity_id, occurred_at, detail FROM public.audit_log WHERE id = 50"
        ),
        {"audit_log_nothing_unexpected": "(id 0)"},
    ),
    (
        "a policy opened",
        sql("ALTER POLICY contacts_of_own_tenant ON public.contacts USING (true)"),
        {"tenant_isolation": "tenant", "schema_policies": "contacts_of_own_tenant"},
    ),
    (
        "a sequence that gives a used number next",
        sql("SELECT setval('public.contacts_number_seq', 60, false)"),
        {"sequences_advance": "contacts", "sequence_states": "contacts_number_seq"},
    ),
    (
        "the append-only trigger disabled",
        sql("ALTER TABLE public.audit_log DISABLE TRIGGER ALL"),
        {"schema_triggers": "audit_log", "audit_log_append_only": "UPDATE"},
    ),
    ("a stale cache entry", make_stale, {"cache_fresh": "contact:4", "cache_entries": "contact:4"}),
    ("a forged session", forge_session, {"cache_nothing_unexpected": "session:99"}),
    ("a user of the cache", let_in, {"cache_server": "user mallory"}),
    ("a stream message dropped", drop_message, {"stream_messages": "(number 17)"}),
    ("a consumer removed", remove_consumer, {"consumers_present": "mailer"}),
]


def test_the_restored_platform_is_clean(restored: Restored) -> None:
    """Before any damage nothing fails, so that every later failure is the damage's own."""
    assert {} == restored.failures()


@pytest.mark.parametrize(
    ("at", "expected"),
    [(at, expected) for at, (_, _, expected) in enumerate(DAMAGES)],
    ids=[name for name, _, _ in DAMAGES],
)
def test_a_damage_is_caught_by_its_check(
    restored: Restored, at: int, expected: dict[str, str]
) -> None:
    """Exactly the checks meant for it fail anew, and each names the key or the object."""
    already = {check for _, _, checks in DAMAGES[:at] for check in checks}
    DAMAGES[at][1](restored.site)
    failures = restored.failures()
    assert set(expected) - already == set(failures) - already
    for check, named in expected.items():
        told = f"{failures[check].summary} {failures[check].actual} {failures[check].examples}"
        assert named in told


def test_the_tail_cut_off_is_counted_and_named(restored: Restored) -> None:
    """Losing the newest rows leaves no gap between the others, and is found all the same."""
    sql("DELETE FROM public.audit_log WHERE id BETWEEN 281 AND 300")(restored.site)
    found = restored.failures()["audit_log_complete"]
    assert found.summary.startswith("audit_log: 21 of 300 owed rows lost (ids 17, 281, 282, ")


def test_a_store_that_no_longer_answers_is_unverified_not_passed(restored: Restored) -> None:
    """What cannot be read is neither passed nor failed."""
    site: Site = restored.site
    site.service("nats").kill()
    after = observe(site, {"nats"}, Observations(), at_backup=False)
    case = our_case(site.ledger, site.history, Observations(), after)
    found = judge(case, Terms(), {}).findings
    verdicts = {f.check: f.verdict for f in found if f.store == "nats"}
    assert Verdict.UNVERIFIED is verdicts["stream_messages"]


def test_logs_are_kept(restored: Restored) -> None:
    """Each server's own words are there when a drill is to be understood."""
    assert Path(restored.site.service("postgres").log).stat().st_size > 0
