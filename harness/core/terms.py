"""What a scenario demands of its judge."""

from dataclasses import dataclass, field

from harness.core.case import Objectives
from harness.core.judgement import Expectation


@dataclass(frozen=True, slots=True)
class Terms:
    """What must fail, what is demanded, which checks are left out and why, and the `subjects`:
    the stores that the scenario is about. Without one of them nothing that it is for was shown.
    """

    expectation: Expectation = field(default_factory=Expectation)
    objectives: Objectives = field(default_factory=Objectives)
    skip: dict[str, str] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
