"""What the checks concluded together, and the gaps a person accepted by name."""

from dataclasses import dataclass, field

from harness.core.finding import Finding
from harness.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the scenario expects: that all holds, or that exactly these checks fail."""

    fail: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether every check is expected to hold."""
        return not self.fail


@dataclass(frozen=True, slots=True)
class Measured:
    """An objective against what was measured. `objective_seconds` is None where none was set;
    `seconds` is None where nothing could be measured, and `rows` counts missing rows (RPA only).
    """

    name: str
    store: str
    objective_seconds: float | None
    seconds: float | None
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of one drill and everything it rests on.

    `skipped` and `not_applicable` map check ids to reasons; `accepted` maps stores whose gap a
    person accepted to the reason given. `sentence` says the verdict in one line.
    """

    verdict: Verdict
    sentence: str
    findings: tuple[Finding, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    not_applicable: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)
    measured: tuple[Measured, ...] = ()

    def standing(self, finding: Finding) -> str:
        """Return the word a report shows for a finding: its verdict, or ACCEPTED."""
        if finding.verdict is Verdict.UNVERIFIED and finding.store in self.accepted:
            return "ACCEPTED"
        return finding.verdict.value
