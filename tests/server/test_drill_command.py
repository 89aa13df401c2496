"""The command as its users meet it: exit codes, interruption, sudden death, and what is left."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from drill_process import GAP, SMALL, Command, read_phases
from page_outline import Outline
from real_servers import free_port


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """Give a command, and remove whatever a failed test left."""
    made = Command(tmp_path)
    yield made
    made.run("clean")


def test_a_clean_drill_passes_and_leaves_only_its_report(command: Command) -> None:
    """Exit 0, every audit_log row named, a page, evidence that judges the same, nothing running."""
    status, output, errors = command.run("run", "small", GAP, "--runtime=embedded")
    assert (0, "") == (status, errors)
    first = output.splitlines()[0]
    assert first.startswith("runtime: embedded (asked for); postgres PostgreSQL ")
    assert "redis Valkey" in first or "redis Redis" in first
    assert "\n✓ PASS 1 drill: 1 PASS (1 with a proviso), in " in output
    phases = re.findall(r"^  \d\d:\d\d:\d\dZ (.+)$", output, re.MULTILINE)
    assert len(phases) == len(set(phases)) > 10
    assert "\n✓ PASS, 1 store not verified: small: 35 acknowledged rows are gone, 0 owed" in output
    assert "ACCEPTED meilisearch" in output
    [evidence] = command.folder.glob("reports/*/small/evidence.json")
    kept = json.loads(evidence.read_text())
    said = {f["check"]: f["summary"] for f in kept["judgement"]["findings"]}
    assert (
        "audit_log: all 200 owed rows present; 20 at-risk rows gone, as the backup allows"
        == (said["audit_log_complete"])
    )
    assert evidence.with_name("report.html").is_file()
    page = evidence.parents[1] / "index.html"
    assert f"\n  the run: {page.relative_to(command.folder)}\n" in output
    links = Outline(page.read_text()).links
    assert {"small/report.html", "small/evidence.json"} <= set(links)
    assert 0 == command.run("report", str(page.parent))[0]
    assert 0 == command.run("report", str(evidence))[0]
    assert [] == command.left()


def test_tests_that_lie_in_the_folder_are_nobodys_business(command: Command) -> None:
    """A drill is played where a project's own tests and their conftest.py would stop any pytest."""
    for name in ("conftest.py", "tests/conftest.py", "tests/test_it.py", "pytest.ini"):
        path = command.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("raise SystemExit('read by the wrong one')\n")
    status, output, errors = command.run("run", "small", GAP, "--runtime=embedded")
    assert (0, "") == (status, errors)
    assert "PASS 1 drill" in output


def test_an_unaccepted_gap_exits_3(command: Command) -> None:
    """What could not be verified is never a PASS unless a person accepted it."""
    status, output, _ = command.run("run", "scenarios/small.yaml", "--runtime=embedded")
    assert 3 == status
    assert "? UNVERIFIED 1 drill: 1 UNVERIFIED" in output


