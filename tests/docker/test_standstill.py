"""Nothing is waited for without end: what does nothing any more is given up, by name."""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Timer

import halting
import psutil
import pytest
from docker_engine import require_docker
from drill_process import SMALL
from ours import OURS, our_runtime, our_site

from harness import settings as project_settings
from harness.backups import METHODS
from harness.backups.script import ScriptOptions
from harness.core import patience
from harness.core.clock import Clock
from harness.core.errors import DrillError, Unavailable, UsageError
from harness.core.ledger import Ledger
from harness.core.observation import Observations
from harness.core.patience import READY_ANSWER_WITHIN_SECONDS, Patience, Unresponsive, Work
from harness.core.ports import STORES
from harness.core.verdict import Verdict
from harness.drill.halts import Halts
from harness.drill.observing import SILENCE, observe
from harness.drill.play import DrillSettings, play
from harness.kinds import Look
from harness.probes import PROBES, probes_of
from harness.runtime import processes, programs, remove_abandoned, workdir
from harness.runtime.docker import reaper
from harness.runtime.docker.engine import silence
from harness.runtime.docker.service import ContainerService
from harness.runtime.docker.stack import DockerStack
from harness.scenario.load import load
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
    stack = our_runtime(runtime, pull="never").open(drill_id, SECRETS, logs)
    return our_site(stack, Clock(), Ledger(random=7), stack.directory)


