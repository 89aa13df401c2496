"""Who is there, looks much like a drill, and is none of the tormented drills' business."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from harness.runtime.docker import images
from harness.runtime.docker.engine import Engine
from harness.runtime.marker import beside

ROOT = Path(__file__).parents[2]
NOBODY = 65534
IN_A_NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")

# A living drill: it holds its marker, has a server, and ends with its input.
HARNESS = """
import os, subprocess, sys
from harness.runtime import processes, workdir
if user := int(sys.argv[1]):
    os.setgroups([]); os.setgid(user); os.setuid(user)
drill = workdir.create("bystander")
marks = processes.marks(drill.drill_id, drill.path)
subprocess.Popen(["sleep", "36000"], env=marks, start_new_session=True, stdout=subprocess.DEVNULL)
print(drill.path, flush=True)
sys.stdin.read()
"""

Harmed = Callable[[], list[str]]


@contextmanager
def standing_by(home: Path, runtime: str) -> Iterator[Harmed]:
    """Give what names the bystanders that came to harm."""
    checks: dict[str, Callable[[], bool]] = {}
    with ExitStack() as leaving:
        checks["a process"] = leaving.enter_context(_process())
        ours = home / f"restore-drills-{os.geteuid()}"
        for folder in (ours / "lookalike-0123abcd", home / "lookalike-0123abcd"):
            folder.mkdir(parents=True)
            (folder / "file").touch()
            checks[str(folder)] = (folder / "file").is_file
        home.chmod(0o777)
        ours.chmod(0o711)
        if os.geteuid() == 0:
            forged = beside(home / "lookalike-0123abcd")
            forged.write_text('{"drill_id": "lookalike-0123abcd", "locked": true}')
            os.chown(forged, NOBODY, NOBODY)
            checks["a forged marker"] = forged.is_file
            checks["another user's drill"] = leaving.enter_context(_drill(home, (), NOBODY))
            elsewhere = leaving.enter_context(_drill(home, IN_A_NAMESPACE, 0))
            checks["another namespace's drill"] = elsewhere
        if runtime == "docker":
            checks["things of an engine"] = leaving.enter_context(_on_the_engine())
        yield lambda: [name for name, is_well in checks.items() if not is_well()]


@contextmanager
def _process() -> Iterator[Callable[[], bool]]:
    with subprocess.Popen(["sleep", "36000"]) as sleeper:
        try:
            yield lambda: sleeper.poll() is None
        finally:
            sleeper.kill()


@contextmanager
def _drill(home: Path, prefix: tuple[str, ...], user: int) -> Iterator[Callable[[], bool]]:
    with subprocess.Popen(
        [*prefix, sys.executable, "-c", HARNESS, str(user)],
        env={**os.environ, "DRILL_HOME": str(home), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as harness:
        assert harness.stdout is not None
        path = Path(harness.stdout.readline().strip())
        below = psutil.Process(harness.pid).children(recursive=True)
        try:
            assert path.name == "bystander"
            yield lambda: path.is_dir() and all(process.is_running() for process in below)
        finally:
            for process in reversed(below):
                with suppress(psutil.Error):
                    process.kill()
            harness.kill()
    subprocess.run(["rm", "-rf", path, beside(path)], check=True)


@contextmanager
def _on_the_engine() -> Iterator[Callable[[], bool]]:
    name = f"drill-bystander-{secrets.token_hex(4)}"
    with Engine() as engine:
        client = engine.client
        helper = images.find(engine, images.HELPER, {}, "never").reference
        made: list[Any] = [
            client.containers.run(helper, ["tail", "-f", "/dev/null"], name=name, detach=True),
            client.volumes.create(name),
            client.networks.create(name),
        ]

        def is_well() -> bool:
            made[0].reload()
            return (
                made[0].status == "running"
                and name in {volume.name for volume in client.volumes.list()}
                and name in {network.name for network in client.networks.list()}
            )

        try:
            yield is_well
        finally:
            made[0].remove(force=True)
            made[1].remove()
            made[2].remove()
