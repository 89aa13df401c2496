"""What a drill leaves unproven, and why: nothing is silently left out."""

from harness.checks.objectives import RPO_STORES
from harness.core.evidence import Evidence
from harness.core.ports import STORES
from harness.evidence_file import unknown_probes
from harness.report.tables import Kind, Table, columns
from harness.report.wording import count

PRODUCTION_SIZE = "Production's size"


def untested(evidence: Evidence) -> Table:
    """Return every gap of the run: stores, restores, objectives, observations and checks."""
    return Table(
        "Gaps, each with its reason",
        columns(what=Kind.HEADING, why=Kind.TEXT),
        (
            *_stores(evidence),
            *_restores(evidence),
            *_scale(evidence),
            *_objectives(evidence),
            *_observations(evidence),
            *_checks(evidence),
        ),
        "Nothing was left out.",
    )


def _stores(evidence: Evidence) -> list[tuple[str, str]]:
    rows = []
    for store, reason in evidence.runtime.missing.items():
        accepted = evidence.judgement.accepted.get(store)
        given = f"accepted as not part of this run: {accepted}" if accepted else "not accepted"
        rows.append((f"{store}, all of it", f"It did not run: {reason} ({given})."))
    return rows


def _restores(evidence: Evidence) -> list[tuple[str, str]]:
    history = evidence.history
    rows = []
    for store in STORES:
        if store in evidence.runtime.missing:
            continue
        if store not in evidence.platform.stores:
            rows.append((store, f"{evidence.platform.name} has none."))
            continue
        if history.struck(store) is None:
            rows.append((f"Losing {store}", "No disaster of this scenario strikes it."))
        elif history.restored(store) is None:
            rows.append(
                (f"A backup of {store}", "It came back without one, rebuilt or started empty.")
            )
    rows += [
        (f"Loss of late {table} writes", "None was acknowledged after the restored backup.")
        for table in evidence.ledger.tables()
        if history.disasters and not history.at_risk(evidence.ledger, table)
    ]
    return rows


def _scale(evidence: Evidence) -> list[tuple[str, str]]:
    seeded = count(sum(evidence.scenario.seed.values()), "row")
    told = "Recovery time begins when the disaster has ended; noticing it and deciding come on top."
    size = f"Times and sizes are of a platform seeded with {seeded}, not of production's."
    return [("Detection and decision", told), (PRODUCTION_SIZE, size)]


def _objectives(evidence: Evidence) -> list[tuple[str, str]]:
    objectives = evidence.scenario.objectives
    rows = []
    if objectives.rto_seconds is None:
        rows.append(("Recovery time objective", "The scenario sets no RTO."))
    rows += [
        (f"Recovery point objective of {store}", "The scenario sets no RPO for it.")
        for store in RPO_STORES
        if store not in objectives.rpo_seconds and store in evidence.platform.stores
    ]
    return rows


def _observations(evidence: Evidence) -> list[tuple[str, str]]:
    rows = [
        (f"Observation {probe_id}, {when}", reason)
        for when, observed in (("at the backup", evidence.before), ("at the end", evidence.after))
        for probe_id, reason in observed.unread.items()
    ]
    rows += [
        (f"Observation {probe_id}", "This release does not know it.")
        for probe_id in unknown_probes(evidence)
    ]
    return rows


def _checks(evidence: Evidence) -> list[tuple[str, str]]:
    judgement = evidence.judgement
    return [
        *((f"Check {check}", f"Skipped: {why}") for check, why in judgement.skipped.items()),
        *(
            (f"Check {check}", f"Not applicable: {why}")
            for check, why in judgement.not_applicable.items()
        ),
    ]
