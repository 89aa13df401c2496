"""The accounts of a store's ledger tables, from what was seen at the end of the drill."""

from harness.core.case import Case
from harness.core.history import store_of
from harness.observations.ledger_rows import LedgerRows
from harness.observations.streams import StreamRows
from harness.platform.accounting import Account, account


def accounts_of(case: Case, store: str) -> list[Account]:
    """Return an account of each ledger table of the store, in the order they were first written.

    Raises: Unread: the store was not read.
    """
    accounts: list[Account] = []
    for table in case.ledger.tables():
        if store_of(table) == store:
            scan = (
                case.after[StreamRows].scan
                if store == "nats"
                else case.after[LedgerRows].scans[table]
            )
            accounts.append(account(scan, case.ledger, case.history))
    return accounts
