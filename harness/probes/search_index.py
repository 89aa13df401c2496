"""See the search engine's indexes with their settings, and its keys without their secrets."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from harness.kinds import Look, Probe
from harness.platform.search import declared_index

_DIGEST_DIGITS = 16
_KEYS_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class IndexSeen:
    """One index: the field that identifies a document, how many there are, and its settings."""

    primary_key: str | None
    documents: int
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeySeen:
    """One API key. Its secret is derived from the master key; `digest` is over that secret."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class SearchIndexes:
    """Indexes by uid and keys by uid; `declared` is the index as the application declares it."""

    declared: dict[str, Any]
    indexes: dict[str, IndexSeen] = field(default_factory=dict)
    keys: dict[str, KeySeen] = field(default_factory=dict)


def _observe(look: Look) -> SearchIndexes:
    store = look.site.meilisearch
    store.wait_idle()
    client = store.connect()
    indexes = {
        index.uid: IndexSeen(
            primary_key=index.primary_key,
            documents=index.get_stats().number_of_documents,
            settings=index.get_settings(),
        )
        for index in client.get_indexes({"limit": _KEYS_AT_MOST})["results"]
    }
    keys = {
        key.uid: KeySeen(key.name or "", sha256(key.key.encode()).hexdigest()[:_DIGEST_DIGITS])
        for key in client.get_keys({"limit": _KEYS_AT_MOST}).results
    }
    return SearchIndexes(declared_index(), indexes, keys)


PROBE = Probe("search_index", "meilisearch", SearchIndexes, at_backup=True, observe=_observe)
