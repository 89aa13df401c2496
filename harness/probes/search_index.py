"""See the search engine's indexes with their settings, and its keys without their secrets."""

from hashlib import sha256

from harness.kinds import Look, Probe
from harness.observations.search import IndexSeen, KeySeen, SearchIndexes
from harness.platform.search import declared_index

_DIGEST_DIGITS = 16
_KEYS_AT_MOST = 1_000


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
