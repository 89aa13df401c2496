"""The kinds a scenario can name: what is installed, or what a test hands in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core.check import Check
from harness.core.history import store_of
from harness.core.ports import STORES
from harness.kinds import BackupMethod, Fault, OffSite
from harness.platform.rows import SOURCES
from harness.scenario.problem import unknown
from harness.stores.postgres import MIGRATIONS

LEDGER_STORES = tuple(store for store in STORES if store in set(map(store_of, SOURCES)))
"""The stores that hold acknowledged writes; the others are rebuilt from them."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Backup methods, faults, checks and places off the machine by id; and the folder from which
    files are named.
    """

    methods: Mapping[str, BackupMethod]
    faults: Mapping[str, Fault]
    checks: Mapping[str, Check]
    offsite: Mapping[str, OffSite]
    folder: Path = Path()

    @classmethod
    def installed(cls) -> "Kinds":
        """Return the kinds of this harness."""
        # Imported here: reading a scenario with kinds of one's own needs none of them.
        from harness.backups import METHODS  # noqa: PLC0415 - see above
        from harness.checks import CHECKS  # noqa: PLC0415 - see above
        from harness.faults import FAULTS  # noqa: PLC0415 - see above
        from harness.offsite import OFFSITE  # noqa: PLC0415 - see above

        return cls(METHODS, FAULTS, CHECKS, OFFSITE)

    def methods_for(self, store: str) -> tuple[str, ...]:
        """Return the ids of the methods that can back up a store."""
        return tuple(id_ for id_, method in self.methods.items() if store in method.stores)

    def valid(self, noun: str) -> tuple[str, ...]:
        """Return the ids that a noun can take: `store`, `ledger_store`, `migration`, `fault`,
        `check` or `offsite`.
        """
        return {
            "store": STORES,
            "migration": MIGRATIONS,
            "ledger_store": LEDGER_STORES,
            "fault": tuple(self.faults),
            "check": tuple(self.checks),
            "offsite": tuple(self.offsite),
        }[noun]

    def refusal(self, noun: str, value: object) -> str | None:
        """Return why a value cannot be this noun, or None when it can."""
        valid = self.valid(noun)
        if value in valid:
            return None
        if noun == "ledger_store" and value in STORES:
            return (
                f"{value} keeps no acknowledged writes, it is rebuilt from the stores that do."
                f" Valid: {', '.join(valid)}"
            )
        return unknown(value, valid)
