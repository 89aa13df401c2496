"""What a backup of another's holds is run where it reaches nothing of this machine."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from drill_process import Command
from ours import our_embedded
from waiting import wait_until

from harness.core.evidence import Evidence
from harness.core.verdict import Verdict
from harness.drill import DrillSettings, play
from harness.scenario.load import load

SCENARIO = """
title: Somebody's backup
seed: none
timeline:
  - adopt: theirs
    {isolation}
    postgres: {{file: theirs.sql}}
  - restore: theirs
    order: [postgres]
"""

# By the client, by the server's superuser, and by what a database does by itself.
DUMP = r"""
CREATE TABLE people (id int PRIMARY KEY);
INSERT INTO people VALUES (1);
\! touch {outside}/by-the-client
\! kill -9 {bystander}
\! {python} -c 'import socket; socket.create_connection(("127.0.0.1", {port}))'
\! {python} -c 'import socket; socket.socket(socket.AF_UNIX).connect("{outside}/socket")'
\copy people TO PROGRAM 'cat > {outside}/by-a-copy'
\o {outside}/by-output
SELECT 1;
\o
COPY people TO PROGRAM 'touch {outside}/by-the-server';
COPY people TO '{outside}/by-a-file';
COPY people TO PROGRAM 'kill -9 {bystander}';
CREATE TABLE taken (line text);
COPY taken FROM '{outside}/secret';
CREATE FUNCTION called() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN EXECUTE $run$COPY people TO PROGRAM 'touch {outside}/by-a-trigger'$run$; END $$;
CREATE EVENT TRIGGER on_anything ON ddl_command_end EXECUTE FUNCTION called();
CREATE TABLE more (id int);
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server of this machine that nobody is to reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the same user."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def restored(
    folder: Path, listener: socket.socket, bystander: int, isolation: str = ""
) -> tuple[Evidence, Path]:
    """Restore the dump, and return what came of it and the folder that it tries to get at."""
    outside = folder / "outside"
    outside.mkdir(mode=0o777)
    outside.chmod(0o777)
    (outside / "secret").write_text("nobody's business\n", encoding="utf-8")
    dump = DUMP.format(
        outside=outside,
        bystander=bystander,
        python=sys.executable,
        port=listener.getsockname()[1],
    )
    (folder / "theirs.sql").write_text(dump, encoding="utf-8")
    file = folder / "theirs.yaml"
    file.write_text(SCENARIO.format(isolation=isolation), encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as local:
        local.bind(str(outside / "socket"))
        scenario = load(file)
        runtime = our_embedded("t", platform=scenario.platform)
        evidence = play(scenario, runtime, folder / "out", DrillSettings("t"))
    return evidence, outside


def reached(listener: socket.socket) -> bool:
    """Whether anybody has connected."""
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def test_a_malicious_dump_reaches_nothing(
    tmp_path: Path, listener: socket.socket, bystander: subprocess.Popen[bytes]
) -> None:
    """Neither the client nor the server that runs it comes at a file, a process or a network."""
    evidence, outside = restored(tmp_path, listener, bystander.pid)
    assert evidence.failure == ""
    assert sorted(path.name for path in outside.iterdir()) == ["secret", "socket"]
    assert not reached(listener)
    assert bystander.poll() is None
    assert evidence.judgement.verdict is Verdict.FAIL  # what it tried is an error of the restore


def test_without_isolation_it_reaches_what_it_tries(
    tmp_path: Path, listener: socket.socket, bystander: subprocess.Popen[bytes]
) -> None:
    """The dump is as malicious as it is meant to be."""
    _, outside = restored(tmp_path, listener, bystander.pid, "isolation: none")
    names = {path.name for path in outside.iterdir()}
    assert {"by-the-client", "by-a-copy", "by-output", "by-the-server", "by-a-trigger"} <= names
    assert reached(listener)
    assert bystander.wait(5) == -signal.SIGKILL


def test_where_it_cannot_be_cut_off_nothing_is_started(tmp_path: Path) -> None:
    """A machine that gives no namespaces is told so, and what may be done."""
    command = Command(tmp_path)
    (tmp_path / "d.sql").write_text("SELECT 1;", encoding="utf-8")
    closed = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -m harness verify d.sql'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", closed, sys.executable],
        cwd=tmp_path,
        env={**command.environ, "PYTHONPATH": str(command.package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "this machine gives no namespaces" in done.stdout + done.stderr
    assert "--no-isolation" in done.stdout + done.stderr
    assert command.left() == []


def test_what_a_killed_drill_had_cut_off_is_removed(tmp_path: Path) -> None:
    """The next clean finds it, though its processes see nothing of this machine."""
    command = Command(tmp_path)
    dump = "SELECT pg_sleep(600);"
    (tmp_path / "d.sql").write_text(dump, encoding="utf-8")
    process = command.start("verify", "d.sql")
    # The server's and the client's.
    wait_until(lambda: sum("python" in name for name in command.left()) >= 2, expected=True)
    process.kill()
    process.communicate()
    assert command.left()
    assert command.run("clean")[0] == 0
    assert command.left() == []
