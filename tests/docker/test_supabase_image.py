"""A drill honours what supabase/postgres brings; a small stand-in for that image shows it."""

import io
import re
import secrets
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from docker_engine import require_docker
from ours import OURS, our_runtime

from harness.core.evidence import Evidence
from harness.core.verdict import Verdict
from harness.drill import DrillSettings, play
from harness.runtime.docker import images
from harness.runtime.docker.engine import Engine
from harness.runtime.docker.launch import LAUNCHES, hub_beside
from harness.scenario.load import load

STAND_IN = Path(__file__).parents[1] / "supabase_stand_in"
BROUGHT = frozenset(re.findall(r"[a-z]+", (STAND_IN / "init.sql").read_text(encoding="utf-8")))
"""Every word of what the image brings."""
SCENARIOS = Path(__file__).parents[2] / "scenarios"
FEW = {"contacts": 100, "credentials": 5, "audit_log": 300, "events": 50}
SECRETS = {store: f"secret of {store}" for store in images.PLATFORM}


@pytest.fixture(scope="module")
def stand_in() -> Iterator[str]:
    """Build the stand-in from the image that serves here, and remove it."""
    require_docker()
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path in sorted(STAND_IN.iterdir()):
            archive.add(path, path.name)
    context.seek(0)
    reference = f"restore-drills-test/supabase-stand-in:{secrets.token_hex(4)}"
    with Engine() as engine:
        base = images.find(engine, "postgres", {}, "never").reference
        engine.client.images.build(
            fileobj=context, custom_context=True, tag=reference, buildargs={"BASE": base}, rm=True
        )
        yield reference
        engine.client.images.remove(reference)


def _played(scenario: str, reference: str, directory: Path) -> Evidence:
    loaded = load(SCENARIOS / scenario)
    few = replace(loaded, seed=replace(loaded.seed, counts=FEW))
    runtime = our_runtime("docker", images={"postgres": reference}, pull="never")
    gap = {"meilisearch": "not on every machine"}
    return play(few, runtime, directory, DrillSettings("test", gap))


def _not_passed(evidence: Evidence) -> dict[str, str]:
    return {
        finding.check: finding.verdict
        for finding in evidence.judgement.findings
        if finding.verdict is not Verdict.PASS and finding.store not in evidence.runtime.missing
    }


def test_everything_comes_back_beside_what_the_image_brings(stand_in: str, tmp_path: Path) -> None:
    """Every check is made, and only psql's errors about what was there already fail one."""
    played = _played("full-platform-restore.yaml", stand_in, tmp_path)
    assert ("", ()) == (played.failure, played.cleanup.left)
    assert {"restore_without_errors": Verdict.FAIL} == _not_passed(played)
    said = played.history.restorations[0].said
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")]
    others = [line for line in errors if not _is_about_the_images_own(line)]
    assert ([], True) == (others, 'ERROR:  schema "auth" already exists' in errors)


def _is_about_the_images_own(error: str) -> bool:
    """Tell whether an error names something that the stand-in brings, or a constraint of it."""
    named = re.search(r'"([a-z]+)\w*"', error)
    return named is not None and named[1] in BROUGHT


def test_a_recovery_needs_no_other_rules_or_roles(stand_in: str, tmp_path: Path) -> None:
    """A base backup is taken though the image admits no replication, and comes back whole; the
    roles that the image brings stay as they were.
    """
    played = _played("guide/postgres-pitr-latest-archived.yaml", stand_in, tmp_path)
    assert ("", ()) == (played.failure, played.cleanup.left)
    assert {} == _not_passed(played)
    roles = played.after.seen["postgres_catalog"]["objects"]["roles"]
    assert roles["supabase_admin"].startswith("SUPERUSER ")
    assert roles["postgres"].startswith("NOSUPERUSER ")
    assert "NOINHERIT CREATEROLE NOCREATEDB LOGIN" in roles["supabase_auth_admin"]
    assert "INHERIT NOCREATEROLE NOCREATEDB NOLOGIN" in roles["anon"]


def test_where_an_image_moves_its_server_programs_and_the_hub_follow() -> None:
    """User, database and port are the image's, for the drill, for its programs and for a hub."""
    variables = {"POSTGRES_USER": "supabase_admin", "POSTGRES_DB": "app", "PGPORT": "54322"}
    image = images.Image("postgres", "x", "", "", {"Cmd": ["postgres"]})
    launch = LAUNCHES["postgres"](image.with_environment(variables), SECRETS)
    assert (54322, "supabase_admin", "app") == (launch.port, launch.user, launch.database)
    client = launch.client_environment
    assert ("54322", "supabase_admin", "app") == tuple(
        client[name] for name in ("PGPORT", "PGUSER", "PGDATABASE")
    )
    assert OURS.hub
    hub = hub_beside(OURS.hub, {"postgres": launch}, SECRETS).environment
    assert ("postgres", "54322", "supabase_admin", "app") == tuple(
        hub[f"HUB_POSTGRES_{name}"] for name in ("HOST", "PORT", "USER", "DATABASE")
    )


def test_an_image_without_a_database_of_its_own_names_it_like_its_user() -> None:
    """As the official image does."""
    image = images.Image("postgres", "x", "", "", {"Env": ["POSTGRES_USER=app"]})
    assert "app" == LAUNCHES["postgres"](image, SECRETS).database
