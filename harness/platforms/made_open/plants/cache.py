"""The cache: every type of value, its time to live, and what fills it."""

import json
from collections.abc import Callable, Iterator

import redis

from harness.platforms.made_open.cache import contact_key
from harness.prove.plant import Damage, Plant
from harness.prove.workshop import Clone

Act = Callable[[redis.Redis], object]
_HOUR_MILLISECONDS = 3_600_000


def caching(act: Act) -> Damage:
    """Return a damage done to the cache."""

    def inflict(clone: Clone) -> None:
        with clone.site.redis.connect() as cache:
            act(cache)

    return inflict


def _key(cache: redis.Redis, pattern: str) -> str:
    return str(min(cache.scan_iter(pattern)))


def _retyped(cache: redis.Redis, key: str) -> None:
    left = cache.pttl(key)
    cache.delete(key)
    cache.set(key, "x", px=left)


def _changed(**changes: object) -> Damage:
    """Return a damage to a cached contact's fields."""

    def act(cache: redis.Redis) -> None:
        key = contact_key(4)
        entry = json.loads(str(cache.get(key)))
        cache.set(key, json.dumps(entry | changes, ensure_ascii=False), keepttl=True)

    return caching(act)


_OF_TYPE: dict[str, dict[str, Act]] = {
    "string": {
        "value": lambda c: c.append(contact_key(8), " "),
        "lost": lambda c: c.delete(contact_key(8)),
    },
    "hash": {
        "field altered": lambda c: c.hset("session:3", "user", "root"),
        "field added": lambda c: c.hset("session:3", "admin", "1"),
        "field lost": lambda c: c.hdel("session:3", "seen"),
        "lost": lambda c: c.delete("session:3"),
    },
    "list": {
        "order": lambda c: c.rpush("recent:1", str(c.lpop("recent:1"))),
        "element added": lambda c: c.rpush("recent:1", "x"),
        "element lost": lambda c: c.rpop("recent:1"),
        "lost": lambda c: c.delete("recent:1"),
    },
    "set": {
        "member added": lambda c: c.sadd("online:2", "root"),
        "member lost": lambda c: c.spop("online:2"),
        "lost": lambda c: c.delete("online:2"),
    },
    "sorted set": {
        "score": lambda c: c.zincrby("ranking:2", 1, str(c.zrange("ranking:2", 0, 0)[0])),
        "member added": lambda c: c.zadd("ranking:2", {"root": 1.5}),
        "member lost": lambda c: c.zpopmin("ranking:2"),
        "lost": lambda c: c.delete("ranking:2"),
    },
    "expiry": {
        "none any more": lambda c: c.persist("session:4"),
        "later": lambda c: c.pexpireat("session:4", c.pexpiretime("session:4") + 1000),
        "sooner": lambda c: c.pexpireat(
            "session:4", c.pexpiretime("session:4") - _HOUR_MILLISECONDS
        ),
    },
    "type": {"another": lambda c: _retyped(c, "session:5")},
    "whole cache": {
        "flushed": lambda c: c.flushall(),
        "another database": lambda c: c.move("session:6", 1),
        "a key renamed": lambda c: c.rename("session:7", "session:700"),
    },
    "server": {
        "a setting": lambda c: c.config_set("maxmemory-policy", "noeviction"),
        "a user": lambda c: c.acl_setuser("spy", enabled=True, nopass=True, commands=["+@all"]),
        "a function": lambda c: c.function_load(
            "#!lua name=spy\nserver.register_function('spy', function() return 1 end)"
        ),
    },
    "extra": {
        "a forged session": lambda c: c.hset("session:900", mapping={"user": "root"}),
        "a key of another kind": lambda c: c.set("feature:flags", "all"),
        "a stream": lambda c: c.xadd("log", {"a": "b"}),
    },
}

_STALE: dict[str, Damage] = {
    "newer than its row": _changed(version=9),
    "unlike its row": _changed(full_name="Somebody Else"),
    "no contact": caching(lambda c: c.set(contact_key(4), "?", keepttl=True)),
    "of no row": caching(
        lambda c: c.set(contact_key(999), str(c.get(contact_key(4))), px=_HOUR_MILLISECONDS)
    ),
}


def _full(cache: redis.Redis) -> None:
    cache.config_set("maxmemory", "1")
    cache.config_set("maxmemory-policy", "noeviction")


_CHECK_OF = {
    "server": "cache_server",
    "extra": "cache_nothing_unexpected",
}


def _plants() -> Iterator[Plant]:
    for kind, damages in _OF_TYPE.items():
        for name, act in damages.items():
            yield Plant(
                f"cache: {kind}: {name}",
                "redis",
                _CHECK_OF.get(kind, "cache_entries"),
                caching(act),
                companions=("cache_fresh", "cache_*"),
                needs=("postgres", "redis"),
            )
    for name, damage in _STALE.items():
        yield Plant(
            f"cache: a contact {name}",
            "redis",
            "cache_fresh",
            damage,
            companions=("cache_entries",),
            needs=("postgres", "redis"),
        )
    yield Plant(
        "cache: takes nothing any more",
        "redis",
        "cache_repopulates",
        caching(_full),
        companions=("hub_healthy", "cache_*"),
        needs=("hub",),
    )


PLANTS = list(_plants())
