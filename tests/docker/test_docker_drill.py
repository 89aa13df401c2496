"""The same drill comes to the same findings in containers as in processes."""

from dataclasses import replace
from pathlib import Path

from docker_engine import require_docker
from ours import our_runtime

from harness.core.evidence import Evidence
from harness.core.verdict import Verdict
from harness.drill import DrillSettings, play
from harness.report.comparison import compare, count_verified_in_both, verified_in_both
from harness.scenario.load import load
from harness.scenario.model import Scenario

SCENARIO = Path(__file__).parents[2] / "scenarios" / "full-platform-restore.yaml"
FEW = {"contacts": 200, "credentials": 5, "audit_log": 1_000, "events": 500}


def _played(scenario: Scenario, runtime: str, directory: Path) -> Evidence:
    gap = {"meilisearch": "not on every machine"}
    return play(scenario, our_runtime(runtime, pull="never"), directory, DrillSettings("test", gap))


def test_a_drill_finds_the_same_in_containers(tmp_path: Path) -> None:
    """Every check comes to the same verdict in the same words, and nothing is left behind."""
    require_docker()
    scenario = load(SCENARIO)
    scenario = replace(scenario, seed=replace(scenario.seed, counts=FEW))
    docker = _played(scenario, "docker", tmp_path / "docker")
    embedded = _played(scenario, "embedded", tmp_path / "embedded")
    assert Verdict.PASS is docker.judgement.verdict, docker.judgement.sentence
    assert ((), ()) == (docker.cleanup.left, embedded.cleanup.left)
    runs = {"drill": embedded}, {"drill": docker}
    same_stores = docker.runtime.missing.keys() == embedded.runtime.missing.keys()
    differences = verified_in_both(compare(*runs))
    # A hub counts the services that are there.
    assert [] == [d for d in differences if same_stores or d.check != "hub_healthy"]
    assert 50 < count_verified_in_both(*runs)
    assert {server.store for server in docker.runtime.servers} - {"meilisearch"} == {
        "postgres",
        "nats",
        "redis",
        "hub",
    }
