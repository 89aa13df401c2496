"""How the cache's server is set up: each change is named, and a restart with all of it is none."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from ours import CHECKS, our_case
from real_servers import Server, site_of

from harness.core.errors import Unread
from harness.core.finding import Finding
from harness.core.history import DisasterProof, History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.verdict import Verdict
from harness.kinds import Look
from harness.observations.cache import CacheServer, UserSeen
from harness.probes import cache_server

STRUCK = DisasterProof("lose_volume", "redis", 3, 100, 0, 0, False, 3.0, 4.0)
LIBRARY = "#!lua name=counting\nserver.register_function('count', function() return {n} end)"
ADD_A_USER = "on >hunter2 ~shop:* +@read"


@pytest.fixture
def look(tmp_path: Path, redis_server: Server) -> Iterator[Look]:
    """Look at a server that has a user and functions of its own, and clean up after the test."""
    site = site_of(tmp_path, redis=redis_server.at)
    with site.redis.connect() as connection:
        _user(connection, "shop", ADD_A_USER)
        connection.function_load(LIBRARY.format(n=1))
    yield Look(site, site.ledger, site.history, Observations())
    with site.redis.connect() as connection:
        connection.function_flush()
        connection.acl_deluser("shop", "mallory")
        connection.config_set("maxmemory-policy", "noeviction")
        connection.config_set("primaryauth", "")


def _user(connection: redis.Redis, name: str, rules: str) -> None:
    command = ("ACL", "SETUSER", name, *rules.split())
    connection.execute_command(*command)  # type: ignore[no-untyped-call]  # the library's


def judged(before: object, after: object, history: History | None = None) -> Finding:
    """Judge literal observations."""
    was, now = Observations(), Observations()
    was.put(before)
    now.put(after)
    check = CHECKS["cache_server"]
    return check.judge(check, our_case(Ledger(7), history or History(), was, now))


DAMAGES: dict[str, Callable[[redis.Redis], object]] = {
    "setting maxmemory-policy": lambda c: c.config_set("maxmemory-policy", "allkeys-lru"),
    # The server knows it by two names.
    "setting masterauth, setting primaryauth": lambda c: c.config_set("primaryauth", "hunter2"),
    "user shop": lambda c: c.acl_deluser("shop"),
    "user shop ": lambda c: _user(c, "shop", ">hunter3"),
    "user shop  ": lambda c: _user(c, "shop", "nopass"),
    "user shop   ": lambda c: _user(c, "shop", "~*"),
    "user mallory": lambda c: _user(c, "mallory", "on nopass ~* +@all"),
    "functions counting": lambda c: c.function_delete("counting"),
    "functions counting ": lambda c: c.function_load(LIBRARY.format(n=2), replace=True),
    "functions other_ing": lambda c: c.function_load(
        LIBRARY.format(n=1).replace("count", "other_")
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_change_of_the_server_is_named(look: Look, name: str) -> None:
    """Whatever is changed, added or taken away at run time fails by name, secrets left out."""
    before = cache_server.PROBE.observe(look)
    with look.site.redis.connect() as connection:
        DAMAGES[name](connection)
    after = cache_server.PROBE.observe(look)
    finding = judged(before, after)
    assert Verdict.FAIL is finding.verdict
    assert f"(namely {name.strip()})" in finding.summary
    assert all(
        secret not in repr(after)
        for secret in ("hunter", look.site.service("redis").endpoint.secret)
    )


def test_functions_that_a_cache_kept_are_compared() -> None:
    """Only a volume that was lost, and brought back by nobody, takes them with it."""
    before = CacheServer(functions={"counting": "one"})
    finding = judged(before, CacheServer())
    assert "functions counting: none" == finding.actual
    assert Verdict.PASS is judged(before, CacheServer(), History(disasters=[STRUCK])).verdict


def test_what_is_as_it_was_is_counted_by_kind() -> None:
    """A module is one of the kinds."""
    seen = CacheServer({"maxmemory": "0"}, {}, {"counting": "one"}, {"json": "1"})
    counts = {"objects": 3, "missing": 0, "changed": 0, "unexpected": 0}
    assert counts == judged(seen, seen).counts
    older = CacheServer(seen.settings, {}, seen.functions, {"json": "0"})
    assert "module json: '0'" == judged(seen, older).actual


def test_server_that_was_not_touched_is_as_it_was(look: Look, redis_server: Server) -> None:
    """No false alarm: functions come back with the append-only files, settings with the command."""
    with look.site.redis.connect() as connection:
        connection.acl_deluser("shop")
    before = cache_server.PROBE.observe(look)
    redis_server.stop()
    redis_server.start(look.site.redis.ready)
    finding = judged(before, cache_server.PROBE.observe(look))
    assert (
        f"cache: {len(before.settings)} settings, 1 users and 1 libraries of functions are as they"
        " were"
    ) == finding.summary


def test_user_that_a_restart_forgot_is_missing(look: Look, redis_server: Server) -> None:
    """ACL SETUSER without a file of users is gone with the server: whoever logged in no longer
    can, and no backup of the volume holds it.
    """
    before = cache_server.PROBE.observe(look)
    redis_server.stop()
    redis_server.start(look.site.redis.ready)
    finding = judged(before, cache_server.PROBE.observe(look))
    assert ("user shop: none", 1) == (finding.actual, finding.counts["missing"])
    assert finding.expected.startswith("user shop: on ~shop:* resetchannels -@all +@read (pass")


def test_differences_are_counted_by_kind() -> None:
    """What is missing, changed and more is each counted, and the values are told."""
    before = CacheServer({"a": "1", "b": ""}, {"app": UserSeen("on", ("x",))}, {"f": "1"})
    after = CacheServer({"a": "2", "b": ""}, {}, {"f": "1", "g": "2"})
    finding = judged(before, after)
    summary = "cache: the server differs in 3 of 4 settings, users, functions and modules"
    assert (
        f"{summary} (namely functions g, setting a, user app)",
        "functions g: none; setting a: '1'; user app: on (password digest x)",
        "functions g: '2'; setting a: '2'; user app: none",
        {"objects": 4, "missing": 1, "changed": 1, "unexpected": 1},
    ) == (finding.summary, finding.expected, finding.actual, finding.counts)


def test_functions_go_with_a_cache_that_came_back_cold() -> None:
    """They lived in the volume that nobody brought back; one that was not there is a failure."""
    history = History(disasters=[STRUCK])
    before = CacheServer(functions={"f": "1"})
    assert Verdict.PASS is judged(before, CacheServer(), history).verdict
    failed = judged(before, CacheServer(functions={"g": "1"}), history)
    assert "functions g: '1'" == failed.actual


def test_server_that_was_not_seen_is_unread() -> None:
    """Without an observation there is no verdict."""
    check = CHECKS["cache_server"]
    case = our_case(Ledger(7), History(), Observations(), Observations())
    with pytest.raises(Unread, match="what it judges was not observed"):
        check.judge(check, case)


def test_every_setting_is_compared_or_exempt_with_a_reason(look: Look) -> None:
    """The list is complete and holds nothing that the server does not have."""
    with look.site.redis.connect() as connection:
        has = set(connection.config_get("*"))
    compared = set(cache_server.PROBE.observe(look).settings)
    assert has == compared | set(cache_server.EXEMPT_SETTINGS)
    assert set() == compared & set(cache_server.EXEMPT_SETTINGS)
    assert cache_server.SECRET_SETTINGS <= has
