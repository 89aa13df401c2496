"""What is heard of a suite while it is played."""

from dataclasses import dataclass

from harness.report.telling import Told


@dataclass(frozen=True, slots=True)
class Ended:
    """How a drill ended, which is an item `name` of pytest's: `told` is None where it could not be
    played, and `reason` says what pytest does of one that did not pass.
    """

    slug: str
    name: str
    told: Told | None
    reason: str = ""


class Listener:
    """Hears of a suite, in the process that conducts it, and overrides what it cares for.

    What a drill does is heard only of those that this very process plays.
    """

    def refused(self, reason: str) -> None:
        """Hear of a file that is no scenario."""

    def begun(self, name: str) -> None:
        """Hear that a drill begins, by the path of its scenario."""

    def phase(self, title: str) -> None:
        """Hear what the drill does now; said again, it is the same phase."""

    def advance(self, done: int, total: int) -> None:
        """Hear how far the present phase has come, in rows."""

    def ended(self, ended: Ended) -> None:
        """Hear how a drill ended."""

    def closed(self) -> None:
        """Hear that all drills have ended."""
