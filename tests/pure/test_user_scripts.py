"""Scripts of the user's run as cron runs them, on the drill's own servers and backups."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from harness.core.errors import DrillError, Unavailable
from harness.core.ports import Completed, Endpoint
from harness.runtime import copies, processes
from harness.runtime.copies import copied
from harness.runtime.embedded import no_docker
from harness.runtime.unattended import run_script
from harness.scripts import filled, prepare, refuse_strangers, told
from harness.site import Site

MARKS = {processes.DRILL_MARK, processes.OWNER_MARK, processes.DIRECTORY_MARK}


def script(directory: Path, text: str) -> Path:
    """Write a script into a folder of its own and return its path."""
    path = directory / "ops" / "job.sh"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    return path


def drill(directory: Path) -> Path:
    """Make a drill's directory."""
    made = directory / "drill-1"
    made.mkdir(exist_ok=True)
    return made


def run(
    directory: Path, text: str, replaced: Mapping[str, str] | None = None, **environment: str
) -> Completed:
    """Run a script as cron would."""
    at = drill(directory)
    copy = copied(script(directory, text), at, replaced or {})
    return run_script([copy.script], copy.home, at, environment=environment)


def test_a_script_gets_what_cron_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the person's environment reaches it: only cron's variables and those asked for."""
    monkeypatch.setenv("PGPASSWORD", "of the person")
    ended = run(tmp_path, "env", LANG="C")
    names = {line.partition("=")[0] for line in ended.stdout.splitlines()}
    # A shell sets the last two by itself.
    assert {"SHELL", "PATH", "HOME", "LOGNAME", "LANG"} | MARKS == names - {"PWD", "_", "OLDPWD"}
    assert not {line for line in ended.stdout.splitlines() if "of the person" in line}


def test_a_script_finds_its_folder_and_no_terminal(tmp_path: Path) -> None:
    """Its home, and where it starts, is a copy of its folder; its standard input is empty."""
    settings = tmp_path / "ops" / "conf.d" / "backup.env"
    settings.parent.mkdir(parents=True)
    settings.write_text("KEPT=14", encoding="utf-8")
    (tmp_path / "ops" / "link.env").symlink_to("conf.d/backup.env")
    text = '. ./link.env; test "$HOME" = "$PWD" && echo $KEPT; cd "$(dirname "$0")"; cat; tty'
    assert "14\nnot a tty\n" == run(tmp_path, text).stdout


def test_what_a_script_leaves_in_its_folder_stays_for_the_next(tmp_path: Path) -> None:
    """A backup beside the script is there when it is restored; the user's folder is untouched."""
    text = "[ ! -f dump.sql ] || cat dump.sql; echo kept > dump.sql"
    assert ["", "kept\n"] == [run(tmp_path, text).stdout, run(tmp_path, text).stdout]
    assert ["job.sh"] == [path.name for path in (tmp_path / "ops").iterdir()]


def test_texts_are_replaced_in_a_copy(tmp_path: Path) -> None:
    """In every text file of the folder, anew for every run; what was replaced is told."""
    settings = tmp_path / "ops" / "backup.env"
    settings.parent.mkdir()
    settings.write_text("PORT=54322", encoding="utf-8")
    job = script(tmp_path, ". ./backup.env; echo $PORT /backups/made-open")
    for port in ("6000", "7000"):
        texts = {"54322": port, "/backups/made-open": "/elsewhere"}
        copy = copied(job, drill(tmp_path), texts)
        ended = run_script([copy.script], copy.home, drill(tmp_path), environment={})
        assert f"{port} /elsewhere\n" == ended.stdout
    told_of = "'54322' in backup.env; '/backups/made-open' in job.sh"
    assert f"replaced in a copy: {told_of}" == copy.said
    assert "PORT=54322" == settings.read_text(encoding="utf-8")


