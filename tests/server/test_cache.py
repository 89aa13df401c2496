"""The cache: what it holds, how it is seen, and which damage each check is there for."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from cache_samples import BACKED_UP, RESTORED, STRUCK, judged
from real_servers import Server, site_of

from harness.core.case import NotApplicable
from harness.core.errors import Unread
from harness.core.history import (
    History,
    Restoration,
)
from harness.core.observation import Observations
from harness.core.ports import Endpoint
from harness.core.verdict import Verdict
from harness.kinds import Look
from harness.observations.cache import NEVER_EXPIRES, CacheEntries, EntrySeen
from harness.platform.entries import CacheEntry
from harness.platforms.made_open import cache
from harness.platforms.made_open.contacts import contact, read
from harness.platforms.made_open.observations import CacheFreshness, CacheRepopulates
from harness.platforms.made_open.probes import cache_freshness
from harness.platforms.made_open.rows import CONTACTS
from harness.probes import cache_entries
from harness.stores.postgres import PostgresStore
from harness.stores.redis import RedisStore

ENTRIES = 10 + 40 + 3 * 4


@pytest.fixture(scope="module")
def entries(postgres_cluster: Endpoint, contacts_template: str) -> list[CacheEntry]:
    """Make the cache of a platform of 40 contacts."""
    store = PostgresStore(lambda: replace(postgres_cluster, database=contacts_template))
    with store.connect() as connection:
        return list(cache.entries(connection, 7))


@pytest.fixture
def cached(tmp_path: Path, entries: list[CacheEntry], redis_server: Server) -> Look:
    """Look at a seeded cache alone."""
    site = site_of(tmp_path, redis=redis_server.at)
    site.redis.seed(entries)
    return Look(site, site.ledger, site.history, Observations())


@pytest.fixture
def look(tmp_path: Path, cached: Look, contacts_store: PostgresStore, redis_server: Server) -> Look:
    """Look at a seeded cache beside the database it was filled from."""
    site = site_of(tmp_path, postgres=contacts_store._endpoint(), redis=redis_server.at)
    return replace(cached, site=site)


def test_contact_is_the_same_from_its_line_and_from_its_row(contacts_store: PostgresStore) -> None:
    """What the harness makes and what PostgreSQL prints are one contact."""
    made = [
        contact([None if text == r"\N" else text for text in line.split("\t")])
        for line in CONTACTS.lines(7, 1, 40)
    ]
    with contacts_store.connect() as connection:
        assert made == list(read(connection))


def test_seeded_cache_holds_every_type_and_expires(cached: Look) -> None:
    """Each type is there, and no entry lives for ever."""
    seen = cache_entries.PROBE.observe(cached)
    assert {"string", "hash", "list", "set", "zset"} == {e.type for e in seen.entries.values()}
    assert (ENTRIES, ENTRIES) == (len(seen.entries), seen.db_size)
    assert all(e.expires_milliseconds > seen.observed_milliseconds for e in seen.entries.values())


def test_clean_restart_keeps_every_entry(cached: Look, redis_server: Server) -> None:
    """What the append-only files bring back is equal: type, value and absolute expiry."""
    before = cache_entries.PROBE.observe(cached)
    redis_server.stop()
    redis_server.start(cached.site.redis.ready)
    after = cache_entries.PROBE.observe(cached)
    finding = judged("cache_entries", History(artefacts=[BACKED_UP]), after, before=before)
    assert (Verdict.PASS, f"cache: all {ENTRIES} entries are as they were") == (
        finding.verdict,
        finding.summary,
    )


def _replace_by_list(connection: redis.Redis) -> None:
    expires = connection.pexpiretime("contact:4")
    connection.delete("contact:4")
    connection.rpush("contact:4", "x")
    connection.pexpireat("contact:4", expires)


DAMAGES: dict[str, Callable[[redis.Redis], object]] = {
    "contact:4: lost": lambda c: c.delete("contact:4"),
    "contact:8: another value": lambda c: c.set("contact:8", "{}", keepttl=True),
    "session:1: another value": lambda c: c.hset("session:1", "user", "mallory"),
    "recent:1: another value": lambda c: c.lset("recent:1", 0, "x"),
    "online:1: another value": lambda c: c.sadd("online:1", "mallory"),
    "ranking:1: another value": lambda c: c.zincrby(
        "ranking:1", 1, str(c.zrange("ranking:1", 0, 0)[0])
    ),
    "contact:12: never expires": lambda c: c.persist("contact:12"),
    "online:2: another expiry": lambda c: c.expire("online:2", 60),
    "contact:4: a list, was a string": _replace_by_list,
    "recent:2: another value": lambda c: c.lmove("recent:2", "recent:2"),
    "session:2: other fields that expire": lambda c: c.hpexpireat("session:2", 2**42, "user"),
    "session:3: lost": lambda c: c.move("session:3", 5),
}


def _add_streams(connection: redis.Redis) -> None:
    """Add what the platform's own cache has none of: a stream with pending entries, bytes that are
    no text, an empty string, fields that expire.
    """
    for number in (1, 2, 3):
        connection.xadd("jobs", {"n": str(number)}, id=f"{number}-0")
    connection.xgroup_create("jobs", "workers", id="0")
    connection.xreadgroup("workers", "one", {"jobs": ">"})
    connection.set("empty", "")
    connection.set(b"\xff", b"\xfe")
    connection.hset("basket", mapping={"pear": "1", "plum": "2"})
    connection.hpexpireat("basket", 2**42, "plum")
    connection.pfadd("visitors", "a", "b")


MORE_DAMAGES: dict[str, Callable[[redis.Redis], object]] = {
    "jobs: another value": lambda c: c.xack("jobs", "workers", "1-0"),
    "jobs: another value ": lambda c: c.xgroup_create("jobs", "others"),
    "jobs: another value  ": lambda c: c.xgroup_createconsumer("jobs", "workers", "two"),
    "jobs: another value   ": lambda c: c.xdel("jobs", "3-0"),
    "empty: lost": lambda c: c.delete("empty"),
    r"\xff: another value": lambda c: c.set(b"\xff", r"\xfe"),
    "basket: other fields that expire": lambda c: c.hpersist("basket", "plum"),
    "basket: other fields that expire ": lambda c: c.hpexpireat("basket", 2**42 + 1, "plum"),
    "basket: other fields that expire  ": lambda c: c.hset("basket", "plum", "2"),
    "basket: another value": lambda c: c.hset("basket", "pear", "3"),
    "visitors: another value": lambda c: c.pfadd("visitors", "c"),
}


@pytest.mark.parametrize("actual", DAMAGES)
def test_damaged_entry_is_named(cached: Look, actual: str) -> None:
    """Each kind of damage to one entry fails the check of entries, with its key."""
    before = cache_entries.PROBE.observe(cached)
    with cached.site.redis.connect() as connection:
        DAMAGES[actual](connection)
    after = cache_entries.PROBE.observe(cached)
    finding = judged("cache_entries", History(artefacts=[BACKED_UP]), after, before=before)
    key = actual[: actual.index(": ")]
    assert Verdict.FAIL == finding.verdict
    assert f"cache: 1 of {ENTRIES} entries are not as they were (keys {key})" == finding.summary
    assert actual == finding.actual


@pytest.mark.parametrize("actual", MORE_DAMAGES)
def test_damaged_entry_of_every_type_is_named(cached: Look, actual: str) -> None:
    """Streams with their groups, bytes, fields that expire: what is no text and no row, too."""
    with cached.site.redis.connect() as connection:
        _add_streams(connection)
        before = cache_entries.PROBE.observe(cached)
        MORE_DAMAGES[actual](connection)
    after = cache_entries.PROBE.observe(cached)
    finding = judged("cache_entries", History(artefacts=[BACKED_UP]), after, before=before)
    assert actual.strip() == finding.actual


@pytest.mark.parametrize("rewritten", [False, True])
def test_restart_keeps_every_type_and_a_consumer_may_ask_again(
    cached: Look, redis_server: Server, *, rewritten: bool
) -> None:
    """No false alarm: what the append-only files bring back, as commands or as their RDB base, is
    equal for every type, wherever it is; when a consumer last asked is not what it holds.
    """
    with cached.site.redis.connect() as connection:
        _add_streams(connection)
        connection.copy("jobs", "jobs", destination_db="3")
        if rewritten:
            connection.bgrewriteaof()
            while connection.info("persistence")["aof_rewrite_in_progress"]:
                time.sleep(0.02)
    before = cache_entries.PROBE.observe(cached)
    redis_server.stop()
    redis_server.start(cached.site.redis.ready)
    with cached.site.redis.connect() as connection:
        connection.xreadgroup("workers", "one", {"jobs": ">"})
    after = cache_entries.PROBE.observe(cached)
    finding = judged("cache_entries", History(artefacts=[BACKED_UP]), after, before=before)
    assert f"cache: all {ENTRIES + 6} entries are as they were" == finding.summary
    assert (True, ENTRIES + 6) == (after.every_database, after.db_size)


INTRUDERS: dict[str, Callable[[redis.Redis], object]] = {
    "intruder: a string that never expires": lambda c: c.set("intruder", ""),
    "session:41: a hash": lambda c: (
        c.hset("session:41", "user", "mallory"),
        c.expire("session:41", 60),
    ),
    "contact:5: a string that never expires": lambda c: c.set("contact:5", "{}"),
    "contact:6: a string": lambda c: c.set("contact:6", "{}", ex=24 * 3600),
    "contact:07: a string": lambda c: c.set("contact:07", "{}", ex=60),
    "contact:7: a list": lambda c: (c.rpush("contact:7", "{}"), c.expire("contact:7", 60)),
    "contact:4 of database 9: a string": lambda c: c.copy("contact:4", "contact:4", "9"),
}


@pytest.mark.parametrize("actual", INTRUDERS)
def test_key_that_was_not_there_is_named(cached: Look, actual: str) -> None:
    """Each key more fails the check of what is unexpected, and that of entries holds."""
    before = cache_entries.PROBE.observe(cached)
    with cached.site.redis.connect() as connection:
        INTRUDERS[actual](connection)
    after = cache_entries.PROBE.observe(cached)
    history = History(artefacts=[BACKED_UP])
    finding = judged("cache_nothing_unexpected", history, after, before=before)
    key = actual[: actual.index(": ")]
    assert (
        f"cache: 1 of {ENTRIES + 1} keys are unexpected (keys {key})",
        actual,
        {"entries": ENTRIES + 1, "unexpected": 1},
    ) == (finding.summary, finding.actual, finding.counts)
    assert Verdict.PASS is judged("cache_entries", history, after, before=before).verdict


def test_contact_that_the_hub_cached_is_expected() -> None:
    """Near miss: users read on; a contact is cached for six hours at most, in database 0."""
    before = CacheEntries(0, 0, every_database=True)
    entry = EntrySeen("string", "d", 6 * 3600 * 1000 + 5)
    after = CacheEntries(1, 5, {"contact:5": entry}, every_database=True)
    finding = judged("cache_nothing_unexpected", History(), after, before=before)
    assert (Verdict.PASS, "cache: none of 1 keys is unexpected") == (
        finding.verdict,
        finding.summary,
    )


def test_number_longer_than_any_contact_has_is_unexpected() -> None:
    """A key of any length is judged; the hub caches what PostgreSQL can number."""
    key = f"contact:{'7' * 5_000}"
    after = CacheEntries(1, 0, {key: EntrySeen("string", "d", 9_000)}, every_database=True)
    finding = judged("cache_nothing_unexpected", History(disasters=[STRUCK]), after)
    assert f"cache: 1 of 1 keys are unexpected (keys {key})" == finding.summary


def test_cold_cache_holds_what_the_hub_caches_only() -> None:
    """A session that was there before the cache was lost cannot be there after a cold start."""
    session = {"session:1": EntrySeen("hash", "d", 9_000)}
    before, after = (CacheEntries(1, 0, session, every_database=True) for _ in range(2))
    finding = judged("cache_nothing_unexpected", History(disasters=[STRUCK]), after, before=before)
    assert ("cache: 1 of 1 keys are unexpected (keys session:1)", "session:1: a hash") == (
        finding.summary,
        finding.actual,
    )


def test_empty_cache_holds_nothing_unexpected_to_judge() -> None:
    """No key is not applicable, rather than a pass."""
    with pytest.raises(NotApplicable, match=r"^the cache is empty$"):
        judged("cache_nothing_unexpected", History(), CacheEntries(0, 0, every_database=True))


@pytest.mark.parametrize("check", ["cache_entries", "cache_nothing_unexpected"])
def test_one_database_of_many_is_unread(check: str) -> None:
    """Older evidence, of database 0 alone, tells nothing about the others."""
    seen = CacheEntries(1, 0, {"a": EntrySeen("string", "d", -1)})
    with pytest.raises(Unread, match=r"^only database 0 was looked at, by an older release$"):
        judged(check, History(artefacts=[BACKED_UP]), seen, before=seen)


def test_value_of_an_unknown_type_is_unread_not_as_it_was() -> None:
    """A module's value that cannot be read is there, and that is all that is known."""
    document = {"doc": EntrySeen("ReJSON-RL", "", -1, is_read=False)}
    seen = CacheEntries(1, 0, document, every_database=True)
    with pytest.raises(Unread) as raised:
        judged("cache_entries", History(artefacts=[BACKED_UP]), seen, before=seen)
    assert "1 entries are of a type whose values are not read: ReJSON-RL (keys doc)" == str(
        raised.value
    )


