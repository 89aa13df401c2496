"""What PostgreSQL holds of the ledger's tables."""

from dataclasses import dataclass, field

from harness.platform.scan import Scan


@dataclass(frozen=True, slots=True)
class LedgerRows:
    """The ledger tables by name; `absent` names those that PostgreSQL does not have at all."""

    scans: dict[str, Scan] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
