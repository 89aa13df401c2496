"""`python -m torture`: torment drills as often as asked, and tell what came of it."""

import argparse
import random
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

from harness.core.errors import UsageError
from harness.runtime.docker.runtime import DockerRuntime
from torture import TORMENTS
from torture.arena import Arena, Outcome
from torture.bystanders import standing_by

STATUSES = {0: "PASS", 1: "FAIL", 3: "UNVERIFIED", -9: "killed", None: "no end"}


def main() -> int:
    """Return 1 if anything was as it must not be."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    for kind in TORMENTS:
        parser.add_argument(f"--{kind}", type=int, default=0, metavar="TIMES")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--runtime", choices=["embedded", "docker", "both"], default="both")
    wanted = parser.parse_args()
    # Whoever is ended in the middle lets the bystanders go.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runtimes = ["embedded", "docker"] if wanted.runtime == "both" else [wanted.runtime]
    if wanted.runtime == "both" and not _has_docker():
        runtimes = ["embedded"]
    outcomes: list[Outcome] = []
    harmed: list[str] = []
    for runtime in runtimes:
        with tempfile.TemporaryDirectory(prefix="torture-") as folder:
            Path(folder).chmod(0o755)
            arena = Arena(Path(folder), runtime)
            with standing_by(arena.command.home, runtime) as harmed_now:
                longest_seconds = arena.time_one()
                print(f"{runtime}: an untormented drill takes {longest_seconds:.1f} s", flush=True)
                for kind, strike in TORMENTS.items():
                    times = vars(wanted)[kind.replace("-", "_")]
                    share = times // len(runtimes) + (runtime == runtimes[0]) * (
                        times % len(runtimes)
                    )
                    chance = random.Random(f"{wanted.seed} {kind} {runtime}")
                    for _ in range(share):
                        outcome = arena.torment(kind, strike, chance, longest_seconds)
                        outcomes.append(outcome)
                        print(_line(outcome), flush=True)
                    harmed += harmed_now()
    return _conclude(outcomes, harmed)


def _has_docker() -> bool:
    try:
        missing = DockerRuntime("asked for", pull="never").missing()
    except UsageError:
        return False
    return not {"postgres", "nats", "redis"} & missing.keys()


def _line(outcome: Outcome) -> str:
    faults = "; ".join(outcome.faults)
    procedure = "sound" if outcome.is_sound else "unsound"
    why = next((line for line in outcome.said.splitlines() if line.startswith(("?", "✗"))), "")
    return (
        f"{outcome.runtime} {outcome.kind} at {outcome.instant_seconds:.2f} s, {procedure},"
        f" {outcome.struck}: {STATUSES.get(outcome.status, outcome.status)} {why[:160]}"
        + (f"WRONG: {faults}\n{outcome.said}" if faults else "")
    )


def _conclude(outcomes: list[Outcome], harmed: list[str]) -> int:
    print("\nkind, runtime, procedure: how the drills ended")
    groups = Counter(
        (o.kind, o.runtime, "sound" if o.is_sound else "unsound", STATUSES.get(o.status, "other"))
        for o in outcomes
    )
    for (kind, runtime, procedure, status), count in sorted(groups.items()):
        print(f"{kind}, {runtime}, {procedure}: {count} {status}")
    wrong = sum(bool(outcome.faults) for outcome in outcomes)
    print(f"{len(outcomes)} torments, {wrong} wrong, harmed bystanders: {', '.join(harmed) or 0}")
    return 1 if wrong or harmed or not outcomes else 0


sys.exit(main())
