"""What a proof of the checks found: which planted failures were caught, which near misses passed.

Plain data for `prove.json`; no row contents and no secrets.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.ports import ServerIdentity
from harness.core.verdict import Verdict

PROOF_VERSION = 1


class Aim(StrEnum):
    """What a plant is for: its check must fail; nothing may fail; its check must be UNVERIFIED, for
    nothing was read; its check must not pass, for a probe saw nothing at all.
    """

    FAILURE = "failure"
    NEAR_MISS = "near miss"
    UNREAD = "unread"
    EMPTY = "empty"


class Outcome(StrEnum):
    """What became of a plant. The first two are as it should be, and so is `blind` where it is
    declared.
    """

    CAUGHT = "caught"
    LET_PASS = "let pass"  # noqa: S105 - an outcome, not a password
    BLIND = "blind spot"
    MISSED = "missed"
    CAUGHT_ELSEWHERE = "caught by another check"
    FALSE_ALARM = "false alarm"
    UNREAD = "could not be read"
    BROKEN = "could not be planted"
    NOT_HERE = "its store is not here"


GOOD = (Outcome.CAUGHT, Outcome.LET_PASS, Outcome.BLIND)


@dataclass(frozen=True, slots=True)
class Planted:
    """One plant and what became of it.

    `check` must catch it; empty for a near miss. `failed` names the checks that failed beside
    those that failed before; `told` says in a sentence what was found, or went wrong.
    """

    name: str
    aim: Aim
    store: str
    check: str
    outcome: Outcome
    failed: tuple[str, ...] = ()
    told: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof. Times are UTC in ISO 8601; `cpu_seconds` are the harness's and its servers'.

    `catches` says of every check that could be proven what it is there for; `missing` maps stores
    that cannot run here to the reason, `accepted` those whose gap a person accepted. `caught_now`
    names declared blind spots that a check sees by now. `whole` is false where plants were chosen.
    """

    version: int
    run_id: str
    started_utc: str
    ended_utc: str
    harness_version: str
    python: str
    cpus: int
    jobs: int
    seconds: float
    cpu_seconds: float
    whole: bool
    runtime: str
    servers: tuple[ServerIdentity, ...]
    missing: dict[str, str]
    accepted: dict[str, str]
    catches: dict[str, str]
    stores: dict[str, str]
    planted: tuple[Planted, ...]
    blind_spots: dict[str, str] = field(default_factory=dict)
    caught_now: tuple[str, ...] = ()

    def of(self, check: str) -> Iterator[Planted]:
        """Yield the failures that were planted for a check."""
        yield from (p for p in self.planted if p.check == check and p.aim is Aim.FAILURE)

    def is_proven(self, check: str) -> bool:
        """Tell whether the check caught a failure, and missed none but the blind spots."""
        outcomes = {p.outcome for p in self.of(check)}
        return Outcome.CAUGHT in outcomes and outcomes <= set(GOOD)

    @property
    def wrong(self) -> tuple[Planted, ...]:
        """What went otherwise than it should, absent stores aside."""
        good = (*GOOD, Outcome.NOT_HERE)
        return tuple(p for p in self.planted if p.outcome not in good)

    @property
    def unproven(self) -> dict[str, str]:
        """Each check that was asked for and is not proven, with its store."""
        return {c: s for c, s in self.stores.items() if not self.is_proven(c)}

    @property
    def verdict(self) -> Verdict:
        """FAIL for an alarm that was not heard or rang for nothing; UNVERIFIED for a check whose
        plants could not be made, unless its store's gap was accepted.
        """
        if any(p.outcome not in (Outcome.BROKEN, Outcome.UNREAD) for p in self.wrong):
            return Verdict.FAIL
        gaps = [c for c, store in self.unproven.items() if store not in self.accepted]
        caught = any(p.outcome is Outcome.CAUGHT for p in self.planted)
        if self.wrong or gaps or not caught:
            return Verdict.UNVERIFIED
        return Verdict.PASS
