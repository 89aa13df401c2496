"""What was done, as tables: the steps, the backups, the disaster, the restores."""

from dataclasses import replace

from harness.core.evidence import Evidence
from harness.core.history import Artefact, History, StepRecord
from harness.report.tables import Kind, Table, columns
from harness.report.wording import count, duration, moment, size


def steps(evidence: Evidence) -> Table:
    """Return the timeline's steps as they were played."""
    return Table(
        "Steps of the timeline, in seconds since the drill began",
        columns(
            step=Kind.HEADING,
            line=Kind.NUMBER,
            begin=Kind.NUMBER,
            took=Kind.NUMBER,
            detail=Kind.TEXT,
        ),
        tuple(
            (
                step.title,
                str(step.line),
                moment(step.begun_seconds),
                duration(step.ended_seconds - step.begun_seconds),
                _detail(step, evidence.history),
            )
            for step in evidence.history.steps
        ),
        "No step was played.",
    )


def artefacts(evidence: Evidence) -> Table:
    """Return what each backup left behind, and how old it was when it was restored."""
    return Table(
        "Backup artefacts",
        columns(
            backup=Kind.HEADING,
            method=Kind.TEXT,
            files=Kind.NUMBER,
            size=Kind.NUMBER,
            took=Kind.NUMBER,
            age_at_the_restore=Kind.NUMBER,
        ),
        tuple(
            (
                f"{artefact.backup}: {artefact.store}",
                _method(artefact),
                count(artefact.files),
                size(artefact.size_bytes),
                duration(artefact.ended_seconds - artefact.begun_seconds),
                _age(artefact, evidence.history),
            )
            for artefact in evidence.history.artefacts
        ),
        "No backup was taken.",
    )


def keeping(evidence: Evidence) -> Table:
    """Return what took each backup, where it was put, and its digest."""
    return Table(
        "Where each backup was kept, and its digest",
        columns(backup=Kind.HEADING, tool=Kind.TEXT, kept=Kind.TEXT, SHA_256=Kind.CODE),
        tuple(
            (
                f"{artefact.backup}: {artefact.store}",
                artefact.tool,
                _kept(artefact, evidence.history),
                artefact.sha256 or "nothing to digest",
            )
            for artefact in evidence.history.artefacts
        ),
        "Nothing was kept.",
    )


def disasters(evidence: Evidence) -> Table:
    """Return what shows that the data was really gone."""
    return Table(
        "Proof of the disaster: what there was before and after",
        columns(
            store=Kind.HEADING,
            disaster=Kind.TEXT,
            struck=Kind.TEXT,
            begin=Kind.NUMBER,
            entries_before=Kind.NUMBER,
            bytes_before=Kind.NUMBER,
            entries_after=Kind.NUMBER,
            bytes_after=Kind.NUMBER,
            server_answered_after=Kind.TEXT,
        ),
        tuple(
            (
                proof.store,
                proof.fault,
                proof.target or f"its {proof.takes}",
                moment(proof.begun_seconds),
                count(proof.entries_before),
                size(proof.bytes_before),
                count(proof.entries_after),
                size(proof.bytes_after),
                "yes" if proof.answered_after else "no",
            )
            for proof in evidence.history.disasters
        ),
        "Nothing was destroyed.",
    )


def restorations(evidence: Evidence) -> Table:
    """Return what was brought back, and when each store answered again."""
    history = evidence.history
    return Table(
        "Restores",
        columns(
            store=Kind.HEADING,
            backup=Kind.TEXT,
            method=Kind.TEXT,
            promises_writes_until=Kind.NUMBER,
            begin=Kind.NUMBER,
            took=Kind.NUMBER,
            ready=Kind.NUMBER,
        ),
        tuple(
            (
                restoration.store,
                restoration.backup,
                restoration.method,
                moment(restoration.cut_seconds),
                moment(restoration.begun_seconds),
                duration(restoration.ended_seconds - restoration.begun_seconds),
                moment(history.ready_seconds[restoration.store])
                if restoration.store in history.ready_seconds
                else "never",
            )
            for restoration in history.restorations
        ),
        "Nothing was restored from a backup.",
    )


def restored_by(evidence: Evidence) -> dict[str, str]:
    """Return by which method each store was last brought back from a backup, in a few words."""
    history = evidence.history
    methods = {(a.backup, a.store): _method(_plain(a)) for a in history.artefacts}
    return {
        restoration.store: methods.get((restoration.backup, restoration.store), restoration.method)
        for restoration in history.restorations
    }


def _plain(artefact: Artefact) -> Artefact:
    options = {name: told for name, told in artefact.options.items() if not isinstance(told, dict)}
    return replace(artefact, options=options)


def _detail(step: StepRecord, history: History) -> str:
    failures = [f"{f.store} failed: {f.message}" for f in history.failures if f.step == step.title]
    return "; ".join(part for part in (step.detail, *failures) if part)


def _method(artefact: Artefact) -> str:
    options = ", ".join(f"{name} {value}" for name, value in artefact.options.items())
    return f"{artefact.method} ({options})" if options else artefact.method


def _kept(artefact: Artefact, history: History) -> str:
    for kept in history.kept:
        if (kept.backup, kept.store) == (artefact.backup, artefact.store):
            return kept.place + (f", {kept.encrypted_by}" if kept.encrypted_by else "")
    return "this machine"


def _age(artefact: Artefact, history: History) -> str:
    restored = [
        restoration.begun_seconds
        for restoration in history.restorations
        if (restoration.backup, restoration.store) == (artefact.backup, artefact.store)
    ]
    return duration(restored[-1] - artefact.begun_seconds) if restored else "not restored"
