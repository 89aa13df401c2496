"""What exploring keeps of a drill: little, and plain, since it goes from process to process."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.checks import checks_of
from harness.core.evidence import Evidence
from harness.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Failed:
    """A check that did not hold, with what it counted."""

    check: str
    store: str
    summary: str
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a timeline. `failed` holds the checks that do not hold; `refused` maps stores to
    what a step said that failed on them; `unread` has checks that could not be made, of stores
    that run here; `failure` says why it ended early, and `gone` how many rows that no backup
    promised went, `lost` how many that one did, by the check that accounts for them.
    """

    verdict: Verdict
    sentence: str
    seconds: float
    failed: tuple[Failed, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    failure: str = ""
    gone: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)


def summed_up(evidence: Evidence) -> Played:
    """Return what exploring needs to know of a drill."""
    judgement = evidence.judgement
    missing = tuple(evidence.runtime.missing)
    refused: dict[str, str] = {}
    for failure in evidence.history.failures:
        refused.setdefault(failure.store, f"{failure.step}: {failure.message}")
    unread = tuple(
        f"{f.check}: {f.summary}"
        for f in judgement.findings
        if f.verdict is Verdict.UNVERIFIED and f.store not in missing
    )
    return Played(
        verdict=judgement.verdict,
        sentence=judgement.sentence,
        seconds=0.0,
        failed=tuple(
            Failed(f.check, f.store, f.summary, f.counts)
            for f in judgement.findings
            if f.verdict is Verdict.FAIL
        ),
        refused=refused,
        unread=unread,
        missing=missing,
        failure=evidence.failure or (evidence.spoiled if unread else ""),
        gone=_claimed(evidence, "gone"),
        lost=_claimed(evidence, "lost"),
    )


def _claimed(evidence: Evidence, kind: str) -> dict[str, int]:
    """Return a count of the checks that account for rows: each row is in one of them."""
    checks = checks_of(evidence.platform)
    return {
        f.check: f.counts[kind]
        for f in evidence.judgement.findings
        if f.check in checks and checks[f.check].claims and f.counts.get(kind)
    }
