"""`python -m torture`: torment drills as often as asked, and tell what came of it."""

import argparse
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from ours import our_docker

from harness.core.errors import UsageError
from torture import TORMENTS
from torture.arena import STATUSES, Arena, Outcome
from torture.bystanders import standing_by


def main() -> int:
    """Return 1 if anything was as it must not be."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    for kind in TORMENTS:
        parser.add_argument(f"--{kind}", type=int, default=0, metavar="TIMES")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--runtime", choices=["embedded", "docker", "both"], default="both")
    wanted = parser.parse_args()
    # Whoever is ended in the middle lets the bystanders go; what a shell has its background ignore,
    # drills would ignore, too.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    runtimes = ["embedded", "docker"] if wanted.runtime == "both" else [wanted.runtime]
    if wanted.runtime == "both" and not _has_docker():
        runtimes = ["embedded"]
    print(f"seed {wanted.seed}", flush=True)
    outcomes: list[Outcome] = []
    harmed: list[str] = []
    try:
        for runtime in runtimes:
            shares = {}
            for kind in TORMENTS:
                share, rest = divmod(vars(wanted)[kind.replace("-", "_")], len(runtimes))
                # The first takes what cannot be halved.
                shares[kind] = share + (rest if runtime == runtimes[0] else 0)
            harmed += _torment(runtime, shares, wanted.seed, outcomes)
    except KeyboardInterrupt:
        _conclude(outcomes, harmed)
        return 130
    return _conclude(outcomes, harmed)


def _torment(
    runtime: str, times: Mapping[str, int], seed: int, outcomes: list[Outcome]
) -> list[str]:
    """Torment drills on one runtime; return the bystanders that came to harm."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        Path(folder).chmod(0o755)
        arena = Arena(Path(folder), runtime)
        with standing_by(arena.command.home, runtime) as harmed:
            longest_seconds = arena.time()
            print(f"{runtime}: an untormented drill takes {longest_seconds:.1f} s", flush=True)
            for kind, torment in TORMENTS.items():
                chance = random.Random(f"{seed} {kind} {runtime}")
                for _ in range(times[kind]):
                    outcomes.append(arena.torment(kind, torment, chance, longest_seconds))
                    print(_line(outcomes[-1]), flush=True)
            return harmed()


def _has_docker() -> bool:
    try:
        missing = our_docker("asked for", pull="never").missing()
    except UsageError:
        return False
    return not {"postgres", "nats", "redis"} & missing.keys()


def _line(outcome: Outcome) -> str:
    faults = "; ".join(outcome.faults)
    return (
        f"{outcome.runtime} {outcome.kind} at {outcome.instant_seconds:.2f} s, {outcome.slug},"
        f" {outcome.struck}: {_end(outcome)} {outcome.verdict[:160]}"
        + (f"WRONG: {faults}\n{outcome.said}" if faults else "")
    )


def _end(outcome: Outcome) -> str:
    return STATUSES.get(outcome.status or 0, "other") if outcome.status is not None else "no end"


def _conclude(outcomes: list[Outcome], harmed: list[str]) -> int:
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.kind, outcome.runtime), []).append(outcome)
    print("\nkind, runtime: number (struck); ends; left; longest")
    for (kind, runtime), group in groups.items():
        ends = Counter(f"{o.slug.partition('-')[0]} {_end(o)}" for o in group)
        told = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
        struck = sum(outcome.struck != "nothing" for outcome in group)
        left = sum(len(outcome.left) for outcome in group)
        longest_seconds = max(outcome.seconds for outcome in group)
        print(
            f"{kind}, {runtime}: {len(group)} ({struck}); {told}; {left}; {longest_seconds:.1f} s"
        )
    wrong = sum(bool(outcome.faults) for outcome in outcomes)
    print(f"{len(outcomes)} torments, {wrong} wrong, harmed bystanders: {', '.join(harmed) or 0}")
    return 1 if wrong or harmed or not outcomes else 0


try:
    sys.exit(main())
except PermissionError as refused:
    sys.exit(f"full disks take root: {refused}")
