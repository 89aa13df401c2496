"""What a machine's user has set, and where they work, changes no drill and is told by none."""

import os
import secrets as standard_secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psutil
import pytest
from drill_process import SMALL
from ours import our_embedded

from harness.core import environment
from harness.core.verdict import Verdict
from harness.drill import DrillSettings, play
from harness.platforms.made_open import vault
from harness.report.rejudge import rejudge
from harness.report.telling import tell
from harness.runtime.embedded import unprivileged
from harness.runtime.embedded.binaries import resolve
from harness.runtime.embedded.postgres import PostgresService
from harness.runtime.embedded.unprivileged import Account
from harness.scenario.load import load

ODD = "ü 'q\"%d $HOME #x\\ [a]::b"
"""A folder's name that shells, formats, patterns and pytest read as their own."""
WORSE = "a\nb\udcff"
"""A place for drills that neither a line nor a text in UTF-8 can name."""

LOGGED = SMALL.replace("postgres: pg_dump", "postgres: {method: base_backup, archive_timeout: 1s}")
LOGGED += "skip: {unlogged_table_rows: every recovery empties unlogged tables}\n"

FOREIGN = {
    "PGSERVICE": "nowhere",
    "PGHOSTADDR": "192.0.2.1",
    "PGSSLMODE": "verify-full",
    "PGOPTIONS": "-c search_path=nowhere",
    "PGPASSFILE": "/nowhere",
    "PGTZ": "Mars",
    "PGUSER": "nobody",
    "DOCKER_HOST": "tcp://192.0.2.1:1",
    "MEILI_MASTER_KEY": "another key of this test",
    "NATS_URL": "nats://192.0.2.1",
    "REDISCLI_AUTH": "another password",
    "AWS_PROFILE": "nowhere",
    "AWS_ENDPOINT_URL": "http://192.0.2.1:1",
    "AWS_SECRET_ACCESS_KEY": "a-secret-key-of-the-users-own",
    "HTTP_PROXY": "http://user:a-proxy-password@192.0.2.1:1",
    "http_proxy": "http://user:a-proxy-password@192.0.2.1:1",
    "ALL_PROXY": "socks5://192.0.2.1:1",
    "GIT_DIR": "/nowhere",
}
HARMLESS = {"PGSYSCONFDIR", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGDATA"}

SERVER, ANOTHER = 65534, 65532
AS_ANOTHER = ["setpriv", f"--reuid={ANOTHER}", f"--regid={ANOTHER}", "--clear-groups"]


class Seen:
    """Samples every process below this one: its command line, and its environment."""

    def __init__(self) -> None:
        self.commands: set[str] = set()
        self.environments: set[tuple[str, str]] = set()
        self.foreign: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        mine = psutil.Process()
        while not self._over.is_set():
            for process in mine.children(recursive=True):
                try:
                    command = process.cmdline()
                    variables = process.environ()
                    if command == mine.cmdline() or process.cmdline() != command:
                        continue  # It has yet to become the program that it is to run.
                    self.commands.add(" ".join(command))
                    another = process.uids().real != os.getuid()
                except psutil.Error:
                    continue
                self.environments |= {*variables.items()}
                if another:
                    self.foreign |= {*variables.values()}
            time.sleep(0.01)


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what leads every client elsewhere."""
    for name, value in FOREIGN.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give every password that a drill makes, as it makes them."""
    made: list[str] = []
    real = standard_secrets.token_urlsafe

    def remembered(count: int | None = None) -> str:
        made.append(real(count))
        return made[-1]

    monkeypatch.setattr(standard_secrets, "token_urlsafe", remembered)
    return made


@pytest.mark.usefixtures("foreign")
def test_a_drill_among_foreign_settings_in_an_odd_place_passes_and_tells_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passwords: list[str]
) -> None:
    """Every check holds, nothing foreign is passed on, and no secret stands anywhere, by value."""
    folder = tmp_path / ODD
    (folder / "scenarios").mkdir(parents=True)
    (folder / "scenarios" / "small.yaml").write_text(LOGGED)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DRILL_HOME", str(folder / WORSE))
    scenario = load(Path("scenarios/small.yaml"))
    reports = folder / "reports" / "run" / "small"
    accepted = {"meilisearch": "its key stands in this test"}
    runtime = our_embedded("asked for", {}, ())
    monkeypatch.delenv("MEILISEARCH_BINARY", raising=False)
    with environment.ours(), Seen() as seen:
        evidence = play(scenario, runtime, reports, DrillSettings("run", accepted))
        told = tell(rejudge(evidence), reports)
    assert Verdict.PASS is told.verdict, told.lines
    assert () == told.notes
    given = {name for name, _ in seen.environments}
    assert set() == (given & FOREIGN.keys()) - HARMLESS
    assert set() == {*FOREIGN.values()} & {value for _, value in seen.environments}
    secret = {*passwords, FOREIGN["AWS_SECRET_ACCESS_KEY"], "a-proxy-password"}
    assert len(secret) >= 7
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert {"evidence.json", "report.html", "postgres.log"} <= {path.name for path in written}
    for value in secret:
        assert [] == [p.name for p in written if value.encode() in p.read_bytes()]
        assert [] == [line for line in seen.commands if value in line]
        assert [] == [found for found in seen.foreign if value in found]
        assert not any(value in line for line in told.lines)


