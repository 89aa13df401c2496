"""A timeline that is expected to pass can earn it: something is destroyed and comes back.

A PASS where nothing was at stake, destroyed and brought back would prove nothing, so it is refused
before anything starts. What must fail has only to fail.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from harness.core.history import Takes, store_of
from harness.core.platform import Platform
from harness.core.ports import REBUILT
from harness.platform.streams import declared_streams
from harness.scenario.problem import Problems
from harness.scenario.steps import (
    Adopt,
    Backup,
    Disaster,
    Restore,
    RestoreByHand,
    Start,
    Step,
    Write,
    is_strike,
    meanwhile_of,
)


def check_earned(
    seed: Mapping[str, int],
    steps: Iterable[Step | None],
    platform: Platform,
    problems: Problems,
) -> None:
    """Report a timeline, otherwise valid, that cannot earn a PASS."""
    walk = _Walk(platform, set(_never_empty(platform)))
    walk.fill(seed)
    for step in steps:
        if step is not None:
            walk.step(step)
    if lack := walk.lack():
        problems.add(
            ("timeline",),
            f"{lack}, so a PASS would prove nothing. Strike a store that holds something"
            " (disaster: lose_volume) and restore it, or expect a failure",
        )


def _never_empty(platform: Platform) -> Iterator[str]:
    """Yield the stores that hold something of the platform's own, however few rows are seeded."""
    if platform.seed or (platform.schema and not platform.derived):
        # What they bring is compared at the backup's cut.
        yield "postgres"
    if platform.streams and any(s.messages for s in declared_streams(platform.streams)):
        yield "nats"
    if "redis" in platform.stores and (platform.cache or platform.code):
        yield "redis"


@dataclass(slots=True)
class _Walk:
    """Which stores hold something, which of them lost it, and whether any got it back."""

    platform: Platform
    holding: set[str]
    struck: set[str] = field(default_factory=set)
    destroyed: set[str] = field(default_factory=set)
    killed: set[str] = field(default_factory=set)
    is_back: bool = False

    def fill(self, counts: Mapping[str, int]) -> None:
        for table, count in counts.items():
            if count:
                known = self.platform.tables.get(table)
                self.holding |= {store_of(table), *(known.also_in if known else ())}

    def step(self, step: Step) -> None:
        match step:
            case Backup():
                self.fill(step.during)
            case Adopt():
                self.holding |= set(step.stores)
            case Write():
                self.fill(step.counts)
            case Restore():
                # Whatever a restore finds it clears away.
                self.struck |= set(step.order)
                self.is_back |= bool(self.holding & set(step.order))
            case RestoreByHand():
                self.is_back |= bool(self.destroyed & set(step.stores))
            case Start():
                rebuilt = set(REBUILT) if "hub" in step.services else set(step.services)
                # A server that was killed recovers by itself.
                alone = self.killed & ({*self.killed} if "hub" in step.services else rebuilt)
                self.is_back |= bool(self.destroyed & (rebuilt & set(REBUILT) | alone))
            case _ if is_strike(step):
                self.struck |= set(step.stores)
                if isinstance(step, Disaster) and step.takes is Takes.SERVER:
                    self.killed |= set(step.stores)
                self.destroyed |= self.holding & set(step.stores)
        if (meanwhile := meanwhile_of(step)) and meanwhile.what is not None:
            self.step(meanwhile.what)

    def lack(self) -> str:
        """Say what keeps this from a PASS; empty when nothing does."""
        if self.is_back:
            return ""
        if not self.struck:
            return "nothing is destroyed and brought back"
        stores = ", ".join(sorted(self.struck))
        if not self.struck & self.holding:
            return f"nothing is at stake in what is destroyed ({stores})"
        return f"nothing that is destroyed comes back ({stores})"
