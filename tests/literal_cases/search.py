"""The search engine: documents, settings, keys, other indexes, and what is set up for all."""

from dataclasses import replace

from harness.core.history import Artefact, DisasterProof, History
from harness.observations.search import IndexSeen, KeySeen, SearchIndexes
from harness.platforms.made_open.observations import Numbers, SearchDocuments
from literal_cases.form import Literal, case

BACKED_UP = History(
    artefacts=[Artefact("n", "meilisearch", "volume", "a", 1, 1, "", "tar", 1.0, 2.0)]
)
STRUCK = History(
    disasters=[DisasterProof("lose_volume", "meilisearch", 3, 9, 0, 0, False, 3.0, 4.0)]
)
DECLARED = {"uid": "contacts", "primaryKey": "number", "settings": {"stopWords": ["and", "the"]}}
INDEX = IndexSeen("number", 40, {"stopWords": ["the", "and"], "prefixSearch": "indexingTime"})
SHOP = IndexSeen("id", 5, {"stopWords": []}, "digest")
KEY = KeySeen("till", "digest", {"actions": ["search", "documents.add"], "indexes": ["*"]})
DEFAULTS = {
    "1": KeySeen("Default Admin API Key", "a", {"actions": ["*"]}),
    "2": KeySeen("Default Search API Key", "b", {"actions": ["search"]}),
}
SEEN = SearchIndexes(DECLARED, {"contacts": INDEX, "shop": SHOP}, {"9": KEY}, {"webhook 1": "one"})


def shop(index: IndexSeen) -> SearchIndexes:
    """Return an engine with another index beside the contacts'."""
    return replace(SEEN, indexes={"contacts": INDEX, "shop": index})


LITERALS = {
    "search_documents": Literal(
        fails=case(
            SearchDocuments(
                *(40, 39, Numbers(2, [3, 7]), Numbers(1, [9]), Numbers(1, [4]), Numbers(1, [88])),
                strange=["mallory"],
            )
        ),
        alarm="search: 6 of 40 contacts differ from PostgreSQL (numbers 3, 4, 7, 9, 88, mallory)",
        counts={
            "rows": 40,
            "documents": 39,
            "differing": 6,
            "missing": 2,
            "altered": 1,
            "newer": 1,
            "unexpected": 2,
        },
        names=("3", "4", "7", "9", "88", "mallory"),
        holds=case(SearchDocuments(40, 40, canary=1)),
        because="that a search finds nothing says another check",
        all_clear="search: all 40 contacts are indexed as their rows are",
    ),
    "search_settings": Literal(
        fails=case(
            replace(SEEN, indexes={"contacts": replace(INDEX, settings={"stopWords": ["of"]})}),
            before=(SEEN,),
        ),
        alarm="search: 2 of 3 settings differ (namely prefixSearch, stopWords)",
        counts={"settings": 3, "differing": 2},
        names=("prefixSearch", "stopWords"),
        holds=case(SEEN, before=(shop(replace(SHOP, documents=6)),)),
        because="lists of words have no order",
        all_clear="search: all 3 settings hold",
    ),
    "search_keys": Literal(
        fails=case(
            replace(SEEN, keys={"9": replace(KEY, digest="other"), "8": KEY}),
            before=(replace(SEEN, keys={"9": KEY, "7": KEY}),),
            history=BACKED_UP,
        ),
        alarm="search: 3 of 3 API keys are not as they were (uids 7, 8, 9)",
        counts={"keys": 2, "lost": 1, "dead": 1, "changed": 0, "unexpected": 1},
        names=("7", "8", "9"),
        holds=case(
            replace(SEEN, keys=DEFAULTS),
            before=(replace(SEEN, keys=DEFAULTS | {"9": KEY}),),
            history=STRUCK,
        ),
        because="an engine that started empty has the default keys only",
        all_clear="search: 2 of 2 default keys exist",
    ),
    "search_finds": Literal(
        fails=case(SearchDocuments(40, 40, canary=7, found=[8, 9])),
        alarm="search: contact 7 is not found by its address",
        names=("7",),
        holds=case(SearchDocuments(40, 40, canary=7, found=[8, 7])),
        because="a search may find others too",
        all_clear="search: contact 7 is found with the search key",
    ),
    "search_indexes": Literal(
        fails=case(shop(replace(SHOP, documents=4)), before=(SEEN,), history=BACKED_UP),
        alarm="search: 1 of 1 other index is not as it was (uids shop)",
        counts={"indexes": 1, "missing": 0, "changed": 1, "unexpected": 0},
        names=("shop",),
        holds=case(replace(SEEN, indexes={"contacts": INDEX}), before=(SEEN,), history=STRUCK),
        because="an engine that started empty has no index but the contacts'",
        all_clear="search: none of 1 other index is there; not promised: 1 went with the engine",
    ),
    "search_server": Literal(
        fails=case(
            replace(SEEN, set_up={"webhook 1": "two", "webhook 2": "one"}),
            before=(replace(SEEN, set_up={"webhook 1": "one", "chat": "one"}),),
            history=BACKED_UP,
        ),
        alarm="search: 3 of 3 experiments, webhooks, chats and rules are not as they were"
        " (namely chat, webhook 1, webhook 2)",
        counts={"objects": 2, "missing": 1, "changed": 1, "unexpected": 1},
        names=("chat", "webhook 1", "webhook 2"),
        holds=case(replace(SEEN, set_up={}), before=(SEEN,), history=STRUCK),
        because="what was set up went with an engine that started empty",
        all_clear="search: none of 1 experiment, webhook, chat or rule is there;"
        " not promised: 1 went with the engine",
    ),
}