def test_field_that_had_to_expire_is_not_lost() -> None:
    """Fields go one by one when they had to, and the hash with the last of them."""
    hashes = {
        "a": EntrySeen("hash", "d", -1, fields={"x": 1_000, "y": 2_000}),
        "b": EntrySeen("hash", "", -1, fields={"x": 1_000}),
    }
    before = CacheEntries(2, 0, hashes, every_database=True)
    left = {"a": EntrySeen("hash", "d", -1, fields={"y": 2_000})}
    after = CacheEntries(1, 1_000, left, every_database=True)
    finding = judged("cache_entries", History(artefacts=[BACKED_UP]), after, before=before)
    assert (
        "cache: all 1 entries are as they were; 1 more expired when they had to" == finding.summary
    )


def test_every_exemption_of_streams_is_something_the_server_tells(redis_store: RedisStore) -> None:
    """The list holds nothing that is not there: whatever else it tells of a stream is compared."""
    with redis_store.connect() as connection:
        _add_streams(connection)
    with redis_store.connect_raw() as raw:
        told = repr(raw.ask("XINFO", "STREAM", "jobs", "FULL", "COUNT", 0))
    assert all(repr(name) in told for name in cache_entries.EXEMPT_OF_STREAMS)


def test_cache_in_no_backup_that_was_not_lost_is_as_it_was() -> None:
    """A session altered in a cache that nobody touched is named; a session that is gone and a
    contact that was cached anew are not, for the volume may have been deleted.
    """
    names = ("session:1", "session:2", "contact:4")
    entries = {name: EntrySeen("string", "d", 9_000) for name in names}
    before = CacheEntries(3, 0, entries, every_database=True)
    altered = {name: EntrySeen("string", "e", 9_001) for name in names if name != "session:2"}
    failed = judged(
        "cache_entries", History(), CacheEntries(2, 0, altered, every_database=True), before=before
    )
    assert "session:1: another value" == failed.actual
    left = {name: altered[name] for name in ("contact:4",)}
    with pytest.raises(NotApplicable, match=r"^the cache was in no backup"):
        judged(
            "cache_entries", History(), CacheEntries(1, 0, left, every_database=True), before=before
        )


