"""What Made Open's own probes return."""

from dataclasses import dataclass, field

from harness.core.finding import EXAMPLES_AT_MOST


@dataclass(frozen=True, slots=True)
class Credentials:
    """Numbers of the credentials that were tried, in ascending order.

    `tried` counts those that the ledger knows. `unopened`: the key does not open them, or there
    is no key. `wrong`: they open to another secret than was sealed.
    """

    key_present: bool
    tried: int
    unopened: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)


@dataclass(slots=True)
class CacheFreshness:
    """Cached contacts against their rows. Each list holds keys, in order.

    `newer`: of a later version than the row. `gone`: there is no such row. `altered`: of the
    row's version with other contents. `unreadable`: no contact at all. `behind` counts entries of
    an earlier version, which a cache may serve until they expire.
    """

    contacts: int = 0
    behind: int = 0
    newer: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class CacheRepopulates:
    """What happened to contacts that exist and were not cached, or were taken out of the cache for
    it; each list holds keys. `contacts` counts those of PostgreSQL; None: it was not counted.
    `reads_contacts` is false of a hub other than the reference one that knew none.

    `unanswered`: the hub knows no such contact. `not_read`: the first answer did not come from
    PostgreSQL. `not_cached`: the entry was not in the cache afterwards. `differing`: the entry or
    an answer is not the row. `everlasting`: the entry never expires. `not_served`: the second
    answer did not come from the cache.
    """

    asked: int = 0
    unanswered: list[str] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    not_cached: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    everlasting: list[str] = field(default_factory=list)
    not_served: list[str] = field(default_factory=list)
    contacts: int | None = None
    reads_contacts: bool = True


@dataclass(slots=True)
class Numbers:
    """Contact numbers: how many, and the first few of them."""

    count: int = 0
    examples: list[int] = field(default_factory=list)

    def add(self, number: int) -> None:
        """Count one more."""
        self.count += 1
        if len(self.examples) < EXAMPLES_AT_MOST:
            self.examples.append(number)


@dataclass(slots=True)
class SearchDocuments:
    """Documents against rows. `missing`: a row without a document. `altered`: a document that is
    not what its row makes. `newer`: altered, of a later version than the row. `extra`: a document
    without a row; `strange` are the keys of those that are no contact's number. `canary` is the
    contact searched for with the search key, None where there is no contact; `found` are the
    numbers that the search returned.
    """

    rows: int = 0
    documents: int = 0
    missing: Numbers = field(default_factory=Numbers)
    altered: Numbers = field(default_factory=Numbers)
    newer: Numbers = field(default_factory=Numbers)
    extra: Numbers = field(default_factory=Numbers)
    strange: list[str] = field(default_factory=list)
    canary: int | None = None
    found: list[int] = field(default_factory=list)


OBSERVATIONS = (
    ("credentials", Credentials),
    ("cache_freshness", CacheFreshness),
    ("cache_repopulates", CacheRepopulates),
    ("search_documents", SearchDocuments),
)
"""By the id of the probe that makes each."""
