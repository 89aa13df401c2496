"""The doctor names what a run of the same drills would lack, and exits as that run would."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from drill_process import SMALL, Command

from harness.backups import METHODS
from harness.core.errors import DrillError, Unavailable, UsageError
from harness.core.ports import Runtime, ServerIdentity, Stack
from harness.doctor import Symptom, Wanted, examine, status_of
from harness.drill import encryption
from harness.offsite import OFFSITE
from harness.scenario.load import load
from harness.scenario.model import Scenario


@dataclass(frozen=True)
class NoRuntime:
    """A runtime that only tells of itself; it cannot play a drill."""

    folder: Path
    lacks: Mapping[str, str] = field(default_factory=dict)
    name: str = "embedded"
    why: str = "asked for"

    def servers(self) -> tuple[ServerIdentity, ...]:
        """Return one."""
        return (ServerIdentity("postgres", "PostgreSQL", "17.10", "", "this test"),)

    def missing(self) -> Mapping[str, str]:
        """Return what it was told to lack."""
        return self.lacks

    def disks(self) -> tuple[Path, ...]:
        """Return the test's own."""
        return (self.folder,)

    def open(self, drill_id: str, secrets: Mapping[str, str], logs: Path) -> Stack:
        """Refuse."""
        raise NotImplementedError(drill_id, secrets, logs)


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    """Give a scenario that strikes every store but Meilisearch."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return load(path)


def asked(scenario: Scenario, folder: Path, **changes: object) -> Wanted:
    """Return what a run of one scenario asks for."""
    lacks = changes.pop("lacks", {})
    assert isinstance(lacks, dict)

    def runtime(of: Scenario | None) -> Runtime:
        del of
        return NoRuntime(folder, lacks)

    return replace(Wanted([scenario], runtime, folder / "reports"), **changes)  # type: ignore[arg-type] # as given


def bad(symptoms: list[Symptom]) -> dict[str, int]:
    """Return the symptoms that force an exit code."""
    return {s.about: s.status for s in symptoms if s.status}


def test_a_machine_that_has_all_is_well(scenario: Scenario, tmp_path: Path) -> None:
    """Nothing lacks, and nothing was made while looking."""
    symptoms = examine(asked(scenario, tmp_path))
    assert {} == bad(symptoms)
    assert 0 == status_of(symptoms)
    assert ["small.yaml"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("tags", "accepted", "status"),
    [
        ((), {}, 3),
        ((), {"meilisearch": "none here"}, 0),
        (("meilisearch",), {"meilisearch": "none here"}, 3),
    ],
)
def test_a_missing_store_counts_as_it_does_in_a_run(
    scenario: Scenario,
    tmp_path: Path,
    tags: tuple[str, ...],
    accepted: dict[str, str],
    status: int,
) -> None:
    """An open gap is UNVERIFIED; an accepted one is not, but where the scenario is about it."""
    terms = replace(scenario.terms, subjects=tags)
    wanted = asked(
        replace(scenario, terms=terms), tmp_path, lacks={"meilisearch": "gone"}, accepted=accepted
    )
    symptoms = examine(wanted)
    assert status == status_of(symptoms)
    assert "meilisearch" in {s.about for s in symptoms if not s.well and s.fix}


def test_where_all_that_is_struck_is_missing_no_acceptance_helps(tmp_path: Path) -> None:
    """As in a run, a gap is accepted beside the point and never for it."""
    path = tmp_path / "redis.yaml"
    path.write_text(
        SMALL.replace("[postgres, nats, redis]", "[redis]")
        .replace("    postgres: pg_dump\n", "")
        .replace("[postgres, nats]", "[nats]")
    )
    wanted = asked(load(path), tmp_path, lacks={"redis": "gone"}, accepted={"redis": "none here"})
    assert {"redis": 3} == bad(examine(wanted))


@pytest.mark.parametrize(
    ("backup", "about", "lacking"),
    [
        ("{method: supabase_db_dump}", "backups by supabase_db_dump", "METHODS"),
        ("pg_dump\n    keep: {encrypt: age}", "backups encrypted by age", "encryption"),
        ("pg_dump\n    keep: {offsite: s3}", "backups kept off-site in s3", "OFFSITE"),
    ],
)
def test_what_one_scenario_needs_is_looked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    backup: str,
    about: str,
    lacking: str,
) -> None:
    """Programs, libraries and places that a backup takes are named, with the scenario."""

    def lack(*_: object) -> None:
        raise Unavailable("it is not here", "Install it.")

    path = tmp_path / "needs.yaml"
    path.write_text(SMALL.replace("postgres: pg_dump", f"postgres: {backup}"))
    kind = {
        "METHODS": type(METHODS["supabase_db_dump"]),
        "OFFSITE": type(OFFSITE["s3"]),
        "encryption": encryption,
    }[lacking]
    monkeypatch.setattr(kind, "require_here", lack)
    symptoms = examine(asked(load(path), tmp_path))
    assert {about: 3} == bad(symptoms)
    [found] = [s for s in symptoms if s.about == about]
    assert ("it is not here (needs)", "Install it.") == (found.state, found.fix)


@pytest.mark.parametrize(("error", "status"), [(UsageError, 2), (Unavailable, 3)])
def test_without_a_runtime_it_exits_as_a_run(
    scenario: Scenario, tmp_path: Path, error: type[DrillError], status: int
) -> None:
    """A runtime that does not work is bad usage where it was asked for."""

    def none(_: Scenario | None) -> Runtime:
        raise error("no engine answers", "Start it.")

    symptoms = examine(Wanted([scenario], none, tmp_path))
    assert [status] == [s.status for s in symptoms]


def test_reports_that_cannot_be_written_are_told(scenario: Scenario, tmp_path: Path) -> None:
    """A file in the way is bad usage, as it is for a run."""
    (tmp_path / "file").touch()
    wanted = replace(asked(scenario, tmp_path), reports=tmp_path / "file" / "reports")
    assert {"reports": 2} == bad(examine(wanted))


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere"],
        ["small", "--runtime=embedded", "--reports=pyproject.toml"],
    ],
    ids=" ".join,
)
def test_what_a_run_refuses_the_doctor_does(tmp_path: Path, arguments: list[str]) -> None:
    """Bad usage has exit code 2 in both, and starts nothing in either."""
    command = Command(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    statuses = {what: command.run(what, *arguments)[0] for what in ("run", "doctor")}
    assert {"run": 2, "doctor": 2} == statuses
    assert [] == command.left()
