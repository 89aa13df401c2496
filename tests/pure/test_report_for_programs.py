"""What programs read of a run says the same as its page, whatever text is in it."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import evidence_samples
import jsonschema
import pytest
from evidence_samples import ALL, LONG, NASTY, briefly
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

from harness import evidence_file
from harness.core.errors import DrillError, UsageError
from harness.core.verdict import Verdict
from harness.report import history_file, json_document, junit, openmetrics, step_summary
from harness.report.annotations import annotations
from harness.report.brief import brief
from harness.report.history_file import HISTORY
from harness.report.rejudge import rejudge
from harness.report.run_folder import Run, Unplayed
from harness.run_outputs import Outputs, last_success

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FOLDER = Path("reports/run")
CONTROLS = "bell \x07, \ud800, \x1b[31m ]]> & <b>"
KILLED = Unplayed("killed", f"Killed {NASTY}", "drill run k.yaml", CONTROLS, "scenarios/k.yaml")


def a_run(*samples: str, unplayed: tuple[Unplayed, ...] = ()) -> Run:
    """Return a run of samples."""
    return Run("20261122T020000Z-4f2a", tuple(map(briefly, samples)), unplayed)


def test_every_ending_is_valid_json_of_the_kept_schema() -> None:
    """However a drill ended, the document is as its schema says, with the words of its page."""
    schema = json.loads(json_document.schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    killed = replace(KILLED, reason="it was killed")
    told = json.loads(json_document.render(a_run(*ALL, unplayed=(killed,)), FOLDER))
    jsonschema.validate(told, schema)
    assert "FAIL" == told["verdict"]
    verdicts = {drill["slug"]: drill["word"] for drill in told["drills"]}
    assert verdicts == {sample: briefly(sample).word for sample in ALL}
    assert 7 == sum(map(len, (told["drills"], told["unplayed"])))
    assert {"reports/run/clean/evidence.json"} == {
        drill["evidence"] for drill in told["drills"] if drill["slug"] == "clean"
    }


def test_the_schema_is_in_step() -> None:
    """The file that is shipped is the one that the classes say, and refuses what they do not."""
    assert json_document.generated_schema() == json_document.schema_text()
    told = json.loads(json_document.render(a_run("clean"), FOLDER))
    told["drills"][0]["verdict"] = "GREEN"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, json.loads(json_document.schema_text()))


def test_junit_tells_failures_from_errors() -> None:
    """FAIL is a failure and UNVERIFIED an error, as is a drill without evidence; a PASS is neither,
    and each case has its figures as properties.
    """
    run = a_run("clean", "failing", "unverified", "accepted", unplayed=(KILLED,))
    root = ET.fromstring(junit.render(run, FOLDER).encode())
    assert {"tests": "5", "failures": "1", "errors": "2", "skipped": "0"}.items() <= (
        root.attrib.items()
    )
    cases = {case.get("name"): case for case in root.iter("testcase")}
    outcomes = {name: [child.tag for child in case][1:] for name, case in cases.items()}
    assert {
        "clean": ["system-out"],
        "failing": ["failure"],
        "unverified": ["error"],
        "accepted": ["system-out"],
        "killed": ["error"],
    } == outcomes
    told = {p.get("name"): p.get("value") for p in cases["failing"].iter("property")}
    assert {
        "verdict": "FAIL",
        "rta_seconds": "4.210",
        "rows_gone_owed": "3",
        "rows_gone_at_risk": "350",
        "seed": "20261122",
        "runtime": "embedded",
        "evidence": "reports/run/failing/evidence.json",
    }.items() <= told.items()
    accepted = {p.get("name"): p.get("value") for p in cases["accepted"].iter("property")}
    assert "PASS, 1 store not verified" == accepted["verdict"]
    failure = cases["failing"].find("failure")
    assert failure is not None
    assert "Run it again: drill run scenarios/full-platform-restore.yaml" in (failure.text or "")


def test_junit_is_well_formed_whatever_is_in_it() -> None:
    """What no XML may hold is replaced; the rest comes back as it was."""
    drill = replace(briefly("failing"), title=CONTROLS + LONG, lines=(CONTROLS, NASTY))
    root = ET.fromstring(junit.render(Run("r", (drill,), (KILLED,)), FOLDER).encode())
    titles = [p.get("value") for p in root.iter("property") if p.get("name") == "title"]
    assert titles[0] == CONTROLS.replace("\x07", "�").replace("\ud800", "�").replace(
        "\x1b", "�"
    ) + (LONG)
    assert f"Killed {NASTY}" == titles[1]


def samples_of(text: str) -> dict[tuple[str, ...], float]:
    """Return the samples of metrics by name and labels, as the library's own readers see them."""
    seen = [
        {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in parse(text)
            for sample in family.samples
        }
        for parse in (text_string_to_metric_families, plain_families)
    ]
    assert seen[0] == seen[1]
    return seen[0]


