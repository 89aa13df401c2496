"""Every task of the project, as `nox -s tests` and the others below."""

import json
from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "tests"]
nox.options.default_venv_backend = "venv"

PYTHON_FILES = ("harness", "tests", "benchmarks", "conftest.py", "noxfile.py")

MUTANTS_NOTICED_AT_LEAST = 0.95


def _install(session: nox.Session, requirements: str) -> None:
    """Install exactly what is locked, then the project itself."""
    session.install("--require-hashes", "-r", f"requirements/{requirements}.txt")
    session.install("--no-deps", "-e", ".")


@nox.session
def drill(session: nox.Session) -> None:
    """Play the nightly drills, or what is given after `--`."""
    _install(session, "embedded")
    gap = "meilisearch=no binary on this machine"
    session.run("drill", "run", "--accept-unverified", gap, *session.posargs)


@nox.session(venv_backend="none")
def images(session: nox.Session) -> None:
    """Build the images of a drill on a machine that reaches no registry."""
    session.run("images/build", external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on real servers."""
    _install(session, "dev")
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Try thousands of hostile scenarios, settings, evidence and compose files, always the same."""
    _install(session, "dev")
    session.run("python", "tests/fuzzing.py", *session.posargs)


@nox.session
def kills(session: nox.Session) -> None:
    """Kill PostgreSQL 20 times in the middle of a write, and cut its power as often."""
    _install(session, "dev")
    session.run(
        *("pytest", "tests/server/test_kills.py", *session.posargs), env={"DRILL_TEST_KILLS": "20"}
    )


@nox.session
def clean_drills(session: nox.Session) -> None:
    """Play 200 drills in which nothing is lost, or as many as are asked for after `--`."""
    _install(session, "dev")
    session.run("python", "tests/clean_drills.py", *session.posargs)


@nox.session
def pictures(session: nox.Session) -> None:
    """Take the pictures of the documentation anew, of drills that are played for them."""
    _install(session, "dev")
    session.run("python", "tests/pictures.py")


@nox.session
def other_platforms(session: nox.Session) -> None:
    """Drill and damage platforms that others wrote: `-- FOLDER…`, each with a platform.yaml."""
    _install(session, "dev")
    folders = session.posargs or ["fixtures/platforms/market"]
    session.run("python", "-m", "trials.other_platforms", *folders, env={"PYTHONPATH": "tests"})


@nox.session
def explore(session: nox.Session) -> None:
    """Play a thousand timelines that nobody thought of, or as is asked for after `--`."""
    _install(session, "dev")
    session.run("drill", "explore", *(session.posargs or ["--runs", "1000"]))


@nox.session
def torture(session: nox.Session) -> None:
    """Torment drills at random instants, as often as `-- --kills 100 --full-disks 60` says."""
    _install(session, "dev")
    session.run("python", "-m", "torture", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    _install(session, "dev")
    session.run("ruff", "check", *PYTHON_FILES)
    session.run("ruff", "format", "--check", *PYTHON_FILES)


@nox.session
def types(session: nox.Session) -> None:
    """Check types."""
    _install(session, "dev")
    session.run("mypy")


@nox.session
def mutants(session: nox.Session) -> None:
    """Change the judging code in thousands of small ways: the tests have to notice nearly all."""
    _install(session, "dev")
    session.install("mutmut==3.8.1")
    session.run("mutmut", "run", *session.posargs)
    session.run("mutmut", "results")
    session.run("mutmut", "export-cicd-stats")
    stats = json.loads(Path("mutants/mutmut-cicd-stats.json").read_text(encoding="utf-8"))
    noticed = (stats["killed"] + stats["timeout"]) / stats["total"]
    if noticed < MUTANTS_NOTICED_AT_LEAST:
        session.error(f"the tests notice {noticed:.1%} of the mutants")


@nox.session
def lock(session: nox.Session) -> None:
    """Lock the dependencies again, with hashes, for every platform and Python from 3.11 on."""
    session.install("uv")
    options = ["--universal", "--python-version=3.11", "--generate-hashes"]
    options += ["--no-header", "--no-emit-index-url"]
    embedded = "requirements/embedded.txt"
    locked = {embedded: ["--extra=embedded"]}
    locked["requirements/dev.txt"] = ["--extra=embedded", "--extra=dev", "-c", embedded]
    for target, extras in locked.items():
        session.run("uv", "pip", "compile", *options, *extras, "pyproject.toml", "-o", target)
