"""Green cannot be had for nothing: what proves nothing is refused, UNVERIFIED or amber."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from drill_process import GAP, SMALL, Command

HEAD = SMALL.partition("timeline:")[0]
BACKUP = "timeline:\n  - backup: nightly\n    postgres: pg_dump\n    nats: volume\n"
ALL_GAPS = [
    f"--accept-unverified={store}=not today"
    for store in ("postgres", "nats", "meilisearch", "redis", "hub")
]


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """Give a command, and remove whatever a failed test left."""
    made = Command(tmp_path)
    yield made
    made.run("clean")


def played(command: Command, scenario: str, *arguments: str) -> tuple[int, str]:
    """Play a scenario and return the status and the two lines of its verdict."""
    command.scenario.write_text(scenario)
    status, output, errors = command.run(
        "run", "scenarios/small.yaml", "--runtime=embedded", *arguments
    )
    lines = output.splitlines() or errors.splitlines()
    verdict = next((at for at, line in enumerate(lines) if " small: " in line), 0)
    return status, "\n".join(lines[verdict : verdict + 2])


@pytest.mark.parametrize(
    "timeline",
    ["timeline: [{wait: 1s}]\n", BACKUP, BACKUP + "  - write: {audit_log: 5}\n"],
    ids=["a wait", "a backup", "a backup and writes"],
)
def test_a_timeline_that_proves_nothing_is_refused(command: Command, timeline: str) -> None:
    """Exit 2 with file and line, and nothing started."""
    status, said = played(command, HEAD + timeline, GAP)
    assert 2 == status
    assert "timeline: nothing is destroyed and brought back, so a PASS would prove nothing" in said
    assert not command.home.exists()


def test_what_the_drill_is_about_cannot_be_accepted_away(command: Command) -> None:
    """A rebuild of a search engine that is not here shows nothing, whatever was accepted."""
    rebuild = "timeline:\n  - stop: meilisearch\n    delete_volumes: true\n  - start: hub\n"
    status, said = played(command, HEAD + rebuild, GAP)
    assert 3 == status
    assert "a PASS is not earned: all that was struck cannot run here (meilisearch)" in said


def test_a_subject_that_is_missing_leaves_the_rest_unproven(command: Command) -> None:
    """A scenario that is tagged with a store is about that store."""
    tagged = SMALL.replace("seed:", "tags: [meilisearch]\nseed:")
    status, said = played(command, tagged, GAP)
    assert 3 == status
    assert "meilisearch, which the scenario is about, cannot run here" in said


def test_what_the_scenario_stopped_is_judged(command: Command) -> None:
    """Stores that a scenario stops itself are no gap that a person may accept."""
    stopped = SMALL.replace("expect: pass", "  - stop: [hub, postgres, nats, redis]\nexpect: pass")
    status, said = played(command, stopped, *ALL_GAPS)
    assert 1 == status, said
    assert "hub_healthy" in said


def test_a_failure_that_is_waived_is_amber_and_told(command: Command) -> None:
    """What was left out is made all the same, and its failure is in the word."""
    late = SMALL + "objectives: {rto: 1ms}\nskip: {rto: a slow machine}\n"
    status, said = played(command, late, GAP)
    assert 0 == status
    assert "✓ PASS, 1 store not verified, 1 failure waived: small: " in said


def test_owed_rows_whose_check_is_waived_are_not_accounted_for(command: Command) -> None:
    """No verdict stands on rows that nothing that counts has looked at."""
    waived = SMALL + "skip: {audit_log_complete: too many rows}\n"
    status, said = played(command, waived, GAP)
    assert 3 == status
    assert "no check accounts for 200 owed rows of audit_log" in said


@pytest.mark.parametrize(
    ("size", "status", "words"),
    [
        ("{lost: 113}", 0, "PASS, loses 113 rows as expected, 1 store not verified"),
        ("{lost: 1..113}", 0, "PASS, loses 113 rows as expected, 1 store not verified"),
        ("{lost: 50}", 1, "stream_messages: expected lost 50, found 113"),
        ("{lost: 1..112}", 1, "stream_messages: expected lost 1..112, found 113"),
    ],
)
def test_an_expected_loss_has_a_size(command: Command, size: str, status: int, words: str) -> None:
    """Losing more, or less, than was expected is a failure."""
    unsaved = SMALL.replace("    nats: volume\n", "").replace("[postgres, nats]\n", "[postgres]\n")
    fails = f"{{fail: {{stream_messages: {size}, consumers_present: any}}}}"
    found, said = played(command, unsaved.replace("expect: pass", f"expect: {fails}"), GAP)
    assert status == found, said
    assert words in said


def _forge_verdict(kept: dict[str, Any]) -> None:
    kept["judgement"]["verdict"] = "PASS"
    kept["judgement"]["findings"] = []


def _forge_skip(kept: dict[str, Any]) -> None:
    kept["scenario"]["skip"] = {"stream_messages": "never mind"}
    _forge_verdict(kept)


def _forge_text(kept: dict[str, Any]) -> None:
    kept["scenario"]["text"] += "skip: {rto: no}\n"


def test_edited_evidence_is_found_out(command: Command) -> None:
    """`drill report` judges what was observed, and tells where the file says otherwise."""
    status, _ = played(command, SMALL, GAP)
    assert 0 == status
    [path] = command.folder.glob("reports/*/small/evidence.json")
    sound = json.loads(path.read_text())
    command.scenario.write_text("gone")

    def reported(forge: Callable[[dict[str, Any]], None]) -> tuple[int, str]:
        kept = json.loads(json.dumps(sound))
        forge(kept)
        path.write_text(json.dumps(kept))
        status, output, errors = command.run("report", str(path))
        assert "" == errors
        return status, output

    assert 0 == reported(lambda _: None)[0]
    status, output = reported(_forge_verdict)
    assert 3 == status
    assert "told otherwise (namely " in output
    assert 3 == reported(_forge_skip)[0]
    status, output = reported(_forge_text)
    assert 3 == status
    assert "the scenario's text is not the one that the evidence gives the digest of" in output

    def lose(kept: dict[str, Any]) -> None:
        kept["after"]["seen"]["ledger_rows"]["scans"]["audit_log"]["groups"] = {}

    status, output = reported(lose)
    assert 1 == status
    assert "the evidence says PASS, 1 store not verified, judged again it is FAIL" in output
