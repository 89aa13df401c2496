"""Two runs differ where a check found something else, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import evidence_samples
import pytest

from harness.core.errors import UsageError
from harness.core.evidence import Evidence
from harness.core.finding import Finding
from harness.core.verdict import Verdict
from harness.evidence_file import save
from harness.report.comparison import (
    MEASURED,
    NOT_MADE,
    Difference,
    compare,
    count_verified_in_both,
    load_run,
    verified_in_both,
)
from harness.report.rejudge import rejudge


def _with(evidence: Evidence, *findings: Finding) -> Evidence:
    """Return the evidence with findings in place of those of the same checks."""
    new = {finding.check: finding for finding in findings}
    kept = tuple(f for f in evidence.judgement.findings if f.check not in new)
    judgement = replace(evidence.judgement, findings=(*kept, *findings))
    return replace(evidence, judgement=judgement)


def test_a_run_is_like_itself_after_it_was_saved(tmp_path: Path) -> None:
    """Every sample, failing ones too, comes back from its file without a difference."""
    played = {name: sample() for name, sample in evidence_samples.ALL.items()}
    for name, evidence in played.items():
        (tmp_path / name).mkdir()
        save(evidence, tmp_path / name / "evidence.json")
    again = {name: rejudge(evidence).evidence for name, evidence in played.items()}
    assert compare(again, load_run(tmp_path)) == []


@pytest.mark.parametrize("check", sorted(MEASURED))
def test_other_times_and_other_numbers_of_files_are_no_difference(check: str) -> None:
    """What depends on the machine is compared by its verdict alone."""
    clean = _with(evidence_samples.clean(), Finding(check, "platform", Verdict.PASS, "these words"))
    slower = _with(clean, Finding(check, "platform", Verdict.PASS, "other words"))
    failed = _with(clean, Finding(check, "platform", Verdict.FAIL, "other words"))
    assert compare({"a": clean}, {"a": slower}) == []
    assert compare({"a": clean}, {"a": failed}) == [Difference("a", check, "PASS", "FAIL")]


def test_what_one_run_found_and_the_other_did_not_is_told_in_its_words() -> None:
    """The verdict of the drill and the words of each check that differs."""
    clean, failing = evidence_samples.clean(), evidence_samples.failing()
    was = {f.check: f"{f.verdict} {f.summary}" for f in clean.judgement.findings}
    found = compare({"a": clean}, {"a": failing})
    assert found[0] == Difference("a", "verdict", "PASS", "FAIL")
    failed = [f for f in failing.judgement.findings if f.verdict is Verdict.FAIL]
    for finding in failed:
        after = f"FAIL {finding.summary}"
        assert Difference("a", finding.check, was.get(finding.check, NOT_MADE), after) in found
    assert len(failed) > 0


def test_a_check_that_was_made_in_one_run_only_is_a_difference() -> None:
    """A check that is no longer made may have been left out."""
    clean = evidence_samples.clean()
    fewer = replace(clean.judgement, findings=clean.judgement.findings[:-1])
    left_out = clean.judgement.findings[-1]
    assert compare({"a": clean}, {"a": replace(clean, judgement=fewer)}) == [
        Difference("a", left_out.check, f"PASS {left_out.summary}", NOT_MADE)
    ]


def test_a_drill_of_one_run_only_is_a_difference() -> None:
    """A drill that is no longer played proves nothing any more."""
    clean = evidence_samples.clean()
    assert compare({"a": clean, "b": clean}, {"a": clean}) == [
        Difference("b", "verdict", "PASS", "not played")
    ]


def test_what_one_run_could_not_verify_can_be_left_out() -> None:
    """Runs on machines with other servers are compared by what both found out."""
    clean, gap = evidence_samples.clean(), evidence_samples.unverified()
    failing = evidence_samples.failing()
    assert compare({"a": clean}, {"a": gap}) != []
    assert verified_in_both(compare({"a": clean}, {"a": gap})) == []
    assert verified_in_both(compare({"a": clean}, {"a": failing})) != []
    assert verified_in_both(compare({"a": clean}, {})) == []


def test_what_both_runs_verified_is_counted() -> None:
    """No difference between runs that verified nothing in common says nothing."""
    clean = evidence_samples.clean()
    passed = [f for f in clean.judgement.findings if f.verdict is not Verdict.UNVERIFIED]
    assert count_verified_in_both({"a": clean}, {"a": clean}) == len(passed) > 0
    unplayed = replace(clean, judgement=replace(clean.judgement, findings=()))
    assert count_verified_in_both({"a": clean}, {"a": unplayed}) == 0
    assert count_verified_in_both({"a": clean}, {"b": clean}) == 0


def test_a_folder_without_evidence_is_no_run(tmp_path: Path) -> None:
    """Two empty folders would not differ."""
    with pytest.raises(UsageError, match="no drill left its evidence here"):
        load_run(tmp_path)
