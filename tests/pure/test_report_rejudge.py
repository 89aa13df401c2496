"""Saved evidence is judged again without a server, and nothing it says of itself is believed."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import evidence_samples
import pytest
from ours import CHECKS

from harness import __version__
from harness.core.case import Objectives
from harness.core.evidence import Evidence
from harness.core.judgement import Expectation, Judgement
from harness.core.terms import Terms
from harness.core.verdict import Verdict
from harness.evidence_file import load, save
from harness.judge import judge
from harness.report.rejudge import case_of, rejudge

TEXT = """\
title: Every volume is lost
seed: {random: 20261122, audit_log: 10_000}
timeline:
  - backup: nightly
    every: 24h
    postgres: pg_dump
    nats: volume
  - disaster: lose_volume
    stores: [postgres, nats, meilisearch, redis]
  - restore: nightly
    order: [postgres, nats]
  - start: hub
objectives: {rto: 2m}
skip: {rpo: "no schedule yet"}
"""
TERMS = Terms(
    objectives=Objectives(120.0, {}, {"nightly": 86_400.0}), skip={"rpo": "no schedule yet"}
)


def sound(evidence: Evidence, text: str = TEXT, terms: Terms = TERMS) -> Evidence:
    """Return evidence that says of itself what this release would."""
    scenario = replace(
        evidence.scenario,
        text=text,
        sha256=sha256(text.encode()).hexdigest(),
        expectation=terms.expectation,
        objectives=terms.objectives,
        skip=terms.skip,
    )
    evidence = replace(
        evidence, scenario=scenario, run=replace(evidence.run, harness_version=__version__)
    )
    return replace(evidence, judgement=judge(case_of(evidence), terms, evidence.judgement.accepted))


@pytest.mark.parametrize("sample", evidence_samples.ALL)
def test_saved_evidence_is_judged_alike(sample: str, tmp_path: Path) -> None:
    """The verdict and every finding are the same after the evidence was saved and loaded."""
    evidence = sound(evidence_samples.ALL[sample]())
    save(evidence, tmp_path / "evidence.json")
    judged = rejudge(load(tmp_path / "evidence.json"))
    assert (evidence, (), ()) == (judged.evidence, judged.contradictions, judged.remarks)


def test_a_lost_row_is_found_again() -> None:
    """The judgement comes from the observations, not from what was concluded before."""
    evidence = sound(evidence_samples.failing())
    forged = replace(
        evidence, judgement=Judgement(Verdict.PASS, "all checks made hold", findings=())
    )
    judged = rejudge(forged)
    assert Verdict.FAIL == judged.evidence.judgement.verdict
    assert any(
        finding.verdict is Verdict.FAIL and "17, 4711, 9999" in finding.summary
        for finding in judged.evidence.judgement.findings
    )
    assert "the evidence says PASS, judged again it is FAIL" == judged.contradictions[0]


def test_a_finding_that_was_edited_is_told() -> None:
    """Even where the verdict stays what it was."""
    evidence = sound(evidence_samples.failing())
    findings = tuple(
        replace(f, summary="audit_log: 1 row lost") if f.check == "audit_log_complete" else f
        for f in evidence.judgement.findings
    )
    edited = replace(evidence, judgement=replace(evidence.judgement, findings=findings))
    said = "1 finding told otherwise (namely audit_log_complete)"
    assert (said,) == rejudge(edited).contradictions


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"skip": {"audit_log_complete": "never mind"}}, "checks left out"),
        ({"objectives": Objectives(9_000.0)}, "objectives"),
        ({"expectation": Expectation(("audit_log_complete",))}, "expected failures"),
    ],
)
def test_terms_are_those_of_the_scenarios_text(changed: dict[str, Any], what: str) -> None:
    """What the evidence states beside the text changes nothing, and is told."""
    evidence = sound(evidence_samples.failing())
    edited = replace(evidence, scenario=replace(evidence.scenario, **changed))
    judged = rejudge(edited)
    assert evidence == judged.evidence
    assert (f"the evidence states other {what} than the scenario's text",) == judged.contradictions


def test_a_text_that_is_not_the_one_played_is_told() -> None:
    """Its digest says so; a byte order mark that was read away is no difference."""
    evidence = sound(evidence_samples.clean())
    marked = sha256(b"\xef\xbb\xbf" + TEXT.encode()).hexdigest()
    same = replace(evidence, scenario=replace(evidence.scenario, sha256=marked))
    assert () == rejudge(same).contradictions
    edited = replace(evidence, scenario=replace(evidence.scenario, text=TEXT + "# more\n"))
    said = "the scenario's text is not the one that the evidence gives the digest of"
    assert (said,) == rejudge(edited).contradictions


def test_a_text_that_is_no_scenario_is_told() -> None:
    """The evidence is then judged by the terms that it states."""
    evidence = sound(evidence_samples.clean())
    text = "title: Every volume is lost\n"
    scenario = replace(
        evidence.scenario, text=text, sha256=sha256(text.encode()).hexdigest(), tags=("nats",)
    )
    judged = rejudge(replace(evidence, scenario=scenario))
    assert evidence.judgement == judged.evidence.judgement
    assert 1 == len(judged.contradictions)
    assert judged.contradictions[0].startswith(
        "the scenario's text is none that this release reads: the scenario in the evidence:1: "
    )


def older(evidence: Evidence, *unread: str) -> Evidence:
    """Return evidence of release 0.1.0, which passed and did not make these observations."""
    seen = {probe: found for probe, found in evidence.after.seen.items() if probe not in unread}
    return replace(
        evidence,
        run=replace(evidence.run, harness_version="0.1.0"),
        after=replace(evidence.after, seen=seen),
        judgement=replace(evidence.judgement, verdict=Verdict.PASS, proviso=""),
    )


def test_an_older_release_could_not_know_newer_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are left out where they cannot be made, and the word of a PASS says so."""
    clean = evidence_samples.clean()
    evidence = sound(replace(clean, before=clean.after))
    unmade = {f.check for f in evidence.judgement.findings if f.verdict is Verdict.UNVERIFIED}
    newer = {
        id_: replace(check, since="9.9.9") if id_ in unmade else check
        for id_, check in CHECKS.items()
    }
    monkeypatch.setattr("harness.report.rejudge.checks_of", lambda _: newer)
    kept = tuple(f for f in evidence.judgement.findings if f.check not in unmade)
    judgement = replace(evidence.judgement, findings=kept)
    judged = rejudge(older(replace(evidence, judgement=judgement)))
    assert not unmade & {f.check for f in judged.evidence.judgement.findings}
    assert f"{len(unmade)} checks newer than this evidence" in judged.evidence.judgement.word
    assert judged.remarks[0].startswith(f"{len(unmade)} checks newer than this evidence (namely ")
    assert () == judged.contradictions


