"""A proof is kept, told, and found again by every later drill's page."""

from dataclasses import replace
from pathlib import Path

import evidence_samples
import pytest
from evidence_samples import judged
from ours import CHECKS
from proof_samples import proof

from harness.core.errors import UsageError
from harness.core.finding import Finding
from harness.core.proof import Aim, Outcome, Planted
from harness.core.verdict import Verdict
from harness.report import page, proofs

CAUGHT = Planted(
    "a row lost", Aim.FAILURE, "postgres", "table_rows", Outcome.CAUGHT, ("table_rows",), "1 fewer"
)
LET_PASS = Planted("analyzed", Aim.NEAR_MISS, "postgres", "", Outcome.LET_PASS)


@pytest.mark.parametrize(
    ("planted", "verdict"),
    [
        ((CAUGHT, LET_PASS), Verdict.PASS),
        ((CAUGHT,), Verdict.PASS),
        ((), Verdict.UNVERIFIED),
        ((LET_PASS,), Verdict.UNVERIFIED),
        ((CAUGHT, replace(CAUGHT, name="b", outcome=Outcome.MISSED)), Verdict.FAIL),
        ((CAUGHT, replace(CAUGHT, name="b", outcome=Outcome.CAUGHT_ELSEWHERE)), Verdict.FAIL),
        ((CAUGHT, replace(LET_PASS, outcome=Outcome.FALSE_ALARM)), Verdict.FAIL),
        ((CAUGHT, replace(LET_PASS, outcome=Outcome.BROKEN)), Verdict.UNVERIFIED),
        ((CAUGHT, replace(CAUGHT, name="b", outcome=Outcome.UNREAD)), Verdict.UNVERIFIED),
        ((CAUGHT, replace(CAUGHT, name="b", outcome=Outcome.BLIND)), Verdict.PASS),
        ((replace(CAUGHT, outcome=Outcome.BLIND),), Verdict.UNVERIFIED),
        ((replace(CAUGHT, outcome=Outcome.NOT_HERE),), Verdict.UNVERIFIED),
        (
            (CAUGHT, replace(CAUGHT, name="b", aim=Aim.UNREAD, outcome=Outcome.MISSED)),
            Verdict.FAIL,
        ),
    ],
)
def test_the_verdict_follows_from_what_was_planted(
    planted: tuple[Planted, ...], verdict: Verdict
) -> None:
    """An alarm not heard is FAIL; nothing shown is UNVERIFIED."""
    assert verdict is proof(*planted).verdict


def test_a_gap_is_accepted_by_name() -> None:
    """What cannot run here is no proof; a person may accept that, and it is said."""
    gap = replace(CAUGHT, store="redis", check="cache_fresh", outcome=Outcome.NOT_HERE)
    found = proof(
        CAUGHT,
        gap,
        stores={"table_rows": "postgres", "cache_fresh": "redis"},
        catches={"table_rows": "rows lost", "cache_fresh": "stale"},
        missing={"redis": "no binary"},
    )
    assert Verdict.UNVERIFIED is found.verdict
    accepted = replace(found, accepted={"redis": "known"})
    assert Verdict.PASS is accepted.verdict
    assert "PASS, 1 store not verified (redis)" == proofs.standing_of(accepted)
    assert [
        "check        planted  caught  unread",
        "table_rows         1       1       0",
        "cache_fresh        1       0       0  not proven, accepted: known",
    ] == proofs.lines(accepted)


def test_what_went_wrong_is_told_in_full() -> None:
    """Below the matrix, one line each."""
    missed = replace(CAUGHT, name="b", outcome=Outcome.MISSED, failed=(), told="every check holds")
    alarm = replace(LET_PASS, outcome=Outcome.FALSE_ALARM, told="table_rows: 3 fewer")
    found = proof(
        CAUGHT,
        missed,
        alarm,
        blind_spots={"a row lost": "too deep", "c": "deeper"},
        caught_now=("a row lost",),
    )
    assert [
        "check       planted  caught  unread",
        "table_rows        2       1       0  NOT PROVEN: caught, missed",
        "missed: b, meant for table_rows: every check holds",
        "false alarm: analyzed: table_rows: 3 fewer",
        "blind spot: c: deeper",
        "no blind spot any more, take it off the list: a row lost",
    ] == proofs.lines(found)
    assert (
        "0 of 1 check proven; 1 of 2 failures caught; 0 of 1 near misses let pass"
        == proofs.sentence(found)
    )


