"""What a machine may do to the servers of a drill, on either runtime."""

import time
from pathlib import Path

import psutil

from harness.runtime import processes
from harness.runtime.docker.stack import DockerStack
from harness.site import Site


def halt(site: Site, store: str) -> None:
    """Stop every process of a server, or pause its container."""
    if isinstance(site.stack, DockerStack):
        site.stack.containers[store]._running().pause()
        return
    for process in _processes(site, store):
        process.suspend()
        while process.status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)


def kill(site: Site, store: str) -> None:
    """Kill every process of a server, or its container, and wait for its end."""
    if isinstance(site.stack, DockerStack):
        site.stack.containers[store]._running().kill()
    else:
        for process in _processes(site, store):
            process.kill()
    _await_end(site, store)


def end(site: Site, store: str) -> None:
    """Have a server end in order, as somebody who shuts a machine down."""
    if isinstance(site.stack, DockerStack):
        site.stack.containers[store]._running().stop()
    else:
        first, *_ = sorted(_processes(site, store), key=psutil.Process.create_time)
        first.terminate()
    _await_end(site, store)


def _processes(site: Site, store: str) -> list[psutil.Process]:
    volume = Path(site.service(store).volume.name)
    return processes.of_service(site.stack.directory.name, store, volume)()


def _await_end(site: Site, store: str) -> None:
    while site.service(store).is_running:
        time.sleep(0.02)