def test_entry_that_outlived_its_expiry_is_named() -> None:
    """A session that had to expire and is there with a later expiry was given more time."""
    before = CacheEntries(1, 0, {"s": EntrySeen("hash", "d", 1_000)}, every_database=True)
    after = CacheEntries(1, 1_000, {"s": EntrySeen("hash", "d", 9_000)}, every_database=True)
    finding = judged("cache_entries", History(artefacts=[BACKED_UP]), after, before=before)
    assert "s: had to expire" == finding.actual


def test_every_type_that_the_server_has_is_read(redis_store: RedisStore) -> None:
    """The server sorts its commands by type; each of its categories is a type that is read, made of
    one, or no type.
    """
    made_of_others = {"bitmap", "geo", "hyperloglog", "sortedset"}
    no_types = {
        *("admin", "blocking", "connection", "dangerous", "fast", "keyspace", "pubsub", "read"),
        *("scripting", "slow", "transaction", "write"),
    }
    with redis_store.connect() as connection:
        categories = set(connection.acl_cat())
    assert set() == categories - set(cache_entries.READ) - made_of_others - no_types


def test_entry_that_had_to_expire_is_not_lost() -> None:
    """An absolute expiry that lapsed during the outage excuses the entry; a later one does not."""
    before = CacheEntries(
        2, 0, {k: EntrySeen("string", "d", 1_000) for k in ("a", "b")}, every_database=True
    )
    history = History(artefacts=[BACKED_UP], restorations=[RESTORED], disasters=[STRUCK])
    after = CacheEntries(0, 1_000, every_database=True)
    passed = judged("cache_entries", history, after, before=before)
    failed = judged(
        "cache_entries", history, CacheEntries(0, 999, every_database=True), before=before
    )
    assert (
        "cache: all 0 entries are as they were; 2 more expired when they had to",
        "cache: 2 of 2 entries are not as they were (keys a, b)",
    ) == (passed.summary, failed.summary)


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (
            History(artefacts=[BACKED_UP], disasters=[STRUCK]),
            "the cache came back cold; it is repopulated on a miss",
        ),
        (
            History(
                artefacts=[BACKED_UP],
                disasters=[STRUCK],
                restorations=[Restoration("n", "redis", "none", 2.0, 5.0, 6.0)],
            ),
            "the cache came back cold; it is repopulated on a miss",
        ),
        (History(), "the cache was in no backup, so there is nothing to compare it with"),
    ],
)
def test_entries_are_not_judged_without_a_promise(history: History, reason: str) -> None:
    """A cache that nobody promised to bring back is not asked for its entries."""
    with pytest.raises(NotApplicable) as raised:
        judged("cache_entries", history, CacheEntries(0, 0), before=CacheEntries(0, 0))
    assert reason == str(raised.value)


