"""What PostgreSQL holds of the ledger's tables."""

from dataclasses import dataclass, field

from harness.core.finding import NamedKeys
from harness.platform.scan import Scan


@dataclass(slots=True)
class LedgerRows:
    """The ledger tables by name; `absent` names those that PostgreSQL does not have at all.

    `named` holds, of each table whose rows the server made, the keys of all rows that differ.
    """

    scans: dict[str, Scan] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    named: dict[str, NamedKeys] = field(default_factory=dict)