def test_a_proof_is_read_back(tmp_path: Path) -> None:
    """What was saved is what is loaded."""
    found = proof(CAUGHT, LET_PASS)
    proofs.save(found, tmp_path)
    assert found == proofs.load(tmp_path / proofs.PROOF_FILE)
    assert ["prove.html", "prove.json"] == sorted(path.name for path in tmp_path.iterdir())


def test_what_is_no_proof_is_refused(tmp_path: Path) -> None:
    """By name, in one line."""
    path = tmp_path / "prove.json"
    with pytest.raises(UsageError, match=r"prove\.json: no such file or directory$"):
        proofs.load(path)
    path.write_text("{}")
    with pytest.raises(UsageError, match=r"prove\.json: not a proof of this release's$"):
        proofs.load(path)
    proofs.save(proof(CAUGHT, version=99), tmp_path)
    with pytest.raises(UsageError, match=r"proof version 99 is unknown; this release reads 1$"):
        proofs.load(path)


def test_the_last_proof_counts(tmp_path: Path) -> None:
    """The latest in which the check was proven; one that failed since takes it away."""
    assert {} == proofs.last_proven(tmp_path)

    def keep(run: str, at: str, *planted: Planted) -> None:
        (tmp_path / run).mkdir()
        proofs.save(proof(*planted, ended_utc=at), tmp_path / run)

    keep("b", "2026-11-23T01:00:00+00:00", CAUGHT, replace(CAUGHT, name="b"))
    keep("a", "2026-11-22T01:00:00+00:00", CAUGHT)
    last = proofs.LastProven("2026-11-23T01:00:00+00:00", "0.2.0", 2)
    assert {"table_rows": last} == proofs.last_proven(tmp_path)
    keep("c", "2026-11-24T01:00:00+00:00", replace(CAUGHT, outcome=Outcome.NOT_HERE))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "prove.json").write_text("cut")
    assert {"table_rows": last} == proofs.last_proven(tmp_path)
    keep("e", "2026-11-25T01:00:00+00:00", replace(CAUGHT, outcome=Outcome.MISSED))
    assert {} == proofs.last_proven(tmp_path)


def test_a_drills_page_says_when_its_checks_were_proven() -> None:
    """Each check beside what it catches; without a proof that is said too."""
    evidence = evidence_samples.failing()
    check = evidence.judgement.findings[0].check
    last = proofs.LastProven("2026-11-23T01:00:00+00:00", "0.2.0", 2)
    text = page.render(judged(evidence), {check: last})
    assert 1 == text.count("Each was last proven on 2026-11-23 with harness 0.2.0")
    assert 1 == text.count("2 planted failures.")
    bare = page.render(judged(evidence))
    assert 1 == bare.count("No check here was ever proven: no proof is among the reports.")
    assert "last proven" not in bare


def test_what_is_not_as_usual_is_said_beside_the_check() -> None:
    """A check without a proof, or with an older one, says so where the others say nothing."""
    evidence = replace(
        evidence_samples.clean(),
        judgement=replace(
            evidence_samples.clean().judgement,
            findings=tuple(
                Finding(check, "postgres", Verdict.PASS, "well") for check in sorted(CHECKS)[:4]
            ),
        ),
    )
    new, old = (proofs.LastProven(f"2026-11-{day}T01:00:00+00:00", "0.2.0", 1) for day in (23, 20))
    first, second, third, last = sorted(CHECKS)[:4]
    text = page.render(judged(evidence), {first: new, second: new, third: old})
    assert {last: 1, third: 1} == {
        last: text.count("Never proven."),
        third: text.count("1 planted failure, last proven on 2026-11-20 with harness 0.2.0."),
    }


def test_the_page_runs_nothing_and_shows_everything() -> None:
    """No script, nothing from elsewhere; what was planted is text, never markup."""
    strange = replace(CAUGHT, name="<script>x</script>", outcome=Outcome.MISSED)
    text = proofs.render(proof(CAUGHT, strange, LET_PASS))
    assert "<script" not in text
    assert "&lt;script&gt;x&lt;/script&gt;" in text
    assert "default-src 'none'" in text
    for caption in ("Failures by check", "Near misses", "About this proof"):
        assert f"<caption>{caption}</caption>" in text