def test_age_excuses_no_check_that_the_release_made() -> None:
    """An observation that was taken out of the file leaves its checks UNVERIFIED."""
    evidence = sound(evidence_samples.failing())
    judgement = rejudge(older(evidence, "ledger_rows")).evidence.judgement
    found = {f.check: f.verdict for f in judgement.findings}
    assert Verdict.UNVERIFIED is found["audit_log_complete"]


def test_what_an_older_release_passed_and_this_one_cannot_verify_is_its_age() -> None:
    """That is told, but the evidence does not contradict itself."""
    judged = rejudge(older(sound(evidence_samples.clean())))
    assert Verdict.UNVERIFIED is judged.evidence.judgement.verdict
    assert () == judged.contradictions
    assert "the evidence says PASS, judged again it is UNVERIFIED" in judged.remarks
    lost = rejudge(older(sound(evidence_samples.failing())))
    assert "the evidence says PASS, judged again it is FAIL" in lost.contradictions


def test_evidence_of_this_release_has_no_excuse() -> None:
    """A check that is not in its own release's evidence was taken out of it."""
    evidence = sound(evidence_samples.clean())
    kept = replace(evidence.judgement, verdict=Verdict.PASS, findings=())
    judged = rejudge(replace(evidence, judgement=kept))
    assert Verdict.UNVERIFIED is judged.evidence.judgement.verdict
    assert () == judged.remarks
    assert "the evidence says PASS, judged again it is UNVERIFIED" == judged.contradictions[0]
