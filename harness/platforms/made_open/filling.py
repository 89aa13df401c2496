"""What fills Made Open beside its rows: the cache, the key in the hub's volume, documents."""

from harness.platforms.made_open import cache, search, vault
from harness.platforms.made_open.rows import CONTACTS
from harness.site import Site


def fill(site: Site) -> None:
    """Fill the cache from the seeded rows, and put the vault's key where the hub finds it."""
    if "redis" in site.present:
        with site.postgres.connect() as connection:
            site.redis.seed(cache.entries(connection, site.ledger.random))
    if "hub" in site.present:
        site.service("hub").volume.write(vault.KEY_FILE, vault.key(site.ledger.random))


def written(site: Site, table: str, first: int) -> None:
    """Index the contacts from number `first` on, as the application would."""
    if table != CONTACTS.table:
        return
    with site.postgres.connect() as connection:
        documents = list(search.documents(connection, first))
    if documents:
        site.meilisearch.add_documents(search.UID, documents)
