"""The same drill comes to the same findings in containers as in processes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from docker_engine import require_docker

from harness.core.evidence import Evidence
from harness.core.verdict import Verdict
from harness.drill import DrillSettings, play
from harness.runtime import choose
from harness.scenario.load import load
from harness.scenario.model import Scenario

SCENARIO = Path(__file__).parents[1] / "scenarios" / "full-platform-restore.yaml"
FEW = {"contacts": 200, "credentials": 5, "audit_log": 1_000, "events": 500}
MEASURED = {"rto", "rpo"}
"""What these find are times, which differ."""


def _played(scenario: Scenario, runtime: str, directory: Path) -> Evidence:
    gap = {"meilisearch": "not on every machine"}
    return play(scenario, choose(runtime, pull="never"), directory, DrillSettings("test", gap))


def _found(evidence: Evidence) -> Mapping[str, tuple[str, str, str, str]]:
    return {
        finding.check: (finding.verdict, finding.summary, finding.expected, finding.actual)
        for finding in evidence.judgement.findings
        if finding.check not in MEASURED
    }


def test_a_drill_finds_the_same_in_containers(tmp_path: Path) -> None:
    """Every check comes to the same verdict in the same words, and nothing is left behind."""
    require_docker()
    scenario = load(SCENARIO)
    scenario = replace(scenario, seed=replace(scenario.seed, counts=FEW))
    docker = _played(scenario, "docker", tmp_path / "docker")
    embedded = _played(scenario, "embedded", tmp_path / "embedded")
    assert Verdict.PASS is docker.judgement.verdict, docker.judgement.sentence
    assert ((), ()) == (docker.cleanup.left, embedded.cleanup.left)
    if set(docker.runtime.missing) == set(embedded.runtime.missing):
        assert _found(embedded) == _found(docker)
    assert {server.store for server in docker.runtime.servers} - {"meilisearch"} == {
        "postgres",
        "nats",
        "redis",
        "hub",
    }
