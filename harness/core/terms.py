"""What a scenario demands of its judge."""

from dataclasses import dataclass, field

from harness.core.case import Objectives
from harness.core.judgement import Expectation
from harness.core.own_check import OwnCheck


@dataclass(frozen=True, slots=True)
class Terms:
    """What must fail, what is demanded, which checks are left out and why, and the `subjects`:
    the stores that the scenario is about. Without one of them nothing that it is for was shown.
    `until` has the last day of what is not left out for ever; `own` are the checks that the
    scenario brings.
    """

    expectation: Expectation = field(default_factory=Expectation)
    objectives: Objectives = field(default_factory=Objectives)
    skip: dict[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    until: dict[str, str] = field(default_factory=dict)
    own: tuple[OwnCheck, ...] = ()

    def expired(self, day: str) -> dict[str, str]:
        """Return the checks that are no longer left out on a day, each with what was said of it;
        none where no day is given.
        """
        return {check: self.skip[check] for check, last in self.until.items() if day > last}
