"""What the search engine holds, how it agrees with PostgreSQL, and whether it finds."""

from dataclasses import dataclass, field
from typing import Any

SEARCH_KEY = "Default Search API Key"
"""The key that Meilisearch makes for what only searches."""


@dataclass(frozen=True, slots=True)
class IndexSeen:
    """One index: the field that identifies a document, how many there are, and its settings, those
    of embedders as digests. `digest` is over all documents, in whatever order; it is empty where
    each is compared with its row, and where an older release did not look.
    """

    primary_key: str | None
    documents: int
    settings: dict[str, Any]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class KeySeen:
    """One API key. Its secret is derived from the master key; `digest` is over that secret.
    `fields` is the rest: what it may do, until when; empty where an older release did not look.
    """

    name: str
    digest: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchIndexes:
    """Indexes by uid and keys by uid; `declared` is the index as the application declares it.

    `set_up` is what is set up for the whole engine, by kind and name: experiments that are on, and
    digests of webhooks, network, chats and rules. None where an older release did not look.
    """

    declared: dict[str, Any]
    indexes: dict[str, IndexSeen] = field(default_factory=dict)
    keys: dict[str, KeySeen] = field(default_factory=dict)
    set_up: dict[str, str] | None = None
