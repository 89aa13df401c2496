"""What the default drill costs in containers beside the same drill in processes.

Both are timed as whole processes, in turn, pair by pair; the median of the ratios is the result.
They are to run the same servers: a Meilisearch on one side only costs that side some seconds.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from timing import time_process

SCENARIO = Path(__file__).parents[1] / "scenarios" / "full-platform-restore.yaml"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--pairs", type=int, default=5)
    pairs = options.parse_args().pairs
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        drill = [sys.executable, "-m", "harness", "run", str(SCENARIO), f"--reports={directory}"]
        drill += ["--accept-unverified", "meilisearch=not measured"]
        for pair in range(1, pairs + 1):
            processes = time_process([*drill, "--runtime=embedded"]).seconds
            containers = time_process([*drill, "--runtime=docker"]).seconds
            ratios.append(containers / processes)
            print(
                f"pair {pair}: embedded {processes:.2f} s, docker {containers:.2f} s,"
                f" ratio {ratios[-1]:.2f}"
            )
    print(f"{pairs} pairs: median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
