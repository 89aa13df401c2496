"""A run's page names verdict, loss and next step at once, and misses no drill."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import evidence_samples
import pytest
from evidence_samples import ALL, briefly, judged
from page_outline import Outline, require_sound

from harness import evidence_file
from harness.core.errors import UsageError
from harness.core.judgement import Expectation
from harness.core.verdict import Verdict
from harness.report import run_folder, run_page
from harness.report.brief import brief
from harness.report.overview import standing
from harness.report.run_folder import Plan, Planned, Run, Unplayed

LEFT_OUT = Unplayed(
    "killed", "A drill <that> was killed", "drill run scenarios/killed.yaml", "it was killed"
)


def a_run(*samples: str, unplayed: tuple[Unplayed, ...] = ()) -> Run:
    """Return a run of samples."""
    return Run("20261122T020000Z-4f2a", tuple(map(briefly, samples)), unplayed)


def words(run: Run) -> str:
    """Return what a reader of a run's page sees."""
    return Outline(run_page.render(run)).words


@pytest.mark.parametrize("sample", ALL)
def test_every_page_is_sound(sample: str) -> None:
    """However a drill ended, and beside one without evidence, the page is sound."""
    require_sound(run_page.render(a_run(sample)))
    require_sound(run_page.render(a_run(sample, unplayed=(LEFT_OUT,))))


def test_links_lead_to_every_drill_and_its_evidence() -> None:
    """A drill is one link away, and so is what the page rests on."""
    links = Outline(run_page.render(a_run("clean", "failing"))).links
    for slug in ("clean", "failing"):
        assert {f"{slug}/report.html", f"{slug}/evidence.json"} <= set(links)
    assert "../index.html" in links


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (
            ("clean",),
            "✓ PASS 0 owed rows are gone that no scenario expects; 1 of 1 drill passed, in 9.4 s.",
        ),
        (
            ("clean", "accepted"),
            (
                "✓ PASS, 1 drill with a proviso 0 owed rows are gone that no scenario expects;"
                " 2 of 2 drills passed (1 of them with a proviso), in 9.4 s."
            ),
        ),
        (
            ("failing", "clean"),
            (
                "✗ FAIL 3 owed rows are gone that no scenario expects; 1 of 2 drills passed,"
                " 1 failed, in 9.4 s."
            ),
        ),
        (
            ("unverified",),
            (
                "? UNVERIFIED 0 owed rows are gone that no scenario expects; 0 of 1 drill passed,"
                " 1 could not be verified, in 9.4 s."
            ),
        ),
    ],
)
def test_one_sentence_says_the_verdict(samples: tuple[str, ...], said: str) -> None:
    """The first words are the verdict, what is gone, how many drills stand how, and how long."""
    assert said in words(a_run(*samples))


@pytest.mark.parametrize(
    ("are_expected", "word", "surprising"),
    [
        (True, Verdict.FAIL, 0),
        (False, Verdict.FAIL, 3),
        # What the machine spoiled is neither a failure nor what the scenario speaks of.
        (True, Verdict.UNVERIFIED, 3),
    ],
)
def test_only_a_loss_that_was_seen_as_expected_is_no_surprise(
    are_expected: bool, word: Verdict, surprising: int
) -> None:
    """However else a drill is open: headline and totals agree on what no scenario expects."""
    sample = evidence_samples.failing()
    findings = tuple(
        replace(f, verdict=word) if f.verdict is Verdict.FAIL else f
        for f in sample.judgement.findings
    )
    failing = tuple(f.check for f in sample.judgement.findings if f.verdict is Verdict.FAIL)
    expectation = Expectation(failing if are_expected else ())
    told = brief(
        judged(
            replace(
                sample,
                scenario=replace(sample.scenario, expectation=expectation),
                judgement=replace(sample.judgement, verdict=Verdict.UNVERIFIED, findings=findings),
            )
        )
    )
    page = words(Run("r", (told,), ()))
    assert f"{surprising} owed rows are gone that no scenario expects" in page
    assert f"Owed rows gone as scenarios expect {3 - surprising} " in page
    assert f"Owed rows gone that none expects {surprising} " in page


def test_a_proviso_is_in_the_word() -> None:
    """A PASS that leaves something open has its word in full and the colour of its own."""
    page = run_page.render(a_run("clean", "accepted"))
    assert ["pass", "accepted"] == re.findall(r'class="word said (\w+)"', page)
    assert "✓ PASS, 1 store not verified" in words(a_run("clean", "accepted"))