def test_cache_of_a_backup_that_was_not_seen_is_unread() -> None:
    """A backup without an observation leaves the check unverified, not passed."""
    with pytest.raises(Unread, match="what it judges was not observed"):
        judged("cache_entries", History(artefacts=[BACKED_UP]), CacheEntries(0, 0))


def test_seeded_cache_agrees_with_its_rows(look: Look) -> None:
    """No false alarm: what was cached from the rows agrees with them."""
    finding = judged("cache_fresh", History(), cache_freshness.PROBE.observe(look))
    assert "cache: all 10 cached contacts agree with their rows" == finding.summary


def _set_version(connection: redis.Redis, version: int) -> None:
    value = json.loads(str(connection.get("contact:16")))
    connection.set("contact:16", json.dumps(value | {"version": version}), keepttl=True)


def test_contact_newer_than_its_row_is_named(look: Look) -> None:
    """A cached contact that PostgreSQL has forgotten about fails, by key."""
    with look.site.redis.connect() as connection:
        _set_version(connection, 2)
    finding = judged("cache_fresh", History(), cache_freshness.PROBE.observe(look))
    assert (
        Verdict.FAIL,
        "cache: 1 of 10 cached contacts contradict PostgreSQL (keys contact:16)",
        "newer than its row: contact:16",
    ) == (finding.verdict, finding.summary, finding.actual)