def test_metrics_are_read_by_both_readers() -> None:
    """Verdict, times, rows and last successes are there, any text in a label comes back."""
    odd = 'quote " backslash \\ line\nend'
    run = Run("r", (briefly("clean", odd), briefly("failing")), (KILLED,))
    seen = samples_of(openmetrics.render(run, {"old": NOW, odd: NOW}, NOW))
    assert 1.0 == seen["restore_drill_verdict", odd, "PASS"]
    assert 0.0 == seen["restore_drill_verdict", odd, "FAIL"]
    assert 1.0 == seen["restore_drill_verdict", "killed", "UNVERIFIED"]
    assert 4.21 == pytest.approx(seen["restore_drill_rta_seconds", "failing"])
    assert 3.0 == seen["restore_drill_rows_gone", "owed", "failing"]
    assert 350.0 == seen["restore_drill_rows_gone", "at_risk", "failing"]
    assert NOW.timestamp() == seen["restore_drill_last_success_timestamp_seconds", "old"]
    assert NOW.timestamp() == seen["restore_drill_last_success_timestamp_seconds", odd]
    assert ("restore_drill_last_success_timestamp_seconds", "failing") not in seen


def test_what_nobody_can_tell_is_no_zero() -> None:
    """A drill in which a store could not be read has no sample of rows that are gone."""
    drill = briefly("clean")
    unread = replace(drill, rows=replace(drill.rows, unread=("postgres",)), measured=())
    seen = samples_of(openmetrics.render(Run("r", (unread,)), {}, NOW))
    names = {name for name, *_ in seen}
    assert not names & {
        "restore_drill_rows_gone",
        "restore_drill_rta_seconds",
        "restore_drill_rpa_seconds",
    }
    assert "restore_drill_duration_seconds" in names


def test_the_last_success_is_kept_as_long_as_its_evidence_holds(tmp_path: Path) -> None:
    """A drill that fails today leaves its last PASS of the history, one that is not played now its
    own; evidence that differs from its digest is none.
    """
    slug = evidence_samples.clean().scenario.slug
    folder = tmp_path / "old" / slug
    folder.mkdir(parents=True)
    evidence_file.save(evidence_samples.clean(), folder / "evidence.json")
    entry = history_file.entry_of(briefly("clean", slug), folder)
    gone = replace(entry, slug="elsewhere", drill_id="x", evidence="gone/x/evidence.json")
    history_file.append(tmp_path / HISTORY, [entry, gone])
    later = replace(briefly("clean").run, ended_utc=(entry.ended + timedelta(days=1)).isoformat())
    run = Run("r", (replace(briefly("failing", "elsewhere"), run=later), briefly("clean", "new")))
    rest = {"elsewhere": entry.ended, "new": entry.ended}
    # The sample's text is not the one that it gives the digest of.
    assert rest == last_success(run, tmp_path, NOW)
    entry = replace(entry, drill_id="y", evidence="gone/y/evidence.json")
    history_file.append(tmp_path / HISTORY, [entry])
    assert {slug: entry.ended, **rest} == last_success(run, tmp_path, NOW)


