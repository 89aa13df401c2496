"""What a drill costs beside a bare script that runs the same servers and commands.

Both are timed as whole processes, in turn, pair by pair, so that a machine whose speed drifts does
not decide; the median of the ratios is the result. Peak memory is the harness's own process.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from timing import Timed, time_process

HERE = Path(__file__).parent
SCENARIO = HERE.parent / "scenarios" / "full-platform-restore.yaml"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--audit-log", type=int, default=10_000)
    options.add_argument("--pairs", type=int, default=5)
    chosen = options.parse_args()
    ratios: list[float] = []
    drills: list[Timed] = []
    with tempfile.TemporaryDirectory() as directory:
        scenario = Path(directory) / "scenarios" / "overhead.yaml"
        scenario.parent.mkdir()
        text = SCENARIO.read_text(encoding="utf-8")
        sized = text.replace("audit_log: 10_000", f"audit_log: {chosen.audit_log}")
        scenario.write_text(sized, encoding="utf-8")
        bare = [sys.executable, str(HERE / "bare.py"), f"--audit-log={chosen.audit_log}"]
        drill = [sys.executable, "-m", "harness", "run", str(scenario), "--runtime=embedded"]
        drill += ["--accept-unverified", "meilisearch=not measured", f"--reports={directory}"]
        for pair in range(1, chosen.pairs + 1):
            base, full = time_process(bare), time_process(drill)
            drills.append(full)
            ratios.append(full.seconds / base.seconds)
            print(
                f"pair {pair}: bare {base.seconds:.2f} s, drill {full.seconds:.2f} s,"
                f" ratio {ratios[-1]:.2f}, harness peak {full.peak_bytes / 1e6:.0f} MB"
            )
    print(
        f"{chosen.audit_log} audit rows, {chosen.pairs} pairs: median ratio"
        f" {statistics.median(ratios):.2f}, median drill"
        f" {statistics.median(d.seconds for d in drills):.2f} s,"
        f" peak {max(d.peak_bytes for d in drills) / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    main()
