"""Saved evidence is judged again as it was judged when the drill ended, without a server."""

from harness.core.case import Case
from harness.core.evidence import Evidence
from harness.core.judgement import Judgement
from harness.evidence_file import observations
from harness.judge import judge


def case_of(evidence: Evidence) -> Case:
    """Return the case that the drill's checks looked at."""
    return Case(
        ledger=evidence.ledger,
        history=evidence.history,
        before=observations(evidence.before),
        after=observations(evidence.after),
        objectives=evidence.scenario.objectives,
        missing=evidence.runtime.missing,
        failure=evidence.failure,
    )


def rejudge(evidence: Evidence) -> Judgement:
    """Run every check of this release on the evidence, with the gaps accepted in that run."""
    return judge(
        case_of(evidence),
        evidence.scenario.expectation,
        evidence.scenario.skip,
        evidence.judgement.accepted,
    )