def test_a_status_is_returned_with_what_was_said(tmp_path: Path) -> None:
    """A script that fails is for the caller to judge."""
    ended = run(tmp_path, "echo too bad >&2; exit 3")
    assert (3, "", "too bad\n") == (ended.status, ended.stdout, ended.stderr)
    assert "status 3\ntoo bad" == told(ended)


@pytest.mark.parametrize("interpreter", ["#!/bin/sh", "#!/bin/bash"])
@pytest.mark.parametrize("after", ["", "echo went on; exit 0"])
def test_a_missing_program_is_named(tmp_path: Path, interpreter: str, after: str) -> None:
    """Whatever the script makes of it: on the user's machine the program would be there."""
    with pytest.raises(Unavailable) as refused:
        run(tmp_path, f"{interpreter}\nbarman-of-nobody backup main\n{after}")
    said = "job.sh runs barman-of-nobody, and this machine has no such program"
    assert said == refused.value.message


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    """A missing script is named."""
    gone = script(tmp_path, "true").with_name("gone.sh")
    with pytest.raises(DrillError) as refused:
        copied(gone, drill(tmp_path), {})
    assert f"cannot run {gone}: No such file or directory" == str(refused.value)


def test_a_folder_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script in the root of a project is told to move."""
    monkeypatch.setattr(copies, "_FILES_AT_MOST", 1)
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "more").touch()
    with pytest.raises(DrillError, match="holds too much to be copied with a script in it"):
        copied(script(tmp_path, "true"), drill(tmp_path), {})


def site(directory: Path) -> Site:
    """Return a site with a PostgreSQL at port 6000, in volume drill-pg, and a hub at 7000."""
    services = {
        store: SimpleNamespace(
            endpoint=Endpoint("127.0.0.1", port, "owner", "secret", "platform"),
            volume=SimpleNamespace(name=volume),
        )
        for store, port, volume in (("postgres", 6000, "drill-pg"), ("hub", 7000, "drill-hub"))
    }
    stack = SimpleNamespace(services=services, helper_image="helper:1")
    return cast(Site, SimpleNamespace(stack=stack, service=services.get, backups=directory))


@pytest.mark.parametrize(
    ("text", "stranger"),
    [
        ("psql -h localhost -p 5432 < dump", "port 5432"),
        ("psql \\\n  --port=5432", "port 5432"),
        ("pg_restore -p5432 -d db dump", "port 5432"),
        ("curl http://127.0.0.1:4101/health", "port 4101"),
        ("export PGHOST=localhost PGPORT=5432; pg_dump", "port 5432"),
        ("export PGHOST=db.internal", "host db.internal"),
        ("pg_restore --host=db.internal -d db dump", "host db.internal"),
        ("psql postgresql://me:$PASSWORD@db.internal/live", "host db.internal"),
        ("psql 'postgres://127.0.0.1:5432/live'", "port 5432"),
        ("docker run -v live_pg:/data alpine rm -rf /data", "volume live_pg"),
        ('docker run --volume="live_pg:/data" alpine true', "volume live_pg"),
        ("docker compose down -v", "docker compose down -v"),
        ("docker-compose up -d | tee log", "docker-compose up -d"),
        ("docker volume rm live_pg", "docker volume rm live_pg"),
        ("docker exec db psql", "docker exec db psql"),
        ("docker kill drill-pg db", "docker kill drill-pg db"),
        ("docker-compose", "docker-compose"),
    ],
)
def test_nothing_that_is_not_the_drills_is_worked_on(
    tmp_path: Path, text: str, stranger: str
) -> None:
    """A script that would reach another server, container or volume is not run."""
    with pytest.raises(Unavailable) as refused:
        refuse_strangers(site(tmp_path), "restore.sh", text)
    said = f"restore.sh was not run: it works on {stranger}, which is none of the drill's"
    assert said == refused.value.message


@pytest.mark.parametrize(
    "text",
    [
        "psql -h localhost -p 6000 < dump; curl localhost:7000/health",
        "psql -h $PGHOST -p ${PGPORT:-5432} postgresql://$A@$B/c; echo PGHOST=$PGHOST",
        "psql postgresql://owner:secret@127.0.0.1:6000/platform; curl https://hooks.example.org",
        'docker run --rm -v drill-pg:/data -v "$PWD":/backup -v /tmp:/t alpine true',
        "# docker compose down\nmkdir -p /srv/backups; cp -p 12 13",
        "docker run --rm alpine date",
        "docker rm -f drill-pg && docker exec -i drill-pg psql",
    ],
)
def test_what_is_the_drills_is_worked_on(tmp_path: Path, text: str) -> None:
    """Its ports and volumes, the machine's folders, and what a comment says."""
    refuse_strangers(site(tmp_path), "restore.sh", text)


