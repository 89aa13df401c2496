"""Named points that a step comes to on its way, told by whoever carries it out.

What is to happen there happens while the step waits, so that it is certain to be in the middle of
it: no clock has to be hit.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from harness.core.errors import DrillError

FIRST_BYTE = "first_byte"
HALF = "half"
EMPTIED = "emptied"
LAST_TABLE = "last_table"
RECOVERY_BEGUN = "recovery_begun"
HALF_UPLOADED = "half_uploaded"

POINTS = {
    FIRST_BYTE: "the first byte of the artefact is there",
    HALF: "half of the artefact is there, or half of the rows were tried",
    HALF_UPLOADED: "half of the backup's files are off the machine",
    EMPTIED: "the restore has emptied the volume and put nothing in it yet",
    LAST_TABLE: "the restore has come to the rows of the last table",
    RECOVERY_BEGUN: "the server has begun to recover from the kept log",
}
"""Every point, and what has happened when it is reached."""


class BrokenOff(DrillError):
    """The step was ended where it stood, by the scenario."""


def _nothing() -> None:
    """Wait for nothing."""


@dataclass(slots=True)
class Points:
    """What waits for which point of the step that is being played. `whole_bytes` is how much an
    artefact will come to, as far as that was found out before. `before_the_end` is called by a step
    that goes on meanwhile, when only its last part is left.
    """

    awaited: str = ""
    whole_bytes: int = 0
    before_the_end: Callable[[], None] = _nothing
    _act: Callable[[], None] | None = None
    _once: Lock = field(default_factory=Lock)

    def wait_for(self, point: str, act: Callable[[], None]) -> None:
        """Do something where the step reaches a point, once."""
        self.awaited, self._act = point, act

    def forget(self) -> None:
        """Wait for nothing any more."""
        self.awaited, self._act, self.whole_bytes = "", None, 0
        self.before_the_end = _nothing

    def reached(self, point: str) -> None:
        """Tell that the step has come to a point, and let happen what waits for it.

        Raises: BrokenOff: the step is to end here.
        """
        if point != self.awaited:
            return
        with self._once:
            act, self._act = self._act, None
        if act is not None:
            act()
