"""What the tests of the cache tell of a drill, and how they have it judged."""

from ours import CHECKS, our_case

from harness.core.finding import Finding
from harness.core.history import Artefact, DisasterProof, History, Restoration
from harness.core.ledger import Ledger
from harness.core.observation import Observations

BACKED_UP = Artefact("nightly", "redis", "volume", "a", 1, 1, "", "tar", 1.0, 2.0)
RESTORED = Restoration("nightly", "redis", "volume", 2.0, 5.0, 6.0)
STRUCK = DisasterProof(
    "lose_volume", "redis", 3, 100, 0, 0, answered_after=False, begun_seconds=3.0, ended_seconds=4.0
)


def judged(check: str, history: History, *after: object, before: object = None) -> Finding:
    """Judge literal observations."""
    was, now = Observations(), Observations()
    if before is not None:
        was.put(before)
    for observation in after:
        now.put(observation)
    return CHECKS[check].judge(CHECKS[check], our_case(Ledger(7), history, was, now))