def test_annotations_stand_at_the_step_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each drill that is no PASS has one line, named from the repository's folder, and nothing in
    it ends the line or a property.
    """
    (tmp_path / "drills").mkdir()
    monkeypatch.chdir(tmp_path / "drills")
    run = a_run("clean", "failing", "unverified", "accepted", unplayed=(KILLED,))
    failing, unverified, killed = annotations(run, tmp_path)
    [step] = [s for s in evidence_samples.failing().history.steps if s.verb == "restore"]
    place = f"file=drills/scenarios/full-platform-restore.yaml,line={step.line},title=FAIL%3A"
    assert failing.startswith(f"::error {place} A drill that fails <script>")
    assert unverified.startswith(
        "::warning file=drills/scenarios/full-platform-restore.yaml,line=1"
    )
    assert killed.startswith("::warning file=drills/scenarios/k.yaml,line=1,title=UNVERIFIED%3A")
    for line in (failing, unverified, killed):
        assert 1 == len(line.splitlines())
        head = re.fullmatch(r"::(error|warning) file=[^:,]*,line=\d+,title=([^:,]*)::.+", line)
        assert head, line


@pytest.mark.parametrize(
    ("check", "line"), [("rto", 3), ("rpo", 3), ("audit_log_complete", 9), ("uncaught", 5)]
)
def test_a_trouble_has_its_place_in_the_scenario(check: str, line: int) -> None:
    """An objective is found by its key, a loss by the restore, what had to fail by `expect`."""
    evidence = evidence_samples.failing()
    step = next(s for s in evidence.history.steps if s.verb == "restore")
    text = "title: x\n# objectives: none\nobjectives:\n  rto: 1s\nexpect: {fail: [uncaught]}\n"
    failed = next(f for f in evidence.judgement.findings if f.check == "audit_log_complete")
    expectation = evidence.scenario.expectation
    findings = (replace(failed, check=check),) if check != "uncaught" else ()
    if check == "uncaught":
        expectation = replace(expectation, fail=(check,))
    told = replace(
        evidence,
        scenario=replace(evidence.scenario, text=text, expectation=expectation),
        history=replace(
            evidence.history, failures=[], steps=[replace(step, line=9, stores=("postgres",))]
        ),
        judgement=replace(evidence.judgement, findings=findings),
    )
    assert [line] == [t.line for t in brief(evidence_samples.judged(told)).troubles]


def test_a_step_summary_shows_text_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdict, cause, next step, re-run and totals are there, and nothing of a store is markup."""
    for name, value in (("SERVER_URL", "https://git"), ("REPOSITORY", "a/b"), ("SHA", "c0ffee")):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    text = step_summary.markdown(a_run("failing", "clean", unplayed=(KILLED,)), FOLDER)
    first, _, sentence, *_ = text.splitlines()
    assert "## ✗ FAIL: restore drills" == first
    assert sentence.startswith("At least 3 owed rows are gone that no scenario expects; ")
    assert "- **✗ FAIL** Step 'restore nightly' failed for nats: tar: &lt;script&gt;" in text
    assert "; run it again: <code>drill run scenarios/full-platform-restore.yaml --random" in text
    assert re.search(r"\[A drill that fails [^]]+\]\(https://git/a/b/blob/c0ffee/\S+#L\d+\)", text)
    assert "| Owed rows gone that none expects | 3 |" in text
    assert "<code>reports/run/index.html</code>" in text
    assert "<script>" not in text
    assert "<b>" not in text


def test_a_step_summary_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many drills a run has, its summary is no larger than what GitHub keeps."""
    monkeypatch.delenv("GITHUB_SHA", raising=False)
    drill = briefly("failing")
    trouble = replace(drill.troubles[0], said=LONG)
    drills = tuple(
        replace(drill, slug=f"d{n}", troubles=(replace(trouble, said=f"{LONG}{n}"),))
        for n in range(2_000)
    )
    assert len(step_summary.markdown(Run("r", drills), FOLDER).encode()) < 1 << 20


def test_outputs_are_tried_before_anything_is_started(tmp_path: Path) -> None:
    """A path that cannot be written is refused by its option; what an earlier run left goes, but
    for the metrics, which tell of earlier runs.
    """
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"--json: .* is not a regular file"):
        Outputs(json=tmp_path).require_writable()
    with pytest.raises(DrillError, match=r"file/x cannot be written: not a directory"):
        Outputs(junitxml=tmp_path / "file" / "x" / "junit.xml").require_writable()
    stale = junitxml, json_, metrics = [tmp_path / n for n in ("junitxml", "json", "metrics")]
    for path in stale:
        path.write_text("PASS")
    Outputs(junitxml, json_, metrics).require_writable()
    assert {"file", "metrics"} == {path.name for path in tmp_path.iterdir()}


def test_what_cannot_be_left_is_a_note(tmp_path: Path) -> None:
    """One output that fails takes no other with it, and half a file is never left."""
    gone = tmp_path / "gone" / "junit.xml"
    outputs = Outputs(junitxml=gone, json=tmp_path / "run.json", metrics=tmp_path / "m.prom")
    with (tmp_path / "out").open("w") as out:
        notes = outputs.leave(a_run("clean"), tmp_path / "run", out)
    assert ["--junitxml could not be written: no such file or directory"] == notes
    assert {"out", "run.json", "m.prom"} == {path.name for path in tmp_path.iterdir()}


def test_what_is_told_was_judged_again(tmp_path: Path) -> None:
    """A PASS that its own evidence contradicts is none for any program."""
    evidence = evidence_samples.failing()
    lie = replace(evidence, judgement=replace(evidence_samples.clean().judgement))
    drill = brief(rejudge(lie, tmp_path))
    assert drill.verdict is not Verdict.PASS
    run = Run("r", (drill,))
    assert drill.verdict.value == json.loads(json_document.render(run, FOLDER))["verdict"]
    assert "<system-out>" not in junit.render(run, FOLDER)
    assert annotations(run, tmp_path)