@contextmanager
def _another_user(folder: Path, into: Path) -> Iterator[None]:
    """Have another user read, again and again, whatever it can of processes and below a folder."""
    look = (
        "while :; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; "
        'find "$0" -type f -exec cat {} +; sleep 0.05; done'
    )
    with into.open("wb") as seen:
        reader = subprocess.Popen(
            [*AS_ANOTHER, "sh", "-c", look, folder],
            stdout=seen,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"]},
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(reader.pid, signal.SIGKILL)
            reader.wait()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that every user may look into."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_another_user_reads_no_secret(
    open_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passwords: list[str]
) -> None:
    """Neither in a command line or an environment, nor in a file, at any moment of a drill."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root becomes another user")
    if subprocess.run(
        [*AS_ANOTHER, "ls", open_folder], check=False, capture_output=True
    ).returncode:
        pytest.skip("no folder here is open to another user")
    monkeypatch.setenv("DRILL_HOME", str(open_folder))
    monkeypatch.delenv("MEILISEARCH_BINARY", raising=False)
    scenario = tmp_path / "small.yaml"
    scenario.write_text(SMALL)
    (open_folder / "planted").write_text("a file for everybody")
    argv = ["sh", "-c", "sleep 600; true", "a command for everybody"]
    seen, settings = tmp_path / "seen", DrillSettings("run", {"meilisearch": "not of interest"})
    # Where namespaces are closed, the server is another user's, and folders are open for it.
    is_open = _may_another(resolve("postgres", {}).program, "--version")
    account = Account(ids=(SERVER, SERVER)) if is_open else unprivileged.account()
    monkeypatch.setattr(PostgresService, "account", lambda _: account)
    with _another_user(open_folder, seen), subprocess.Popen(argv, start_new_session=True) as known:
        evidence = play(
            load(scenario), our_embedded("asked for", {}, ()), open_folder / "reports", settings
        )
        os.killpg(known.pid, signal.SIGKILL)
    assert Verdict.PASS is evidence.judgement.verdict, evidence.failure
    read = seen.read_bytes()
    assert b"a file for everybody" in read
    assert b"a command for everybody" in read
    assert b"postgres" in read
    assert len(passwords) >= 5
    assert [] == [value for value in passwords if value.encode() in read]
    key = vault.key(evidence.ledger.random)
    assert key not in read


def _may_another(*argv: str | Path) -> bool:
    """Tell whether another user can run a program."""
    ended = subprocess.run([*AS_ANOTHER, *map(str, argv)], check=False, capture_output=True)
    return ended.returncode == 0


@pytest.mark.usefixtures("foreign")
def test_this_process_gets_everything_back() -> None:
    """Clients inside it are led nowhere else and past every proxy, and afterwards all is as was."""
    before = dict(os.environ)
    with environment.ours():
        assert [] == [name for name in os.environ if name.startswith(("PG", "MEILI_", "NATS_"))]
        for name in ("no_proxy", "NO_PROXY"):
            assert {"localhost", "127.0.0.1", "::1"} <= {*os.environ[name].split(",")}
        # A pull and a place off this machine need them.
        assert os.environ["HTTP_PROXY"] == FOREIGN["HTTP_PROXY"]
        assert os.environ["AWS_PROFILE"] == FOREIGN["AWS_PROFILE"]
        assert os.environ["DOCKER_HOST"] == FOREIGN["DOCKER_HOST"]
        with environment.without("AWS_"):
            assert not any(name.startswith("AWS_") for name in os.environ)
    assert before == dict(os.environ)


@pytest.mark.usefixtures("foreign")
def test_what_is_started_gets_what_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server gets its programs' path; a hub of the user's its tools and what is named HUB_."""
    monkeypatch.setenv("HUB_LICENCE", "mine")
    monkeypatch.setenv("DATABASE_URL", "postgresql://production")
    monkeypatch.setenv("NODE_ENV", "test")
    assert {"PATH", "LANG", "TZ"} == environment.plain().keys()
    project = environment.of_a_project()
    assert set() == project.keys() & {*FOREIGN, "DATABASE_URL"}
    assert {"HUB_LICENCE": "mine", "NODE_ENV": "test"}.items() <= project.items()


def test_the_users_secrets_are_masked_unless_they_are_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A short one would take words out of every report."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nats")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a long enough token")
    monkeypatch.setenv("https_proxy", "http://me:another-password@proxy:8080")
    monkeypatch.setenv("HTTP_PROXY", "http://[broken")
    assert {"a long enough token", "another-password"} == {*environment.secrets()}
