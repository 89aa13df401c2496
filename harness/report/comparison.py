"""Two runs of the same drills are compared: what one found that the other did not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import evidence_file
from harness.core.errors import UsageError
from harness.core.evidence import Evidence
from harness.core.judgement import Judgement

MEASURED = frozenset({"rto", "rpo", "disaster_proven"})
"""Checks whose words tell times, or how many files a server keeps: these always differ, so that
only the verdict is compared.
"""

NOT_MADE = "not made"
EVIDENCE = "evidence.json"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a check of a scenario found in the one run and in the other, in the reports' words."""

    scenario: str
    check: str
    before: str
    after: str


def load_run(directory: Path) -> dict[str, Evidence]:
    """Return the evidence of a run's folder by scenario. Raises: UsageError: there is none."""
    files = sorted(directory.glob(f"*/{EVIDENCE}"))
    if not files:
        raise UsageError(
            f"{directory}: no drill left its evidence here",
            "Name the folder of a run, as in reports/20261122T020000Z-1f3a.",
        )
    return {file.parent.name: evidence_file.load(file) for file in files}


def compare(before: Mapping[str, Evidence], after: Mapping[str, Evidence]) -> list[Difference]:
    """Return every difference, scenario by scenario; a drill of one run only is one too."""
    found: list[Difference] = []
    for slug in sorted({*before, *after}):
        if slug in before and slug in after:
            found += _of_scenario(slug, before[slug].judgement, after[slug].judgement)
        else:
            verdicts = [
                run[slug].judgement.verdict.value if slug in run else "not played"
                for run in (before, after)
            ]
            found.append(Difference(slug, "verdict", *verdicts))
    return found


def _of_scenario(slug: str, before: Judgement, after: Judgement) -> Iterator[Difference]:
    if before.verdict is not after.verdict:
        yield Difference(slug, "verdict", before.verdict.value, after.verdict.value)
    one, other = _found(before), _found(after)
    for check in dict.fromkeys([*one, *other]):
        was, is_ = one.get(check, NOT_MADE), other.get(check, NOT_MADE)
        if was != is_:
            yield Difference(slug, check, was, is_)


def _found(judgement: Judgement) -> dict[str, str]:
    said = {
        finding.check: judgement.standing(finding)
        + ("" if finding.check in MEASURED else f" {finding.summary}")
        for finding in judgement.findings
    }
    said |= {check: f"skipped: {reason}" for check, reason in judgement.skipped.items()}
    return said | {
        check: f"does not apply: {why}" for check, why in judgement.not_applicable.items()
    }