def test_a_failure_exits_1_and_is_told_to_every_program(command: Command) -> None:
    """A store that is struck and never brought back is a FAIL that names what is missing: on the
    terminal, which goes to the other stream, in each file asked for, and at the scenario's line.
    """
    text = SMALL.replace("    nats: volume\n", "").replace("[postgres, nats]\n", "[postgres]\n")
    command.scenario.write_text(text)
    command.environ |= {"GITHUB_ACTIONS": "true", "HOOK": "http://127.0.0.1:9/T0PS3CRET"}
    command.environ["GITHUB_STEP_SUMMARY"] = str(command.folder / "summary.md")
    files = ("--json=-", "--junitxml=out/junit.xml", "--metrics=out/drills.prom")
    asked = ("small", GAP, "--runtime=embedded", "--notify-env=HOOK", *files)
    status, output, errors = command.run("run", *asked)
    assert 1 == status
    lost = "events: 110 of 110 owed messages lost (numbers 1, 2,"
    assert f"FAIL stream_messages: {lost}" in errors
    why = "the volume of nats was lost and nothing brought it back: no backup of it was taken"
    assert f"\n  CAUSE {why}; " in errors
    assert "\n  NEXT back nats up too\n" in errors
    again = "drill run scenarios/small.yaml --random 7 --runtime embedded --accept-unverified"
    assert f"\n  run it again: {again}" in errors
    at = text.splitlines().index("  - disaster: lose_volume") + 1
    assert f"\n::error file=scenarios/small.yaml,line={at},title=FAIL%3A A small" in errors
    assert errors.endswith("the webhook in HOOK was not told: no connection, tried 4 times\n")
    kept = json.loads(output)
    jsonschema.validate(kept, json.loads(command.run("schema", "--run")[1]))
    assert "FAIL" == kept["verdict"]
    [drill] = kept["drills"]
    assert why == drill["troubles"][0]["said"]
    evidence = command.folder / drill["evidence"]
    assert sha256(evidence.read_bytes()).hexdigest() == drill["evidence_sha256"]
    suite = ET.parse(command.folder / "out" / "junit.xml").getroot()
    assert ("1", "1", "0") == tuple(suite.get(name) for name in ("tests", "failures", "errors"))
    assert 'restore_drill_rows_gone{kind="owed",scenario="small"} 113.0' in (
        (command.folder / "out" / "drills.prom").read_text()
    )
    summary = (command.folder / "summary.md").read_text()
    assert f"run it again: <code>{again.partition(' --random')[0]}" in summary
    assert "T0PS3CRET" not in output + errors + summary + evidence.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nowhere.yaml"], "nowhere.yaml: there is no such file or folder"),
        (["run", "--runtime=cloud"], "runtime: 'cloud' is unknown"),
        (["run", "--accept-unverified=redis"], "'redis' accepts nothing"),
        (["run", "--accept-unverified=mongo=why"], "--accept-unverified: 'mongo' is unknown."),
        (
            ["run", "--jobs=0"],
            "Invalid value for '--jobs' / '-n': Input should be greater than or equal to 1",
        ),
        (["run", "--tag=weekly"], "no scenario is tagged 'weekly'."),
        (["run"], "no scenario is tagged 'nightly'."),
        (["report", "evidence.json"], "evidence.json: no such file"),
        (["explode"], "No such command 'explode'."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_one_message_and_starts_nothing(
    command: Command, arguments: list[str], message: str
) -> None:
    """Exit 2, the message first, no traceback, and no drill directory."""
    status, output, errors = command.run(*arguments)
    assert (2, "") == (status, output)
    assert errors.startswith(message), errors
    assert "Traceback" not in errors
    assert [] == command.left()


def test_an_invalid_scenario_exits_2_and_starts_nothing(command: Command) -> None:
    """The message has file, line, value and what is valid."""
    command.scenario.write_text(SMALL.replace("lose_volume", "lose_volum"))
    status, output, errors = command.run("run", "scenarios/small.yaml", GAP)
    assert (2, "") == (status, output)
    expected = (
        "scenarios/small.yaml:9: timeline[2].disaster: 'lose_volum' is unknown."
        " Did you mean 'lose_volume'?"
    )
    assert errors.startswith(expected), errors
    assert not command.home.exists()


@pytest.mark.parametrize("arguments", [["list"], ["validate"], ["doctor"]])
def test_looking_starts_nothing(command: Command, arguments: list[str]) -> None:
    """What only looks makes no drill and leaves nothing."""
    _, output, errors = command.run(*arguments)
    assert "Traceback" not in output + errors
    assert [] == command.left()


def test_an_interrupted_drill_removes_everything(command: Command) -> None:
    """Ctrl-C, pressed again and again: exit 130, nothing left, and evidence that says so."""
    process = command.start("run", "scenarios/small.yaml", GAP, "--runtime=embedded")
    read_phases(process, 6)
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    output, errors = process.communicate(timeout=60)
    assert 130 == process.returncode, errors
    assert re.fullmatch(r"interrupted; removed \d+ processes, 1 folder\n", errors)
    [evidence] = command.folder.glob("reports/*/small/evidence.json")
    kept = json.loads(evidence.read_text())
    assert kept["failure"].startswith("interrupted by the user during ")
    assert "UNVERIFIED" == kept["judgement"]["verdict"]
    assert kept["failure"] in evidence.with_name("report.html").read_text()
    during, _, hint = kept["failure"].partition("\nHINT: ")
    assert during in output
    assert hint == "run the drill again, and let it end"
    assert [] == command.left()


def test_drills_at_once_are_interrupted_each(command: Command) -> None:
    """Cancelled, a run with several workers ends like one with one: each drill has its evidence."""
    command.scenario.with_name("other.yaml").write_text(SMALL)
    process = command.start("run", "scenarios", GAP, "--runtime=embedded", "-n", "2")
    deadline_seconds = time.monotonic() + 60
    # The file is made before the server is: what is in it, the server said.
    while (
        sum(p.stat().st_size > 0 for p in command.folder.glob("reports/*/*/logs/postgres.log")) < 2
    ):
        assert time.monotonic() < deadline_seconds
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert 130 == process.returncode, errors
    assert re.fullmatch(r"interrupted; removed .*2 folders.*\n", errors)
    told = [json.loads(p.read_text())["failure"] for p in command.folder.glob("reports/*/*/*.json")]
    assert 2 == len(told)
    assert all(failure.startswith("interrupted by the user during ") for failure in told)
    assert [] == command.left()


def test_a_killed_drill_is_found_and_removed(command: Command) -> None:
    """Kill -9 at ten points: the next clean-up removes everything, and touches nothing else."""
    bystander = subprocess.Popen(["sleep", "600"])
    stranger = command.home / f"restore-drills-{os.geteuid()}" / "somebody-elses"
    try:
        for point in range(1, 11):
            process = command.start("run", "scenarios/small.yaml", GAP, "--runtime=embedded")
            read_phases(process, point)
            process.kill()
            process.communicate(timeout=60)
            stranger.mkdir(parents=True, exist_ok=True)
            status, output, errors = command.run("clean")
            assert (0, "") == (status, errors), f"killed at point {point}"
            assert re.search(r"^\d+ removed, 0 left$", output, re.MULTILINE)
            assert ["somebody-elses"] == command.left(), f"killed at point {point}"
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_real_hub_takes_the_reference_hubs_place(command: Command) -> None:
    """A scenario names a hub's command and where it says how it is; the drill runs and asks it."""
    port = free_port()
    hub = f"""\
stack:
  hub:
    command: [env, HUB_PORT={port}, {sys.executable}, -m, harness.platforms.made_open.hub]
    health_url: http://127.0.0.1:{port}/health/detailed
skip: {{cache_repopulates: a hub that is not ours has its own way to a contact}}
"""
    command.scenario.write_text(SMALL + hub)
    status, output, _ = command.run("run", "scenarios/small.yaml", GAP, "--runtime=embedded")
    assert 0 == status, output
    [evidence] = command.folder.glob("reports/*/small/evidence.json")
    kept = json.loads(evidence.read_text())
    said = {f["check"]: f["summary"] for f in kept["judgement"]["findings"]}
    assert "hub: 4 of 4 services are ok" == said["hub_healthy"]
    assert f"127.0.0.1:{port}" in evidence.with_name("logs").joinpath("hub.log").read_text()
