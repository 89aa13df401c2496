"""What the checks concluded together, and the gaps a person accepted by name."""

from dataclasses import dataclass, field

from harness.core.finding import Finding
from harness.core.verdict import Verdict

Size = tuple[int, int]
"""The least and the greatest of a count that is expected, both included."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the scenario expects: that all holds, or that exactly these checks fail.

    `sizes` says how much: check → count of its finding → the least and the greatest it may be. A
    check without sizes may fail by any amount.
    """

    fail: tuple[str, ...] = ()
    sizes: dict[str, dict[str, Size]] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether every check is expected to hold."""
        return not self.fail

    def __str__(self) -> str:
        return ", ".join(check + self._said(check) for check in self.fail) or "pass"

    def _said(self, check: str) -> str:
        sizes = self.sizes.get(check, {})
        said = ", ".join(f"{name} {ranged(size)}" for name, size in sizes.items())
        return f" ({said})" if said else ""


def ranged(size: Size) -> str:
    """Return a size as a scenario writes it: `500`, or `1..50`."""
    least, greatest = size
    return str(least) if least == greatest else f"{least}..{greatest}"


@dataclass(frozen=True, slots=True)
class Measured:
    """An objective against what was measured. `objective_seconds` is None where none was set;
    `seconds` is None where nothing could be measured.

    Of an RPO, `rows` counts the acknowledged rows that are gone, `owed_rows` those among them that
    the backup promised; `bound_seconds` is the longest loss that the schedule allows: the time
    between two backups and how long one takes, None where the scenario states no schedule.
    """

    name: str
    store: str
    objective_seconds: float | None
    seconds: float | None
    rows: int = 0
    owed_rows: int = 0
    bound_seconds: float | None = None

    @property
    def standing(self) -> str:
        """PASS, FAIL, UNVERIFIED, NOT JUDGED, or nothing where there is no objective."""
        allowed = self.objective_seconds
        if self.seconds is None:
            return Verdict.UNVERIFIED.value
        if allowed is None:
            return ""
        if self.seconds > allowed or self.owed_rows:
            return Verdict.FAIL.value
        if self.name == "RTO":
            return Verdict.PASS.value
        if self.bound_seconds is None:
            return NOT_JUDGED
        return (Verdict.PASS if self.bound_seconds <= allowed else Verdict.FAIL).value


NOT_JUDGED = "NOT JUDGED"
"""How an objective stands that the drill cannot speak of: a drill lasts seconds, an RPO hours."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of one drill and everything it rests on.

    `sentence` says the verdict in one line; `proviso` is what a PASS leaves open or expects, as in
    `1 store not verified`, and empty for a plain one. `skipped` and `not_applicable` map check ids
    to reasons; `waived` holds what the skipped checks would have said. `accepted` maps stores
    whose gap a person accepted to the reason given.
    """

    verdict: Verdict
    sentence: str
    findings: tuple[Finding, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    not_applicable: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)
    measured: tuple[Measured, ...] = ()
    proviso: str = ""
    waived: tuple[Finding, ...] = ()

    @property
    def word(self) -> str:
        """The verdict as it is shown everywhere: `PASS, 1 store not verified`."""
        return f"{self.verdict.value}, {self.proviso}" if self.proviso else self.verdict.value

    def standing(self, finding: Finding) -> str:
        """Return the word a report shows for a finding: its verdict, or ACCEPTED."""
        if finding.verdict is Verdict.UNVERIFIED and finding.store in self.accepted:
            return "ACCEPTED"
        return finding.verdict.value
