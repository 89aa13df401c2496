"""The case a check judges: what was promised, what happened, what was seen before and after."""

from dataclasses import dataclass, field

from harness.core.history import History
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.platform import Platform


class NotApplicable(Exception):
    """This check has nothing to judge in this drill; the message says why, for the report."""


@dataclass(frozen=True, slots=True)
class Objectives:
    """What the scenario demands, in seconds; an absent store has no RPO objective.

    `every_seconds` maps backups to the time between two of them; one without a schedule is absent.
    `proof_seconds` is how long a PASS proves something, None where the scenario does not say.
    `age_seconds` is how old a backup may be that was taken elsewhere.
    """

    rto_seconds: float | None = None
    rpo_seconds: dict[str, float] = field(default_factory=dict)
    every_seconds: dict[str, float] = field(default_factory=dict)
    proof_seconds: float | None = None
    age_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a check may look at; all of it is in `evidence.json`.

    `before` holds, for each store, what was observed at its last restored backup (or at its last
    backup when nothing was restored); `after` holds what was observed at the end. `missing` maps
    the stores that could not run to the reason. `failure` says why the drill was not played to its
    end, if it was not; `spoiled` what the machine did that whatever went wrong may have come from,
    so that nothing of it is the platform's fault. `platform` is what was drilled.
    `memo` keeps what several checks work out of the same case.
    """

    ledger: Ledger
    history: History
    before: Observations
    after: Observations
    objectives: Objectives = field(default_factory=Objectives)
    missing: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    spoiled: str = ""
    platform: Platform = field(default_factory=lambda: Platform("made-open"))
    memo: dict[str, object] = field(init=False, default_factory=dict, compare=False, repr=False)