def test_what_a_script_sources_is_looked_at_too(tmp_path: Path) -> None:
    """Settings beside it may name another server; other files there are not its own."""
    job = script(tmp_path, 'cd "$(dirname "$0")"\n. ./backup.env\npg_restore dump')
    (job.parent / "README.md").write_text("docker compose down", encoding="utf-8")
    (job.parent / "backup.env").write_text("export PGHOST=db.internal", encoding="utf-8")
    at = site(drill(tmp_path))
    at.directory = drill(tmp_path)
    with pytest.raises(Unavailable, match=r"job\.sh was not run: it works on host db\.internal"):
        prepare(at, job, {})
    assert prepare(at, job, {"db.internal": "{postgres.host}"}).said


def test_places_are_filled_in(tmp_path: Path) -> None:
    """Each name in braces becomes what it is at this moment; a shell's own braces stay."""
    text = "{postgres.url} {postgres.volume} {helper.image} {backup.nats} ${HOME}"
    url = "postgresql://owner:secret@127.0.0.1:6000/platform"
    wanted = f"{url} drill-pg helper:1 /kept ${{HOME}}"
    assert wanted == filled(site(tmp_path), text, {"backup.nats": "/kept"})
    assert f"{tmp_path}/by-scripts" == filled(site(tmp_path), "{directory}")


@pytest.mark.parametrize(
    "name", ["a b", "a'b", 'a"b', "a$b", "a\\b", "a:b", "a*b", "a\nb", "a\udcff"]
)
def test_no_script_runs_in_a_place_that_a_shell_may_misread(tmp_path: Path, name: str) -> None:
    """What it then did, or failed to do, would be nobody's procedure."""
    job, odd = script(tmp_path, "touch ran"), tmp_path / name
    odd.mkdir()
    at = drill(odd)
    with pytest.raises(Unavailable, match=r"^no script can be relied on in ") as refused:
        copied(job, at, {"/backups": str(at)})
    assert refused.value.message.isprintable()
    assert [] == [*at.iterdir()]


def test_a_script_need_not_be_utf_8(tmp_path: Path) -> None:
    """Its bytes stay as they are."""
    job = script(tmp_path, "")
    job.write_bytes(b"#!/bin/sh\necho 'caf\xe9' | wc -c\n")
    (tmp_path / "ü").mkdir()
    at = drill(tmp_path / "ü")
    copy = copied(job, at, {"/bin/sh": "/bin/bash"})
    ended = run_script([copy.script], copy.home, at, environment={})
    assert "5" == ended.stdout.strip()


@pytest.mark.parametrize("arguments", ["ps", "run --rm alpine true", "compose down"])
def test_without_containers_docker_is_refused(tmp_path: Path, arguments: str) -> None:
    """No script seems to have done what it has not: docker's own status for a failure, and why."""
    program = no_docker.install(tmp_path / "no-docker") / no_docker.NAME
    ended = subprocess.run(
        [program, *arguments.split()], capture_output=True, text=True, check=False
    )
    said = "docker: this drill has no containers\n"
    assert (125, "", said) == (ended.returncode, ended.stdout, ended.stderr)
