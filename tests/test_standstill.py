"""Nothing is waited for without end: what does nothing any more is given up, by name."""

import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import halting
import psutil
import pytest
from docker_engine import require_docker

from harness import settings as project_settings
from harness.core import patience
from harness.core.clock import Clock
from harness.core.errors import DrillError, UsageError
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.patience import Patience, Unresponsive, Work
from harness.core.ports import STORES
from harness.drill.observing import SILENCE, observe
from harness.runtime import choose, programs, workdir
from harness.site import Site

SECRETS = {store: secrets.token_urlsafe(18) for store in STORES}
ENDS_WITHIN_SECONDS = 30

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    """Give up after a second."""
    patience.agree(1)
    yield
    patience.agree(patience.STALLED_AFTER_SECONDS)


def _opened(runtime: str, logs: Path) -> Site:
    if runtime == "docker":
        require_docker()
    drill_id = f"standstill-{secrets.token_hex(4)}"
    stack = choose(runtime, pull="never").open(drill_id, SECRETS, logs)
    return Site(stack, Clock(), Ledger(random=7), stack.directory)


@pytest.fixture(params=["embedded", "docker"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Give a platform on each runtime, and see all of it removed, halted or not."""
    opened = _opened(request.param, tmp_path)
    yield opened
    assert () == opened.stack.close().left


def _query(site: Site) -> None:
    with site.postgres.connect() as connection:
        halting.halt(site, "postgres")
        while True:  # The signal may be slower than an answer.
            connection.execute("SELECT 1")


def _request(site: Site) -> None:
    with site.nats.connect() as jetstream:
        halting.halt(site, "nats")
        while True:
            jetstream.ask("INFO")


def _command(site: Site) -> None:
    with site.redis.connect() as connection:
        halting.halt(site, "redis")
        while True:
            connection.ping()


def _client_program(site: Site) -> None:
    service = site.service("postgres")
    timer = Timer(1, halting.halt, (site, "postgres"))
    timer.start()
    service.run(["psql", "--command=SELECT pg_sleep(2), pg_sleep(2)"])
    timer.join()


@pytest.mark.parametrize(
    ("store", "wait"),
    [
        ("postgres", _query),
        ("nats", _request),
        ("redis", _command),
        ("postgres", _client_program),
    ],
    ids=["query", "request", "command", "program"],
)
def test_a_halted_server_ends_every_wait(
    site: Site, store: str, wait: Callable[[Site], None]
) -> None:
    """In a second, not in ten minutes; and its name is told, whatever its client says."""
    site.start(store)
    begun_seconds = time.monotonic()
    with pytest.raises((Unresponsive, *SILENCE)):
        wait(site)
    assert time.monotonic() - begun_seconds < ENDS_WITHIN_SECONDS
    with pytest.raises(Unresponsive, match=store) as refused:
        site.refuse_halted()
    assert "not by the drill's own doing" in refused.value.message


def test_a_halted_server_cannot_be_observed(site: Site) -> None:
    """The first probe that gets no answer ends the drill; not each of them waits anew."""
    site.start("redis")
    halting.halt(site, "redis")
    begun_seconds = time.monotonic()
    with pytest.raises(Unresponsive, match="redis"):
        observe(site, {"redis"}, Observations(), at_backup=False)
    assert time.monotonic() - begun_seconds < ENDS_WITHIN_SECONDS


def test_a_halted_server_is_no_orderly_stop(site: Site) -> None:
    """It is killed, and the drill has shown nothing."""
    site.start("nats")
    halting.halt(site, "nats")
    with pytest.raises(Unresponsive, match="nats could not be stopped in order"):
        site.service("nats").stop()
    assert not site.service("nats").is_running


def test_a_server_that_somebody_kills_is_named(site: Site) -> None:
    """What the drill itself stops, kills and starts again is not."""
    site.start("redis")
    site.service("redis").kill()
    site.start("redis")
    site.service("redis").stop()
    site.start("redis")
    site.refuse_halted()
    halting.kill(site, "redis")
    with pytest.raises(Unresponsive, match=r"redis \(killed\)"):
        site.refuse_halted()


def _query_on_a_stopped_session(site: Site) -> None:
    with site.postgres.connect() as connection:
        os.kill(connection.info.backend_pid, signal.SIGSTOP)
        assert site.postgres.ready() is None
        while True:
            connection.execute("SELECT 1")


def test_one_stopped_session_ends_its_query(tmp_path: Path) -> None:
    """The server answers everybody else."""
    site = _opened("embedded", tmp_path)
    try:
        site.start("postgres")
        with pytest.raises(Unresponsive) as ended:
            _query_on_a_stopped_session(site)
        assert "no progress for 1 s (postgres is halted)" in ended.value.message
    finally:
        assert () == site.stack.close().left


def _segments() -> set[str]:
    return {row.split()[1] for row in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}


@pytest.mark.parametrize("end", ["kill", "lose", "close", "clean"])
def test_a_postgres_that_somebody_kills_leaves_no_shared_memory(tmp_path: Path, end: str) -> None:
    """Its lock file names the segment, up to the moment that the volume goes."""
    site = _opened("embedded", tmp_path)
    try:
        site.start("postgres")
        service = site.service("postgres")
        lines = service.volume.read("postmaster.pid").splitlines()
        segment = lines[6].split()[1].decode()
        assert segment in _segments()
        postmaster = psutil.Process(int(lines[0]))
        with site.postgres.connect() as connection:
            shared = "SHOW dynamic_shared_memory_type"
            assert ("mmap",) == connection.execute(shared).fetchone()
            family = [postmaster, *postmaster.children()]
            for process in family:
                process.kill()
            while service.is_running:
                time.sleep(0.02)
        assert segment in _segments()
        match end:
            case "kill":
                service.kill()
            case "lose":
                service.kill()
                service.volume.wipe()
            case "close":
                site.stack.close()
            case "clean":
                site.stack._drill.release()  # type: ignore[attr-defined] # as if the harness died
                workdir.clean()
        assert segment not in _segments()
    finally:
        if end == "clean":
            assert not site.stack.directory.exists()
        else:
            assert () == site.stack.close().left


@pytest.mark.parametrize("how", ["kill -9 $$", "sh -c 'kill -9 $$'"], ids=["itself", "below"])
def test_a_client_program_that_somebody_kills_is_no_failed_step(site: Site, how: str) -> None:
    """A dump that is killed by the machine says nothing of the procedure."""
    site.start("redis")
    with pytest.raises(Unresponsive, match="sh was killed, and not by the drill's own doing"):
        site.service("redis").run(["sh", "-c", how])


def test_a_program_that_does_nothing_is_ended() -> None:
    """It is killed with all that it has started, its output open or not."""
    begun_seconds = time.monotonic()
    with pytest.raises(Unresponsive, match="sh stopped answering: no progress for 1 s"):
        programs.run(["sh", "-c", "sleep 777 & sleep 777"])
    assert time.monotonic() - begun_seconds < ENDS_WITHIN_SECONDS
    sleepers = [p.info["cmdline"] for p in psutil.process_iter(["cmdline"])]
    assert ["sleep", "777"] not in sleepers


def test_a_program_that_works_may_take_its_time() -> None:
    """What it computes or moves is progress, and so is what its server does."""
    busy = "i=0; while [ $SECONDS -lt 2 ]; do i=$((i+1)); done"
    assert 0 == programs.run(["bash", "-c", busy]).returncode
    began_seconds = time.monotonic()

    def working() -> Work:
        return Work(cpu_seconds=time.monotonic() - began_seconds)

    assert 0 == programs.run(["sleep", "2"], server=working).returncode
    assert 0 == programs.run(["sleep", "2"], is_endless=True).returncode


@pytest.mark.parametrize(
    ("work", "is_progress"),
    [
        (Work(cpu_seconds=1.0), True),
        (Work(moved_bytes=1 << 30), True),
        (Work(cpu_seconds=0.01), False),
        (Work(moved_bytes=1 << 10), False),
        (Work(cpu_seconds=1.0, moved_bytes=1 << 30, halted="postgres"), False),
        (Work(), False),
    ],
    ids=["computes", "moves", "ticks", "chats", "halted", "nothing"],
)
def test_what_progress_is(work: Work, is_progress: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle server's housekeeping is none, and neither is any work of what is halted."""
    clock = iter([0.0, 0.9, 1.5, 3.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    waiting = Patience("it", lambda: work, within_seconds=1.0)
    assert not waiting.is_over()
    assert (not is_progress) == waiting.is_over()


@pytest.mark.parametrize("text", ["10m", "1s", "24h", "90s"])
def test_the_limit_is_a_setting(text: str, tmp_path: Path) -> None:
    """A number and a unit."""
    (tmp_path / "pyproject.toml").write_text(f'[tool.drill]\nstalled_after = "{text}"\n')
    unit = {"s": 1, "m": 60, "h": 3600}[text[-1]]
    assert int(text[:-1]) * unit == project_settings.read(tmp_path).stalled_after_seconds


@pytest.mark.parametrize("text", ['""', '"0s"', '"25h"', '"ten"', "600", "[]", '"\uff11m"'])
def test_a_limit_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    """One message with the valid values."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.drill]\nstalled_after = {text}\n")
    with pytest.raises(UsageError) as refused:
        project_settings.read(tmp_path)
    assert "[tool.drill].stalled_after: " in refused.value.message
    assert "is no time limit" in refused.value.message
    assert "Valid: 1s to 24h, as in 10m." == refused.value.hint
    assert isinstance(refused.value, DrillError)
