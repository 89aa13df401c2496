"""What only Made Open has: credentials, cached contacts, a search over them."""

from harness.platforms.made_open.probes import (
    cache_freshness,
    cache_repopulates,
    credentials,
    search_documents,
)

PROBES = (
    credentials.PROBE,
    cache_freshness.PROBE,
    search_documents.PROBE,
    cache_repopulates.PROBE,
)
