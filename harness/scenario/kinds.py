"""The kinds a scenario can name: what is installed, or what a test hands in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.core.check import Check
from harness.core.history import store_of
from harness.core.platform import Platform
from harness.core.points import POINTS
from harness.core.ports import STORES
from harness.kinds import BackupMethod, Fault, OffSite
from harness.scenario.problem import shown, unknown


def _made_open() -> Platform:
    # It is read by a form that is checked with kinds.
    from harness.scenario.platform_file import made_open  # noqa: PLC0415 - see above

    return made_open()


@dataclass(frozen=True, slots=True)
class Kinds:
    """Backup methods, faults, checks and places off the machine by id; the ids of the scenario's
    `own` checks; the platform; and the folder from which files are named.
    """

    methods: Mapping[str, BackupMethod]
    faults: Mapping[str, Fault]
    checks: Mapping[str, Check]
    offsite: Mapping[str, OffSite]
    folder: Path = Path()
    platform: Platform = field(default_factory=_made_open)
    own: tuple[str, ...] = ()

    @classmethod
    def installed(cls) -> "Kinds":
        """Return the kinds of this harness."""
        # Imported here: reading a scenario with kinds of one's own needs none of them.
        from harness.backups import METHODS  # noqa: PLC0415 - see above
        from harness.checks import checks_of  # noqa: PLC0415 - see above
        from harness.faults import FAULTS  # noqa: PLC0415 - see above
        from harness.offsite import OFFSITE  # noqa: PLC0415 - see above

        return cls(METHODS, FAULTS, checks_of(_made_open()), OFFSITE)

    def on(self, platform: Platform) -> "Kinds":
        """Return the kinds for drills on a platform, with the checks that it calls for."""
        from harness.checks import checks_of  # noqa: PLC0415 - as above

        return replace(self, platform=platform, checks=checks_of(platform))

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the platform's ledger tables, in the order they are filled."""
        return (*self.platform.tables, *(["events"] if self.platform.events else []))

    @property
    def ledger_stores(self) -> tuple[str, ...]:
        """The stores that hold acknowledged writes; the others are rebuilt from them."""
        return tuple(s for s in self.platform.stores if s in set(map(store_of, self.tables)))

    def methods_for(self, store: str) -> tuple[str, ...]:
        """Return the ids of the methods that can back up a store."""
        return tuple(id_ for id_, method in self.methods.items() if store in method.stores)

    def valid(self, noun: str) -> tuple[str, ...]:
        """Return the ids that a noun can take: `store`, `ledger_store`, `migration`, `fault`,
        `point`, `check` or `offsite`.
        """
        return {
            "store": self.platform.stores,
            "migration": tuple(self.platform.migrations),
            "ledger_store": self.ledger_stores,
            "fault": tuple(self.faults),
            "point": tuple(POINTS),
            "check": (*self.checks, *self.own),
            "offsite": tuple(self.offsite),
        }[noun]

    def _no_scripts(self, value: object) -> str | None:
        """Return why a value names no SQL files, or None where it does."""
        path = self.folder / str(value)
        try:
            if path.is_file() or (path.is_dir() and any(path.glob("*.sql"))):
                return None
        except (OSError, ValueError):
            pass
        return (
            f"{shown(value)} is no SQL file and no folder of any. Name it by its path from the"
            " scenario's folder"
        )

    def refusal(self, noun: str, value: object) -> str | None:
        """Return why a value cannot be this noun, or None when it can."""
        valid = self.valid(noun)
        if value in valid:
            return None
        if noun == "migration" and (said := self._no_scripts(value)):
            return f"{unknown(value, valid)}, or {said}" if valid else said
        if noun == "migration":
            return None
        if value in STORES and value not in self.platform.stores:
            return f"{self.platform.name} has no {value}. Valid: {', '.join(valid)}"
        if noun == "ledger_store" and value in STORES:
            return (
                f"{value} keeps no acknowledged writes, it is rebuilt from the stores that do."
                f" Valid: {', '.join(valid)}"
            )
        return unknown(value, valid)
