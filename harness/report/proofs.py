"""Proofs of the checks: kept as `prove.json`, told in lines and on a page, found again later."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.core import reading, writing
from harness.core.errors import UsageError
from harness.core.finding import named
from harness.core.proof import PROOF_VERSION, Aim, Outcome, Planted, Proof
from harness.core.verdict import Verdict
from harness.report import wording
from harness.report.filling import TEMPLATES
from harness.report.tables import Column, Kind, Table

PROOF_FILE = "prove.json"
PROOF_PAGE = "prove.html"
_BYTES_AT_MOST = 64 << 20

_PROOF: TypeAdapter[Proof] = TypeAdapter(Proof)


@dataclass(frozen=True, slots=True)
class LastProven:
    """When a check was last proven (UTC, ISO 8601), by which harness, and by how many plants."""

    at_utc: str
    harness_version: str
    plants: int


def save(proof: Proof, folder: Path) -> None:
    """Write `prove.json` and `prove.html` into a run's folder, each whole or not at all.

    Raises: OSError.
    """
    for name, text in (
        (PROOF_FILE, _PROOF.dump_json(proof, indent=1).decode() + "\n"),
        (PROOF_PAGE, render(proof)),
    ):
        writing.whole(folder / name, text)


def load(path: Path) -> Proof:
    """Read a proof back. Raises: UsageError: it is none, or of another version."""
    try:
        proof = _PROOF.validate_json(reading.content(path, _BYTES_AT_MOST))
    except OSError as error:
        raise UsageError(f"{writing.shown(path)}: {writing.reason(error)}") from None
    except ValidationError:
        raise UsageError(f"{writing.shown(path)}: not a proof of this release's") from None
    if proof.version != PROOF_VERSION:
        raise UsageError(
            f"{writing.shown(path)}: proof version {proof.version} is unknown;"
            f" this release reads {PROOF_VERSION}"
        )
    return proof


def last_proven(reports: Path) -> dict[str, LastProven]:
    """Return for each check its latest proof among the runs in a reports folder.

    A later proof in which a check was tried and not proven takes its earlier one away.
    """
    found: dict[str, LastProven] = {}
    for proof in sorted(_proofs(reports), key=lambda proof: proof.ended_utc):
        for check in proof.stores:
            caught = sum(p.outcome is Outcome.CAUGHT for p in proof.of(check))
            if proof.is_proven(check):
                found[check] = LastProven(proof.ended_utc, proof.harness_version, caught)
            elif any(p.outcome is not Outcome.NOT_HERE for p in proof.of(check)):
                found.pop(check, None)
    return found


def _proofs(reports: Path) -> Iterator[Proof]:
    for path in reports.glob(f"*/{PROOF_FILE}"):
        try:
            yield load(path)
        except UsageError:
            continue  # What cannot be read proves nothing.


def sentence(proof: Proof) -> str:
    """Return the verdict of a proof in one line."""
    proven = sum(map(proof.is_proven, proof.stores))
    outcomes = [p.outcome for p in proof.planted]
    near = sum(p.aim is Aim.NEAR_MISS for p in proof.planted)
    failures = wording.count(len(outcomes) - near, "failure")
    parts = [
        f"{proven} of {wording.count(len(proof.stores), 'check')} proven",
        f"{outcomes.count(Outcome.CAUGHT)} of {failures} caught",
        f"{outcomes.count(Outcome.LET_PASS)} of {near} near misses let pass",
    ]
    if spots := outcomes.count(Outcome.BLIND):
        parts.append(wording.count(spots, "blind spot"))
    if absent := outcomes.count(Outcome.NOT_HERE):
        parts.append(f"{absent} not planted, their stores are not here")
    return "; ".join(parts)


def lines(proof: Proof) -> list[str]:
    """Return what a terminal shows: the matrix by check, then whatever went wrong, in full."""
    width = max(map(len, proof.stores), default=5)
    told = [f"{'check'.ljust(width)}  planted  caught  unread"]
    for check in proof.stores:
        counts = _counts(proof, check)
        standing = "" if proof.is_proven(check) else f"  {_unproven(proof, check)}"
        told.append(f"{check.ljust(width)}  {counts[0]:7}  {counts[1]:6}  {counts[2]:6}{standing}")
    told += [
        f"{planted.outcome.value}: {planted.name}"
        + (f", meant for {planted.check}" if planted.check else "")
        + (f": {planted.told}" if planted.told else "")
        for planted in proof.wrong
    ]
    told += [
        f"blind spot: {name}: {reason}"
        for name, reason in proof.blind_spots.items()
        if name not in proof.caught_now
    ]
    told += [f"no blind spot any more, take it off the list: {name}" for name in proof.caught_now]
    return told


def _counts(proof: Proof, check: str) -> tuple[int, int, int]:
    planted = list(proof.of(check))
    unread = [p for p in proof.planted if p.check == check and p.aim in (Aim.UNREAD, Aim.EMPTY)]
    caught = sum(p.outcome is Outcome.CAUGHT for p in planted)
    return len(planted), caught, sum(p.outcome is Outcome.CAUGHT for p in unread)


def _unproven(proof: Proof, check: str) -> str:
    store = proof.stores[check]
    if store in proof.accepted:
        return f"not proven, accepted: {proof.accepted[store]}"
    if store in proof.missing:
        return f"not proven: {store} {proof.missing[store]}"
    outcomes = sorted({p.outcome.value for p in proof.of(check)})
    return "NOT PROVEN: " + (", ".join(outcomes) if outcomes else "nothing was planted for it")


def render(proof: Proof) -> str:
    """Return the page as HTML: no script, nothing loaded from elsewhere."""
    return TEMPLATES.get_template("prove.html").render(
        proof=proof,
        sentence=sentence(proof),
        duration=wording.duration,
        matrix=_matrix(proof),
        wrong=_planted("What went otherwise than it should", proof.wrong, "Nothing."),
        spots=_spots(proof),
        near_misses=_planted(
            "Near misses",
            [p for p in proof.planted if p.aim is Aim.NEAR_MISS],
            "None were made.",
        ),
        failures=_planted(
            "Planted failures",
            [p for p in proof.planted if p.aim is not Aim.NEAR_MISS],
            "None were planted.",
        ),
        about=_about(proof),
    )


def _matrix(proof: Proof) -> Table:
    columns = (
        Column("Check", Kind.HEADING),
        Column("Store"),
        Column("Catches"),
        Column("Planted", Kind.NUMBER),
        Column("Caught", Kind.NUMBER),
        Column("Unread, not passed", Kind.NUMBER),
        Column("Stands"),
    )
    rows = tuple(
        (
            check,
            store,
            proof.catches[check],
            *map(str, _counts(proof, check)),
            "proven" if proof.is_proven(check) else _unproven(proof, check),
        )
        for check, store in proof.stores.items()
    )
    return Table("Failures by check", columns, rows)


def _planted(
    caption: str, planted: Iterator[Planted] | list[Planted] | tuple[Planted, ...], empty: str
) -> Table:
    columns = (
        Column("Plant", Kind.HEADING),
        Column("Meant for"),
        Column("Outcome"),
        Column("Failed"),
        Column("Told"),
    )
    rows = tuple(
        (p.name, p.check or "no check", p.outcome.value, ", ".join(p.failed) or "none", p.told)
        for p in planted
    )
    return Table(caption, columns, rows, empty)


def _spots(proof: Proof) -> Table:
    columns = (Column("Plant", Kind.HEADING), Column("Reason"), Column("Stands"))
    rows = tuple(
        (name, reason, "caught now" if name in proof.caught_now else "not seen")
        for name, reason in proof.blind_spots.items()
    )
    return Table("Blind spots: failures that no check sees", columns, rows, "None are known.")


def _about(proof: Proof) -> Table:
    servers = [f"{s.store}: {s.product} {s.version}" for s in proof.servers]
    gaps = [f"{store}: {reason}" for store, reason in proof.missing.items()]
    accepted = [f"{store}: {reason}" for store, reason in proof.accepted.items()]
    rows = (
        ("Run", proof.run_id),
        ("Began, ended (UTC)", f"{proof.started_utc}, {proof.ended_utc}"),
        ("Took", f"{wording.duration(proof.seconds)}, {proof.jobs} clones at once"),
        ("CPU time", f"{wording.duration(proof.cpu_seconds)} on {proof.cpus} CPUs"),
        ("Harness", f"{proof.harness_version}, Python {proof.python}"),
        ("Runtime", proof.runtime),
        ("Servers", "; ".join(servers)),
        ("Not here", "; ".join(gaps) or "nothing"),
        ("Accepted gaps", "; ".join(accepted) or "none"),
        ("Extent", "every plant" if proof.whole else "chosen plants"),
    )
    return Table("About this proof", (Column("What", Kind.HEADING), Column("Value")), rows)


def standing_of(proof: Proof) -> str:
    """Return the word for a proof's verdict; one with an accepted gap says so."""
    gaps = sorted({store for store in proof.unproven.values() if store in proof.accepted})
    if proof.verdict is Verdict.PASS and gaps:
        return f"{proof.verdict.value}, {wording.count(len(gaps), 'store')} not verified" + named(
            "", gaps
        )
    return proof.verdict.value
