"""A command timed as a whole process."""

import subprocess
import time
from dataclasses import dataclass

import psutil

POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Timed:
    """One process, from start to end."""

    seconds: float
    peak_bytes: int


def time_process(argv: list[str]) -> Timed:
    """Run a command to its end. Raises: SystemExit: its status is not 0."""
    begun = time.perf_counter()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        watched = psutil.Process(process.pid)
        peak_bytes = 0
        while process.poll() is None:
            try:
                peak_bytes = max(peak_bytes, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(POLL_SECONDS)
        seconds = time.perf_counter() - begun
        said = process.stdout.read().decode()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(argv)} ended with {process.returncode}\n{said}")
    return Timed(seconds, peak_bytes)