@pytest.fixture(params=["embedded", "docker"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Give a platform on each runtime, and see all of it removed, halted or not."""
    opened = _opened(request.param, tmp_path)
    yield opened
    assert () == opened.stack.close().left


def _let_go_on(site: Site, store: str) -> None:
    if isinstance(site.stack, DockerStack):
        site.stack.containers[store]._running().unpause()
        return
    volume = Path(site.service(store).volume.name)
    for process in processes.of_service(site.stack.directory.name, store, volume)():
        process.resume()


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


@pytest.mark.parametrize("runtime", ["embedded", "docker"])
def test_what_went_on_before_anybody_looked_is_no_failure(
    runtime: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub was asked while its cache stood still, and blames it."""
    if runtime == "docker":
        require_docker()
    (tmp_path / "small.yaml").write_text(SMALL)
    scenario = load(tmp_path / "small.yaml")
    hub = PROBES["hub_health"]

    def observe_meanwhile(look: Look) -> object:
        halting.halt(look.site, "redis")
        going_on = Timer(READY_ANSWER_WITHIN_SECONDS + 3, _let_go_on, [look.site, "redis"])
        going_on.start()
        try:
            return hub.observe(look)
        finally:
            going_on.join()

    ours = probes_of(OURS)
    probes = [replace(p, observe=observe_meanwhile) if p.id == hub.id else p for p in ours]
    monkeypatch.setattr("harness.drill.observing.probes_of", lambda _: probes)
    patience.agree(patience.STALLED_AFTER_SECONDS)
    played = play(
        scenario, our_runtime(runtime, pull="never"), tmp_path / "report", DrillSettings("r")
    )
    unwell = next(f for f in played.judgement.findings if f.check == "hub_healthy")
    assert Verdict.UNVERIFIED is unwell.verdict
    assert Verdict.UNVERIFIED is played.judgement.verdict
    assert re.match(".*redis.* stood still for a while", played.judgement.sentence)


def test_a_harness_that_was_stopped_knows_it() -> None:
    """Whatever took too long meanwhile, it was nobody else's doing."""
    halts = Halts()
    with halts.watched(lambda: ()):
        pass
    assert "" == halts.told()
    stop = ["sh", "-c", "kill -STOP $PPID; sleep 7.5; kill -CONT $PPID"]
    code = (
        "import subprocess; from harness.drill.halts import Halts\n"
        f"halts = Halts()\nwith halts.watched(lambda: ()): subprocess.run({stop})\n"
        "print(halts.told())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "the drill itself stood still for a while, stopped from outside\n" == told.stdout


def test_what_a_script_of_the_users_kills_is_the_scenarios_doing(tmp_path: Path) -> None:
    """A server that it did not kill is nobody's but the machine's, meanwhile and afterwards."""
    site = _opened("docker", tmp_path / "logs")
    stack = site.stack
    assert isinstance(stack, DockerStack)
    try:
        for store in ("redis", "nats"):
            site.service(store).start()
        script = tmp_path / "backup.sh"
        commands = "docker kill CACHE && docker pause BROKER && touch BACKUPS/cache.tar.gz"
        script.write_text(f"#!/bin/sh\n{commands}\n")
        places = {"CACHE": "{redis.volume}", "BROKER": "{nats.volume}", "BACKUPS": "{directory}"}
        options = ScriptOptions.model_construct(
            script=str(script), leaves="cache.tar.gz", replace=places
        )
        directory = site.backups / "nightly" / "redis"
        directory.mkdir(parents=True)
        METHODS["script"].take(site, "redis", directory, options, lambda _: None)
        assert [] == stack.halted()
        site.refuse_halted()
        stack.containers["nats"]._running().unpause()
        site.service("redis").stop()
        site.service("redis").start()
        with stack.scripted():
            _die(stack.containers["redis"])
        with pytest.raises(Unresponsive, match=r"redis \(killed\)"):
            site.refuse_halted()
    finally:
        assert () == stack.close().left


@pytest.mark.parametrize(
    ("where", "end"), [("", "kill"), ("", "remove"), ("-volume", "kill"), ("-clients", "remove")]
)
def test_a_container_that_somebody_ends_is_named(where: str, end: str, tmp_path: Path) -> None:
    """Those that hold a volume and run programs beside a server that is down, too."""
    site = _opened("docker", tmp_path)
    stack = site.stack
    assert isinstance(stack, DockerStack)
    try:
        service = stack.containers["redis"]
        service.run(["true"])
        if not where:
            service.start()
        service.volume.census()
        service.volume.write("file", b"")
        site.refuse_halted()
        container = stack._engine.client.containers.get(service.volume.name + where)
        container.kill() if end == "kill" else container.remove(force=True)
        with pytest.raises(Unresponsive, match=rf"redis{where} \({end.rstrip('e')}ed\)"):
            site.refuse_halted()
    finally:
        assert () == stack.close().left


def test_an_engine_that_stops_answering_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks it, for a drill or to clean up."""
    site = _opened("docker", tmp_path)
    stack = site.stack
    assert isinstance(stack, DockerStack)
    try:
        with monkeypatch.context() as patch:
            patch.setattr("docker.api.client.APIClient.containers", _no_answer)
            for ask in (site.refuse_halted, lambda: _opened("docker", tmp_path)):
                with pytest.raises(Unresponsive, match=r"^the Docker engine stopped answering"):
                    ask()
            assert ["the Docker engine"] == stack.stopped()
            assert reaper.clean() is None
            assert [] == reaper.find_abandoned()
            unanswered = remove_abandoned().left
        assert [] == [line for line in unanswered if "an engine that does not answer" not in line]
    finally:
        assert () == stack.close().left


def _no_answer(*_: object, **__: object) -> None:
    raise silence("read timed out")


def _die(service: ContainerService) -> None:
    """Have the machine kill a server: its engine was not asked to."""
    container = service._running()
    container.reload()
    psutil.Process(container.attrs["State"]["Pid"]).kill()
    while service.is_running:
        time.sleep(0.02)


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


def test_an_initialisation_that_somebody_kills_leaves_no_shared_memory(tmp_path: Path) -> None:
    """What initdb runs is a server, too, and says which segment it has."""
    site = _opened("embedded", tmp_path)
    volume = Path(site.service("postgres").volume.name)
    search = processes.of_service(site.stack.directory.name, "postgres", volume)
    made: set[str] = set()
    with ThreadPoolExecutor(1) as starter:
        starting = starter.submit(site.start, "postgres")
        while not (made or starting.done()):
            for process in search():
                with suppress(psutil.Error, OSError):
                    # Others of its servers only try settings, and may fail.
                    is_wanted = {"--boot", "--single"} & {*process.cmdline()}
                    if is_wanted and (made := _mapped(process)):
                        process.kill()
        with pytest.raises(Unavailable, match="initdb failed"):
            starting.result()
    assert () == site.stack.close().left
    assert made
    assert not made & _segments()


def _mapped(process: psutil.Process) -> set[str]:
    """Stop a process and return the System V segments that it has; one without goes on."""
    process.suspend()
    lines = Path(f"/proc/{process.pid}/maps").read_text().splitlines()
    if not (segments := {line.split()[4] for line in lines if "/SYSV" in line}):
        process.resume()
    return segments


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
