"""The search engine: its documents, every setting, its indexes and its keys."""

from collections.abc import Callable, Iterator
from typing import Any

import meilisearch

from harness.platforms.made_open.search import declared_index
from harness.prove.plant import Damage, Plant
from harness.prove.workshop import Clone

_UID = declared_index()["uid"]
_NEEDS = ("postgres", "meilisearch")
Act = Callable[[meilisearch.Client], object]

_SETTINGS: dict[str, object] = {
    "searchableAttributes": ["phone"],
    "displayedAttributes": ["number", "full_name"],
    "filterableAttributes": ["kind"],
    "sortableAttributes": ["number"],
    "rankingRules": ["words", "typo"],
    "stopWords": ["or"],
    "synonyms": {"team": ["crew"]},
    "pagination": {"maxTotalHits": 10},
    "distinctAttribute": "tenant_id",
    "typoTolerance": {"enabled": False},
    "faceting": {"maxValuesPerFacet": 7},
    "proximityPrecision": "byAttribute",
    "separatorTokens": ["|"],
    "nonSeparatorTokens": ["@"],
    "dictionary": ["J. R. R."],
    "searchCutoffMs": 1500,
    "localizedAttributes": [{"attributePatterns": ["full_name"], "locales": ["deu"]}],
    "facetSearch": False,
    "prefixSearch": "disabled",
}


def _searching(act: Act) -> Damage:
    """Return a damage done with the master key, and done when its task is."""

    def inflict(clone: Clone) -> None:
        act(clone.site.meilisearch.connect())
        clone.site.meilisearch.wait_idle()
        failed = clone.site.meilisearch.connect().get_tasks({"statuses": "failed"}).results
        if failed:
            raise RuntimeError(f"the server refused: {failed[0].error}")

    return inflict


def _document(**fields: Any) -> Act:
    def act(client: meilisearch.Client) -> None:
        index = client.index(_UID)
        was = dict(index.get_document(7))
        index.add_documents([was | fields])

    return act


def _key(name: str) -> Act:
    def act(client: meilisearch.Client) -> None:
        key = next(k for k in client.get_keys().results if k.name == name)
        client.delete_key(key.uid)

    return act


def _plants() -> Iterator[Plant]:
    for name, act in {
        "one lost": lambda c: c.index(_UID).delete_document(7),
        "all lost": lambda c: c.index(_UID).delete_all_documents(),
        "one altered": _document(full_name="Somebody Else"),
        "one newer than its row": _document(version=9),
        "one of no row": _document(number=999),
        "the index lost": lambda c: c.delete_index(_UID),
    }.items():
        yield _plant(
            f"documents: {name}",
            "search_documents",
            act,
            "search_finds",
            "search_settings",
            "search_indexes",
            "hub_healthy",
        )
    for setting, value in _SETTINGS.items():
        yield _plant(
            f"setting: {setting}",
            "search_settings",
            lambda c, s=setting, v=value: c.index(_UID).update_settings({s: v}),  # type: ignore[misc] # bound here
            "search_finds",
            "search_documents",
        )
    yield _plant(
        "index: another",
        "search_indexes",
        lambda c: c.create_index("spies", {"primaryKey": "id"}),
    )
    yield _plant(
        "search: of other attributes",
        "search_finds",
        lambda c: c.index(_UID).update_settings({"searchableAttributes": ["phone"]}),
        "search_settings",
    )
    for name in ("Default Search API Key", "Default Admin API Key"):
        yield _plant(
            f"key: {name} lost", "search_keys", _key(name), "search_finds", "search_documents"
        )
    yield _plant(
        "key: another",
        "search_keys",
        lambda c: c.create_key({"actions": ["*"], "indexes": ["*"], "expiresAt": None}),
    )


def _plant(name: str, check: str, act: Act, *also: str) -> Plant:
    return Plant(
        f"search {name}", "meilisearch", check, _searching(act), companions=also, needs=_NEEDS
    )


def _experiment(clone: Clone) -> None:
    client = clone.site.meilisearch.connect()
    client.http.patch("experimental-features", {"containsFilter": True})


_SERVER = Plant(
    "search server: an experiment",
    "meilisearch",
    "search_server",
    _experiment,
    needs=_NEEDS,
)

PLANTS = [*_plants(), _SERVER]
