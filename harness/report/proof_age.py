"""How long a PASS stands: until when each scenario is proven, and what speaks against it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from harness import evidence_file
from harness.core.errors import UsageError
from harness.core.verdict import Verdict
from harness.report.history_file import Backing, Entry, History, backing
from harness.report.rejudge import rejudge
from harness.report.wording import day, objective

_DAY_SECONDS = 86_400.0
_CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Demand:
    """A scenario and how long its proof is to stand."""

    slug: str
    title: str
    proof_seconds: float


@dataclass(frozen=True, slots=True)
class Age:
    """A scenario's last proof, and until when it stands; None where there is none."""

    demand: Demand
    last: Entry | None
    valid_until: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether the proof stands at a moment."""
        return self.valid_until is not None and now <= self.valid_until

    def said(self, now: datetime) -> str:
        """Return what there is to say of it."""
        demand = f"proof: {_length(self.demand.proof_seconds)}"
        if self.last is None or self.valid_until is None:
            return f"{self.demand.slug}: never proven ({demand})"
        verb = "valid until" if self.is_valid(now) else "expired on"
        proven = f"last proven {day(self.last.ended)}"
        return f"{self.demand.slug}: proof {verb} {day(self.valid_until)} ({proven}, {demand})"


def _length(seconds: float) -> str:
    days, rest = divmod(seconds, _DAY_SECONDS)
    return objective(seconds) if rest else f"{days:g}d"


def demands_of(history: History) -> dict[str, Demand]:
    """Return what the last drill of each scenario demanded."""
    last = {entry.slug: entry for entry in history.entries}
    return {
        slug: Demand(slug, entry.title, entry.proof_seconds)
        for slug, entry in last.items()
        if entry.proof_seconds is not None
    }


def age(demand: Demand, passed: Iterable[Entry]) -> Age:
    """Return the age of a scenario's last PASS among these, the latest first."""
    last = next(iter(passed), None)
    until = last.ended + timedelta(seconds=demand.proof_seconds) if last else None
    return Age(demand, last, until)


def passes(history: History, slug: str, now: datetime) -> list[Entry]:
    """Return when a scenario passed, the latest first; what is of the future proves nothing."""
    return [
        entry
        for entry in reversed(history.entries)
        if entry.slug == slug
        and entry.verdict is Verdict.PASS
        and entry.ended <= now + _CLOCKS_DIFFER
    ]


def verified_ages(
    history: History, demands: Mapping[str, Demand], reports: Path, now: datetime
) -> tuple[list[Age], list[str]]:
    """Return the age of each proof that is demanded, and what speaks against lines that tell one.

    Evidence that is still there is judged again; where it differs from its digest, or is no PASS
    any more, an earlier PASS has to do. Where it is gone, the line counts as recorded.
    """
    doubts: list[str] = []
    ages = []
    for demand in demands.values():
        sound = (e for e in passes(history, demand.slug, now) if _is_sound(e, reports, doubts))
        ages.append(age(demand, sound))
    return ages, doubts


def _is_sound(entry: Entry, reports: Path, doubts: list[str]) -> bool:
    backed = backing(entry, reports)
    if backed is Backing.GONE:
        return True
    if backed is Backing.DIFFERS:
        doubts.append(f"{entry.evidence}: not the evidence that the history has the digest of")
        return False
    try:
        path = reports / entry.evidence
        judged = rejudge(evidence_file.load(path), path.parent)
    except UsageError as error:
        doubts.append(error.message)
        return False
    slug, judgement = judged.evidence.scenario.slug, judged.evidence.judgement
    if judgement.verdict is not Verdict.PASS or slug != entry.slug:
        said = f"the history says {entry.slug} {entry.word}, it is {slug} {judgement.word}"
        doubts.append(f"{entry.evidence}: {said}")
        return False
    doubts += [f"{entry.evidence}: {told}" for told in judged.contradictions]
    return not judged.contradictions
