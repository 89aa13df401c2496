"""See the search engine's indexes with settings and documents, its keys without their secrets, and
what else is set up in it.
"""

import json
from collections.abc import Container, Iterator
from hashlib import sha256
from typing import Any

from harness.kinds import Look, Probe
from harness.observations.search import IndexSeen, KeySeen, SearchIndexes
from harness.platform.indexes import declared_indexes
from harness.stores.meilisearch import DOCUMENTS_A_PAGE, MeilisearchStore

EXEMPT_OF_KEYS = {
    "key": "a secret; its digest is compared",
    "uid": "it names the key, and so is compared",
    "createdAt": "when, not what",
    "updatedAt": "when, not what",
}
"""What of an API key is not compared as it is, and why."""

EXEMPT_OF_NETWORK = {
    "version": "drawn anew whenever the network is written, at an import too",
    "status": "whether a remote answers now",
}
"""What of the network and its remotes is not compared, and why."""

_DIGEST_DIGITS = 16
_RULES_AT_MOST = 10_000


def _observe(look: Look) -> SearchIndexes:
    store = look.site.meilisearch
    store.wait_idle()
    # An index that follows from rows is compared with them; any other is looked at whole.
    platform = look.site.platform
    indexes_of = declared_indexes(platform.indexes) if platform.rebuilt else []
    declared = next((i for i in indexes_of if i["uid"] == platform.rebuilt), {"uid": ""})
    indexes = {
        told["uid"]: _index(store, told, has_rows=told["uid"] == declared["uid"])
        for page in store.all("indexes")
        for told in page
    }
    # The secret follows from the master key, which is the drill's own.
    has_secret = not look.site.platform.is_adopted
    keys = {
        told["uid"]: _key(told, has_secret=has_secret)
        for page in store.all("keys")
        for told in page
    }
    return SearchIndexes(declared, indexes, keys, dict(_set_up(store)))


def _index(store: MeilisearchStore, told: dict[str, Any], *, has_rows: bool) -> IndexSeen:
    path = f"indexes/{told['uid']}"
    settings = store.connect().http.get(f"{path}/settings")
    # How texts become vectors may hold a password of whoever makes them.
    embedders = {name: _digest(how) for name, how in (settings.get("embedders") or {}).items()}
    vectors = {"retrieveVectors": "true"} if embedders else {}
    documents, total = 0, 0
    if has_rows:
        documents = store.count(told["uid"])
    else:
        for page in store.all(f"{path}/documents", DOCUMENTS_A_PAGE, **vectors):
            documents += len(page)
            # A sum, because an index that came back may have another order.
            total += sum(int(_digest(document), 16) for document in page)
    return IndexSeen(
        primary_key=told["primaryKey"],
        documents=documents,
        settings=settings | {"embedders": embedders},
        digest="" if has_rows else f"{total:x}",
    )


def _key(told: dict[str, Any], *, has_secret: bool) -> KeySeen:
    digest = sha256(told["key"].encode()).hexdigest()[:_DIGEST_DIGITS] if has_secret else ""
    return KeySeen(told["name"] or "", digest, _without(told, EXEMPT_OF_KEYS))


def _set_up(store: MeilisearchStore) -> Iterator[tuple[str, str]]:
    """Yield the names of what is set up for the whole engine, each with what it is."""
    for feature, is_on in (store.ask("experimental-features") or {}).items():
        if is_on:
            yield f"experiment {feature}", "on"
    network = store.ask("network")
    if network:
        remotes = {
            name: _without(remote, EXEMPT_OF_NETWORK) for name, remote in network["remotes"].items()
        }
        yield "network", _digest(_without(network, EXEMPT_OF_NETWORK) | {"remotes": remotes})
    # Their addresses and headers may hold passwords.
    for webhook in (store.ask("webhooks") or {"results": []})["results"]:
        yield f"webhook {webhook['uuid']}", _digest(webhook)
    if store.ask("chats"):
        for page in store.all("chats"):
            for chat in page:
                settings = store.ask(f"chats/{chat['uid']}/settings")
                yield f"chat {chat['uid']}", _digest(settings)
    rules = store.ask("dynamic-search-rules", {"limit": _RULES_AT_MOST})
    for rule in (rules or {"results": []})["results"]:
        yield f"rule {rule['uid']}", _digest(rule)


def _without(told: dict[str, Any], exempt: Container[str]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in exempt}


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[: 2 * _DIGEST_DIGITS]


PROBE = Probe("search_index", "meilisearch", SearchIndexes, at_backup=True, observe=_observe)