def test_contradictions_are_told_apart(look: Look) -> None:
    """A vanished row, other contents and what is no contact are each named as what they are."""
    with look.site.redis.connect() as connection, look.site.postgres.connect() as database:
        database.execute("DELETE FROM public.contacts WHERE number = 4")
        entry = str(connection.get("contact:8")).replace("example.org", "example.com")
        connection.set("contact:8", entry, keepttl=True)
        connection.set("contact:12", "null", keepttl=True)
    finding = judged("cache_fresh", History(), cache_freshness.PROBE.observe(look))
    assert (
        "of a row that is gone: contact:4; unlike its row: contact:8; not a contact: contact:12"
        == finding.actual
    )


@pytest.mark.parametrize("number", ["1e999", "9" * 30])
def test_cached_number_that_no_row_can_have_is_no_contact(look: Look, number: str) -> None:
    """Whatever a value says, it is judged, and the others with it."""
    with look.site.redis.connect() as connection:
        connection.set("contact:16", f'{{"number": {number}, "version": 1}}', keepttl=True)
    finding = judged("cache_fresh", History(), cache_freshness.PROBE.observe(look))
    assert "not a contact: contact:16" == finding.actual


def test_contact_behind_its_row_is_legal(look: Look) -> None:
    """A cache may serve an earlier version until it expires."""
    with look.site.postgres.connect() as database:
        database.execute("UPDATE public.contacts SET email = 'x@y.org' WHERE number = 16")
    seen = cache_freshness.PROBE.observe(look)
    assert (1, Verdict.PASS) == (seen.behind, judged("cache_fresh", History(), seen).verdict)