def test_a_drill_without_evidence_is_missed() -> None:
    """A drill that left nothing is listed with the reason, and the run is no PASS."""
    run = a_run("clean", unplayed=(LEFT_OUT,))
    assert Verdict.UNVERIFIED is run.verdict
    told = words(run)
    assert "? UNVERIFIED A drill <that> was killed No evidence: It was killed." in told
    assert "Run it again: drill run scenarios/killed.yaml" in told
    assert "Of 1 drill nobody can tell how many owed rows are gone" in told


def test_what_failed_first_is_told_first() -> None:
    """A failing drill's cause, next step and re-run stand above everything else."""
    told = words(a_run("failing", "clean"))
    attention, drills = told.index("What needs attention"), told.index("Every drill of the run")
    for said in (
        "step 'restore nightly' failed for nats: tar: ",
        "Next step: Run the failing command by hand; its whole output is in the timeline.",
        "drill run scenarios/full-platform-restore.yaml --random 20261122",
    ):
        assert attention < told.lower().index(said.lower()) < drills


def test_drills_with_one_trouble_are_told_together() -> None:
    """What many drills lack is one card that names them all."""
    gap = briefly("unverified")
    (one,) = run_page.shared([gap, replace(gap, slug="other"), briefly("clean")])
    assert ["unverified", "other"] == [drill.slug for drill, _ in one.drills]


def test_failures_that_are_expected_are_no_fail_in_the_matrix() -> None:
    """A store whose checks fail as the scenario expects stands by a word of its own."""
    planted = replace(
        evidence_samples.planted(),
        scenario=replace(
            evidence_samples.planted().scenario,
            expectation=replace(
                evidence_samples.planted().scenario.expectation,
                fail=("audit_log_complete", "row_security"),
            ),
        ),
    )
    told = brief(judged(planted))
    assert {"postgres": "EXPECTED", "nats": "FAIL", "redis": "PASS"}.items() <= told.stores.items()


@pytest.mark.parametrize(("lost", "word"), [(3, "EXPECTED"), (4, "FAIL")])
def test_an_expected_failure_of_another_size_is_a_fail(lost: int, word: str) -> None:
    """What fails by more or less than the scenario says stands by no milder word."""
    sample = evidence_samples.failing()
    check = "audit_log_complete"
    expectation = Expectation((check,), {check: {"lost": (lost, lost)}})
    [finding] = [f for f in sample.judgement.findings if f.check == check]
    assert word == standing(sample.judgement, expectation, finding)


def test_a_pass_that_its_file_contradicts_is_unverified() -> None:
    """Evidence that says otherwise than it does when judged again is no PASS of a run."""
    told = brief(replace(judged(evidence_samples.clean()), contradictions=("it says otherwise",)))
    assert (Verdict.UNVERIFIED, "UNVERIFIED") == (told.verdict, told.word)
    assert "? UNVERIFIED It says otherwise." in words(Run("run", (told,)))


def test_what_no_drill_tests_is_said() -> None:
    """A gap of every drill is one of the run; what the page cannot know of production is said."""
    told = words(a_run("clean", "failing"))
    assert "Losing hub No disaster of this scenario strikes it." in told
    assert "Production's size The largest drill owes 17,050 rows." in told
    assert "Detection and decision Recovery time begins when the disaster has ended;" in told


def test_a_run_is_read_from_its_folder_alone(tmp_path: Path) -> None:
    """Evidence is judged again, never believed; what was planned, killed,
    damaged or swapped is missed.
    """
    run = tmp_path / "run"
    slug = evidence_samples.clean().scenario.slug
    for name in (slug, "killed", "damaged", "swapped"):
        (run / name).mkdir(parents=True)
    for name in (slug, "swapped"):
        evidence_file.save(evidence_samples.clean(), run / name / "evidence.json")
    (run / "damaged" / "evidence.json").write_text("{")
    planned = [Planned(name, name.title(), f"drill run {name}.yaml") for name in (slug, "refused")]
    run_folder.keep_plan(run, Plan(tuple(planned)))
    run_folder.keep_reasons(run, {"refused": "no engine answers"})
    found = run_folder.read(run)
    [first] = found.drills
    assert Verdict.PASS is not first.verdict
    reasons = {drill.slug: drill.reason for drill in found.unplayed}
    assert {"refused", "killed", "damaged", "swapped"} == set(reasons)
    assert f"its evidence is that of another drill, {slug}" == reasons["swapped"]
    assert "no engine answers" == reasons["refused"]
    assert reasons["damaged"].startswith("its evidence cannot be read: ")
    require_sound(run_page.render(found))


def test_a_folder_without_drills_is_no_run(tmp_path: Path) -> None:
    """Nothing planned and nothing played is told, not rendered."""
    with pytest.raises(UsageError, match="no drill left its evidence here"):
        run_folder.read(tmp_path)
    shutil.rmtree(tmp_path)
    with pytest.raises(UsageError):
        run_folder.read(tmp_path)
