"""Compare every document of the search index with its row, and search for a known contact."""

from meilisearch.errors import MeilisearchApiError

from harness.kinds import Look, Probe
from harness.observations.search import SEARCH_KEY
from harness.platforms.made_open.contacts import Connection, Contact, read
from harness.platforms.made_open.observations import SearchDocuments
from harness.platforms.made_open.search import UID, Document, canary_query, document
from harness.stores.meilisearch import MeilisearchStore


def _observe(look: Look) -> SearchDocuments:
    seen = SearchDocuments()
    store = look.site.meilisearch
    store.wait_idle()
    indexed: set[int] = set()
    with look.site.postgres.connect() as database:
        if store.count(UID):
            for page in store.pages(UID):
                indexed.update(_compare(seen, page, database))
        for contact in read(database):
            seen.rows += 1
            if seen.rows == 1:
                seen.canary = _number(contact)
                seen.found = _search(store, contact)
            if _number(contact) not in indexed:
                seen.missing.add(_number(contact))
    return seen


def _compare(seen: SearchDocuments, page: list[Document], database: Connection) -> list[int]:
    """Compare a page with its rows; return the numbers it holds."""
    by_number: dict[int, Document] = {}
    for found in page:
        seen.documents += 1
        try:
            by_number[_number(found)] = found
        except ValueError:
            seen.strange.append(str(found["number"]))
    numbers = list(by_number)
    rows = {_number(contact): contact for contact in read(database, numbers=numbers)}
    for number, found in by_number.items():
        row = rows.get(number)
        if row is None:
            seen.extra.add(number)
        elif int(str(found.get("version", 0))) > int(str(row["version"])):
            seen.newer.add(number)
        elif found != document(row):
            seen.altered.add(number)
    return numbers


def _search(store: MeilisearchStore, contact: Contact) -> list[int]:
    keys = store.connect().get_keys({"limit": 1000}).results
    search_key = next((key.key for key in keys if key.name == SEARCH_KEY), "")
    index = store.connect(search_key).index(UID)
    try:
        hits = index.search(canary_query(contact))["hits"]
    except MeilisearchApiError as error:
        if error.code != "index_not_found":
            raise
        return []
    return [int(hit["number"]) for hit in hits]


def _number(values: Contact | Document) -> int:
    return int(str(values["number"]))


PROBE = Probe(
    "search_documents",
    "meilisearch",
    SearchDocuments,
    at_backup=False,
    observe=_observe,
    beside=("postgres",),
)
