"""The Made Open platform's own declaration."""

from harness.core.history import store_of
from harness.core.platform import LedgerTable, Platform
from harness.platform.rows import AUDIT_LOG, SOURCES

MADE_OPEN = Platform(
    "made-open",
    tables={
        table: LedgerTable(
            table, source.relation, is_append_only=source is AUDIT_LOG, is_numbered=True
        )
        for table, source in SOURCES.items()
        if store_of(table) == "postgres"
    },
)
"""The platform that comes along."""
