"""The cache: its entries, what agrees with PostgreSQL, how it fills, how its server is set up."""

from dataclasses import replace

from harness.core.history import Artefact, DisasterProof, History
from harness.observations.cache import NEVER_EXPIRES, CacheEntries, CacheServer, EntrySeen, UserSeen
from harness.platforms.made_open.observations import CacheFreshness, CacheRepopulates
from literal_cases.form import Literal, case

BACKED_UP = History(artefacts=[Artefact("n", "redis", "volume", "a", 1, 1, "", "tar", 1.0, 2.0)])
STRUCK = History(disasters=[DisasterProof("lose_volume", "redis", 3, 9, 0, 0, False, 3.0, 4.0)])
NOW_MILLISECONDS = 1_000_000
SESSION = EntrySeen("hash", "digest", NOW_MILLISECONDS + 5_000)
LAPSED = EntrySeen("string", "digest", NOW_MILLISECONDS)
CONTACT = EntrySeen("string", "digest", NOW_MILLISECONDS + 3_600_000, version=1)


def holding(**entries: EntrySeen) -> CacheEntries:
    """Return a cache that holds these entries; an underscore stands for a colon."""
    named = {name.replace("_", ":"): entry for name, entry in entries.items()}
    return CacheEntries(len(named), NOW_MILLISECONDS, named, every_database=True)


SERVER = CacheServer(
    {"maxmemory": "0"},
    {"shop": UserSeen("on ~shop:*", ("digest",))},
    {"counting": "one"},
    {"json": "1"},
)

LITERALS = {
    "cache_entries": Literal(
        fails=case(
            holding(session_2=replace(SESSION, expires_milliseconds=NEVER_EXPIRES), lapsed=LAPSED),
            before=(holding(session_1=SESSION, session_2=SESSION, session_3=LAPSED),),
            history=BACKED_UP,
        ),
        alarm="cache: 2 of 2 entries are not as they were (keys session:1, session:2)",
        counts={"entries": 2, "differing": 2, "expired": 1, "lost": 1, "altered": 1},
        names=("session:1", "session:2"),
        holds=case(
            holding(session_1=SESSION),
            before=(holding(session_1=SESSION, session_2=LAPSED),),
            history=BACKED_UP,
        ),
        because="an entry is gone that had to expire",
        all_clear="cache: all 1 entries are as they were; 1 more expired when they had to",
    ),
    "cache_nothing_unexpected": Literal(
        fails=case(
            holding(session_1=SESSION, session_666=SESSION),
            before=(holding(session_1=SESSION),),
            history=BACKED_UP,
        ),
        alarm="cache: 1 of 2 keys are unexpected (keys session:666)",
        counts={"entries": 2, "unexpected": 1},
        names=("session:666",),
        holds=case(
            holding(session_1=SESSION, contact_7=CONTACT),
            before=(holding(session_1=SESSION),),
            history=BACKED_UP,
        ),
        because="the hub caches a contact that is read",
        all_clear="cache: none of 2 keys is unexpected",
    ),
    "cache_fresh": Literal(
        fails=case(
            CacheFreshness(4, newer=["contact:1"], gone=["contact:2"], altered=["contact:3"])
        ),
        alarm="cache: 3 of 4 cached contacts contradict PostgreSQL"
        " (keys contact:1, contact:2, contact:3)",
        counts={
            "contacts": 4,
            "contradicting": 3,
            "newer": 1,
            "gone": 1,
            "altered": 1,
            "unreadable": 0,
            "behind": 0,
        },
        names=("contact:1", "contact:2", "contact:3"),
        holds=case(CacheFreshness(4, behind=2)),
        because="a cache may be behind its rows until an entry expires",
        all_clear="cache: all 4 cached contacts agree with their rows",
    ),
    "cache_repopulates": Literal(
        fails=case(CacheRepopulates(3, not_cached=["contact:1"], everlasting=["contact:2"])),
        alarm="cache: 2 of 3 missing contacts were not cached again (keys contact:1, contact:2)",
        counts={"asked": 3, "doubtful": 2},
        names=("contact:1", "contact:2"),
        holds=case(CacheRepopulates(3, contacts=3)),
        because="a cache that came back empty is filled on a miss",
        all_clear="cache: 3 of 3 missing contacts were cached by the hub again",
    ),
    "cache_server": Literal(
        fails=case(
            replace(SERVER, settings={"maxmemory": "1"}, users={"mallory": UserSeen("on")}),
            before=(SERVER,),
            history=BACKED_UP,
        ),
        alarm="cache: the server differs in 3 of 4 settings, users, functions and modules"
        " (namely setting maxmemory, user mallory, user shop)",
        counts={"objects": 4, "missing": 1, "changed": 1, "unexpected": 1},
        names=("setting maxmemory", "user mallory", "user shop"),
        holds=case(replace(SERVER, functions={}), before=(SERVER,), history=STRUCK),
        because="functions live in the volume, which was lost and in no backup",
        all_clear="cache: 1 settings, 1 users and 0 libraries of functions are as they were",
    ),
}
