"""The accounts of the ledger tables, from what was seen at the end of the drill."""

from harness.core.case import Case
from harness.core.errors import Unread
from harness.core.history import store_of
from harness.observations.ledger_rows import LedgerRows
from harness.observations.streams import StreamRows
from harness.platform.accounting import Account, account
from harness.platform.numbers import Ranges
from harness.platform.own_code import sources
from harness.platform.scan import Scan

NAMED = ("lost", "gone", "altered", "duplicated", "reordered", "unexpected")
"""The kinds of rows that a finding names one and all."""


def account_of(case: Case, table: str) -> Account:
    """Return a table's account. Raises: Unread: it was not read, or only in part."""
    scans = _scans(case, store_of(table))
    if table not in scans:
        raise Unread(f"{table} was not read")
    return _account(case, scans[table])


def accounts_of(case: Case, store: str) -> list[Account]:
    """Return an account of each of the store's ledger tables that was written to or has rows.

    Those that were written to come first, in the order they were. Raises: Unread: the store was
    not read.
    """
    scans = _scans(case, store)
    written = [table for table in case.ledger.tables() if store_of(table) == store]
    others = [table for table, scan in scans.items() if scan.groups and table not in written]
    return [account_of(case, table) for table in (*written, *others)]


def require_none_to_look_at(case: Case, table: str) -> None:
    """Hold a look that met no row of a table to the ledger.

    Raises: Unread: rows are owed or present, so that it looked at nothing; or nobody can tell.
    """
    if not any(case.ledger.of(table)):
        return
    found = account_of(case, table)
    if rows := found.owed + len(found.survived) + len(found.recovered):
        noun = "row is" if rows == 1 else "rows are"
        raise Unread(f"{table}: none was looked at, though {rows:,} {noun} owed or present")


def named_rows(account: Account, kinds: tuple[str, ...] = NAMED) -> dict[str, Ranges]:
    """Return all rows of these kinds by their numbers; a kind without rows is left out."""
    ranges: dict[str, Ranges] = {kind: getattr(account, kind).ranges for kind in kinds}
    return {kind: found for kind, found in ranges.items() if found}


def _account(case: Case, scan: Scan) -> Account:
    # Many checks ask for the same account, which takes seconds where millions of rows differ.
    found = case.memo.get(scan.table)
    if not isinstance(found, Account):
        found = case.memo[scan.table] = account(
            scan, case.ledger, case.history, sources(case.platform)
        )
    return found


def _scans(case: Case, store: str) -> dict[str, Scan]:
    if store == "nats":
        scan = case.after[StreamRows].scan
        return {scan.table: scan}
    return case.after[LedgerRows].scans
