"""Saved evidence is judged again without a server, to the same verdict."""

from dataclasses import replace
from pathlib import Path

import evidence_samples
import pytest

from harness.core.evidence import Evidence
from harness.core.judgement import Judgement
from harness.core.verdict import Verdict
from harness.evidence_file import load, save
from harness.judge import judge
from harness.report.rejudge import case_of, rejudge


def _judged(evidence: Evidence) -> Judgement:
    return judge(
        case_of(evidence),
        evidence.scenario.expectation,
        evidence.scenario.skip,
        evidence.judgement.accepted,
    )


@pytest.mark.parametrize("sample", evidence_samples.ALL)
def test_saved_evidence_is_judged_alike(sample: str, tmp_path: Path) -> None:
    """The verdict and every finding are the same after the evidence was saved and loaded."""
    evidence = evidence_samples.ALL[sample]()
    judged = replace(evidence, judgement=_judged(evidence))
    save(judged, tmp_path / "evidence.json")
    assert judged.judgement == rejudge(load(tmp_path / "evidence.json"))


def test_a_lost_row_is_found_again() -> None:
    """The judgement comes from the observations, not from what was concluded before."""
    evidence = evidence_samples.failing()
    forged = replace(
        evidence, judgement=Judgement(Verdict.PASS, "all checks made hold", findings=())
    )
    judgement = rejudge(forged)
    assert Verdict.FAIL == judgement.verdict
    assert any(
        finding.verdict is Verdict.FAIL and "17, 4711, 9999" in finding.summary
        for finding in judgement.findings
    )