def test_empty_cache_proves_nothing_about_freshness() -> None:
    """No cached contact is not applicable, rather than a pass."""
    with pytest.raises(NotApplicable, match=r"^no contact is cached$"):
        judged("cache_fresh", History(), CacheFreshness(), CacheEntries(0, 0))


def test_cached_contacts_that_nobody_compared_are_unread() -> None:
    """Unless they may have expired before they could be, or are of another type."""
    lasting = EntrySeen("string", "d", NEVER_EXPIRES)
    seen = CacheEntries(3, 1_000, {"contact:1": replace(lasting, expires_milliseconds=9_000)})
    with pytest.raises(NotApplicable, match=r"^no contact is cached$"):
        judged("cache_fresh", History(), CacheFreshness(), seen)
    seen.entries |= {"contact:2": replace(lasting, type="list"), "session:1": lasting}
    with pytest.raises(NotApplicable, match=r"^no contact is cached$"):
        judged("cache_fresh", History(), CacheFreshness(), seen)
    seen.entries["contact:3"] = lasting
    said = r"^1 contacts are cached, and none was compared \(keys contact:3\)$"
    with pytest.raises(Unread, match=said):
        judged("cache_fresh", History(), CacheFreshness(), seen)


def test_hub_that_does_not_cache_fails() -> None:
    """Each contact that was not cached again is named with what went wrong."""
    seen = CacheRepopulates(asked=3, not_cached=["contact:1"], everlasting=["contact:2"])
    finding = judged("cache_repopulates", History(), seen)
    assert (
        "cache: 2 of 3 missing contacts were not cached again (keys contact:1, contact:2)",
        "not cached after a miss: contact:1; cached for ever: contact:2",
    ) == (finding.summary, finding.actual)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (CacheRepopulates(contacts=0), "PostgreSQL holds no contact that the hub could cache"),
        (
            CacheRepopulates(1, ["contact:1"], contacts=40, reads_contacts=False),
            "this hub reads no contacts",
        ),
    ],
)
def test_nothing_to_cache_is_not_applicable(seen: CacheRepopulates, reason: str) -> None:
    """Without contacts, or with a hub that has no way to them, no cache is filled."""
    with pytest.raises(NotApplicable) as raised:
        judged("cache_repopulates", History(), seen)
    assert reason == str(raised.value)


def test_hub_that_was_asked_for_nothing_is_unread() -> None:
    """Where nobody counted the contacts, none having been asked for says nothing."""
    with pytest.raises(Unread, match=r"^the hub was asked for no contact$"):
        judged("cache_repopulates", History(), CacheRepopulates())


def test_stopped_cache_is_not_ready(redis_server: Server, redis_store: RedisStore) -> None:
    """The reason why it does not answer is given."""
    redis_server.stop()
    assert "Connection refused" in (redis_store.ready() or "")
