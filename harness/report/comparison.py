"""Two runs of the same drills are compared: what one found that the other did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import evidence_file
from harness.core import writing
from harness.core.errors import DrillError, UsageError
from harness.core.evidence import Evidence
from harness.core.judgement import Judgement
from harness.core.verdict import Verdict
from harness.report.named_rows import altered_files
from harness.report.rejudge import rejudge

MEASURED = frozenset(
    {
        "rto",
        "rpo",
        "cache_server",
        "disaster_proven",
        "schema_extension_members",
        "server_access_rules",
        "server_builtins",
        "server_settings",
    }
)
"""Checks whose words tell times, or how many files, rules, settings or functions a server brings:
these differ from one machine to the next, so that only the verdict is compared.
"""

VERDICT = "verdict"
NOT_MADE, NOT_PLAYED = "not made", "not played"
EVIDENCE = "evidence.json"
_VERIFIED = (Verdict.PASS.value, Verdict.FAIL.value)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a check of a scenario found in the one run and in the other, in the reports' words."""

    scenario: str
    check: str
    before: str
    after: str


def load_run(directory: Path) -> dict[str, Evidence]:
    """Return the evidence of a run's folder by scenario, judged again.

    Raises: UsageError: there is none. DrillError: a file beside it, which names rows, is not that
    of the drill.
    """
    try:
        files = sorted(directory.glob(f"*/{EVIDENCE}"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{writing.shown(directory)}: {writing.reason(error)}") from None
    if not files:
        raise UsageError(
            f"{writing.shown(directory)}: no drill left its evidence here",
            "Name the folder of a run, as in reports/20261122T020000Z-1f3a.",
        )
    run = {file.parent.name: rejudge(evidence_file.load(file)).evidence for file in files}
    for slug, evidence in run.items():
        for wrong in altered_files(evidence.judgement, directory / slug):
            raise DrillError(wrong, "Take it from where the drill was run.")
    return run


def compare(before: Mapping[str, Evidence], after: Mapping[str, Evidence]) -> list[Difference]:
    """Return every difference, scenario by scenario; a drill of one run only is one too."""
    found: list[Difference] = []
    for slug in sorted({*before, *after}):
        one = _found(before[slug].judgement) if slug in before else {VERDICT: NOT_PLAYED}
        other = _found(after[slug].judgement) if slug in after else {VERDICT: NOT_PLAYED}
        played = slug in before and slug in after
        found += [
            Difference(slug, what, one.get(what, NOT_MADE), other.get(what, NOT_MADE))
            for what in (dict.fromkeys([*one, *other]) if played else [VERDICT])
            if one.get(what) != other.get(what)
        ]
    return found


def verified_in_both(differences: list[Difference]) -> list[Difference]:
    """Return the differences between what both runs verified: a PASS and a FAIL, or two others."""
    return [
        found
        for found in differences
        if all(said.startswith(_VERIFIED) for said in (found.before, found.after))
    ]


def count_verified_in_both(before: Mapping[str, Evidence], after: Mapping[str, Evidence]) -> int:
    """Return how many checks both runs verified; without one there is nothing to compare."""
    return sum(
        said.startswith(_VERIFIED) and other.get(check, NOT_MADE).startswith(_VERIFIED)
        for slug in before.keys() & after.keys()
        for other in [_found(after[slug].judgement)]
        for check, said in _found(before[slug].judgement).items()
        if check != VERDICT
    )


def _found(judgement: Judgement) -> dict[str, str]:
    said = {VERDICT: judgement.word}
    for finding in judgement.findings:
        words = "" if finding.check in MEASURED else f" {finding.summary}"
        said[finding.check] = judgement.standing(finding) + words
    said |= {f.check: f"waived: {f.verdict} {f.summary}" for f in judgement.waived}
    return said | {
        check: f"does not apply: {why}" for check, why in judgement.not_applicable.items()
    }
